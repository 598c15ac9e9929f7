#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a run that computes again on the way down what it did not keep ends with the bits of one
# that kept it, and so does one that changes its mind on a resume; the plan of memory shows the
# room.  Other words are refused.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml

run() { # run DIR SETTING…: on $n ranks; its hash
    local dir=$1
    shift
    ranks "$n" train run.yaml --set checkpoint.dir="$dir" --set train.schedule_steps=8 "$@" >"$dir.log" 2>&1
    "$mpibert" inspect "$dir" --json | field state_hash
}
room() { # room DIR: MiB of activations that were planned
    sed -n 's/^memory .* activations \([0-9]*\),.*/\1/p' "$1.log"
}
n=2
kept=$(run kept --set train.steps=8)
for what in attention layer; do
    is "$(run $what --set train.steps=8 --set train.recompute=$what)" "$kept" \
        "$what computed again: the same bits after 8 steps"
done
first=$(run mixed --set train.steps=4 --set train.recompute=layer)
[ -n "$first" ] && [ "$first" != "$kept" ]
ok $? "half of them"
is "$(run mixed --set train.steps=8 --set train.recompute=attention)" "$kept" \
    "  goes on with another value, to the same bits"

n=1
wide=(--set train.steps=0 --set train.sequence_length=512 --set model.max_positions=512
    --set model.layers=6 --set train.chunk_tokens=2048)
for what in none attention layer; do
    run "room-$what" "${wide[@]}" --set train.recompute=$what >/dev/null
done
all=$(room room-none) attention=$(room room-attention) layer=$(room room-layer)
[ "${layer:-0}" -gt 0 ] && [ "$layer" -lt "$attention" ] && [ "$attention" -lt "$all" ]
ok $? "planned activations: $all MiB, $attention without probabilities, $layer of layers' inputs alone"

"$mpibert" train run.yaml --set train.recompute=all >bad.log 2>bad.err
is $? 78 "another word is refused"
grep -q 'none, attention, layer\|none|attention|layer' bad.err
ok $? "  with those that there are"
finish
