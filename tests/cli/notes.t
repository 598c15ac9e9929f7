#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a run that works but is hardly what was meant says so once, with the cure; one that
# is as it should be says nothing; and what there is not is a dash or null, never NaN.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
sentences 5 400 | grep . >lines.txt                # each a document
sentences 6 40 | tr '\n' ' ' | sed 's/\. /.\n/g' >book.txt # one document of 240 sentences
echo 'The old river town.' >sentence.txt
awk 'BEGIN { for (i = 0; i < 200; i++) { w = ""; for (j = 0; j < 90; j++) w = w "earnt"; print substr(w, 1, 80 + i % 9) } }' >words.txt

# run NAME SETTING…: trains one rank
run() {
    local dir=$1 settings=()
    shift
    for s in "$@"; do settings+=(--set "$s"); done
    "$mpibert" train run.yaml --set checkpoint.dir="$dir" --set log.every_steps=1 \
        --set train.steps=4 --set train.warmup_steps=1 "${settings[@]}" >log 2>err
}
path() { echo "data.sources[0].path=$1"; }
# notes EXIT 'pattern of a note, or "" for none' NAME SETTING…
notes() {
    local code=$1 pattern=$2
    shift 2
    run "$@"
    is $? "$code" "$*"
    if [ -n "$pattern" ]; then
        is "$(grep -c "^note .*$pattern" log)" 1 "  notes $pattern"
    else
        is "$(grep -c '^note ' log)" 0 "  nothing to note"
    fi
    is "$(grep -ci '[^a-z]nan' log)" 0 "  prints no NaN"
    is "$(grep -ci '[ :]-*nan\|inf' "$1"/*.jsonl | grep -v ':0$')" "" "  nor are metrics"
}
wide=(train.lane_batch=40 train.lanes=4)
notes 0 "" plain
notes 0 "100 % of pairs have a random second half" lines "$(path lines.txt)" \
    'data.sources[0].format=lines' "${wide[@]}"
is "$(grep -c 'warning: of the first 640 examples: 100 % of pairs .*data.packing' err)" 1 \
    "  and warns once they are seen"
notes 0 "random second halves are of the same document" book "$(path book.txt)" \
    'data.sources[0].format=files' train.lanes=1
notes 0 "100 % of examples are no pairs" sentence "$(path sentence.txt)" 'data.sources[0].format=files' \
    train.lanes=1
is "$(grep -c '^ *[1-4] .* - .* - ' log)" 4 "  NSP is a dash"
notes 0 "" packed data.packing=full_sentences
notes 0 "tokens of pairs were cut off" short train.sequence_length=12
notes 0 "never is train.learning_rate" warm train.warmup_steps=4
notes 0 "weights never move" rest train.learning_rate=0
notes 0 "decay is over at once" over train.schedule_steps=3 train.warmup_steps=3
notes 0 "rate of the last 2 steps is 0" still train.schedule_steps=2
notes 0 "" constant train.schedule_steps=2 train.schedule=constant

# Words of more pieces than may be masked: one is, in every example.
notes 0 "" words "$(path words.txt)" 'data.sources[0].format=lines' data.whole_word=true \
    data.mask_prob=0.05 train.sequence_length=64 data.packing=full_sentences
"$mpibert" eval lines --data lines.txt --format lines >e.log
is "$(grep -c '^note .*pairs have a random second half' e.log)" 1 "eval notes it too"
finish
