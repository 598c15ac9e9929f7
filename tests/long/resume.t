#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a run that is killed after any step, and goes on on any number of ranks, trains on each
# example once: the ledger of its batches (metrics.jsonl: a hash of all examples of a step) is that
# of a run that nobody disturbed, no step missing and none twice.  With train.reproducible=bitwise
# its state and all it measured are the same, too, to the bit.  With other seeds the ledger differs,
# without "bitwise" the state (the controls).
# COUNT=100 kills, by the numbers that SEED gives, in chains of 4; the first is on 1, 2, 4, 3 ranks.
. "$(dirname "$0")/../cli/lib.sh"
make_corpus
make_config >run.yaml
RANDOM=${SEED:=$((EPOCHSECONDS % 32768))}
COUNT=${COUNT:-100} steps=40
echo "# SEED=$SEED COUNT=$COUNT"
common=(run.yaml --set train.lanes=7 --set train.steps=$steps --set checkpoint.every_steps=3
    --set evaluation.every_steps=10 --set log.progress=none)

run() { # run RANKS FOLDER WORDS…
    local n=$1 dir=$2
    shift 2
    ranks "$n" train "${common[@]}" --set checkpoint.dir="$dir" "$@" >"$dir.log" 2>"$dir.err"
}
lines() { cat "$1/metrics.jsonl" 2>/dev/null | wc -l; }
# kill_at STEP RANKS FOLDER WORDS…: a start that all ranks of are killed after that step
kill_at() {
    local step=$1 n=$2 dir=$3 pid
    shift 3
    "${MPIRUN:-mpirun}" -n "$n" "$mpibert" train "${common[@]}" --set checkpoint.dir="$dir" "$@" \
        >"$dir.log" 2>"$dir.err" &
    pid=$!
    until [ "$(lines "$dir")" -ge "$step" ] || ! kill -0 $pid 2>/dev/null; do :; done
    kill -KILL $(pgrep -P $pid -x mpibert) 2>/dev/null
    wait $pid
}
ledger() { paste -d: <(field step "$1/metrics.jsonl") <(field batch_hash "$1/metrics.jsonl"); }
state() { "$mpibert" inspect "$1" --verify --json | grep -o '"state_hash": "[^"]*"'; }
bits() {
    state "$1"
    sed -E 's/, "(tokens_per_s|useful_gflops|data_wait|step_seconds|time)": [^,}]*//g' \
        "$1/metrics.jsonl" "$1/evaluations.jsonl"
}

bitwise=(--set train.reproducible=bitwise)
run 1 calm "${bitwise[@]}"
is "$? $(field step calm/metrics.jsonl | tr '\n' ' ')" "0 $(seq -s ' ' $steps) " "a run that nobody disturbs"
run 1 other --set train.seed=1
[ "$(ledger other | sort | comm -12 - <(ledger calm | sort) | wc -l)" = 0 ]
ok $? "with another seed no batch is the same"
run 3 fast
is "$(ledger fast)" "$(ledger calm)" "on 3 ranks, not bitwise: the same examples"
[ "$(state fast)" != "$(state calm)" ]
ok $? "  but other bits"

# chain NAME WANT MODE…: 4 kills, then to the end; WANT is what is compared
chain() {
    local name=$1 want=$2 i n at story=""
    shift 2
    for i in 0 1 2 3; do
        at=$((RANDOM % 8 + 8 * i + 2)) n=$((RANDOM % 4 + 1))
        [ "$kills" -lt 4 ] && n=${first[$i]}
        kill_at $at $n "$name" "$@"
        kills=$((kills + 1)) story+=" $n ranks to $(lines "$name"),"
    done
    n=$((RANDOM % 4 + 1))
    run $n "$name" "$@"
    if [ $? != 0 ] || [ "$($want "$name")" != "$($want calm)" ]; then
        wrong=$((wrong + 1))
        echo "# $name:$story $n to the end: other than the calm run ($want)"
    fi
    [ "$wrong" != 0 ] || rm -rf "$name"
}
kills=0 wrong=0 first=(1 2 4 3)
for i in $(seq $(((COUNT + 3) / 4))); do
    if [ $((i % 5)) = 0 ]; then chain "chain-$i" ledger; else chain "chain-$i" bits "${bitwise[@]}"; fi
    [ $((i % 5)) != 0 ] || echo "# $kills kills: $wrong chains wrong"
done
is $wrong 0 "$kills kills after random steps on 1 to 4 ranks: each example once, and the same bits"
finish
