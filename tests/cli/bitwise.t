#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: with train.reproducible=bitwise a run has the same state and the same metrics, to the
# bit, on any number of ranks and threads, and when it goes on with another number at each start.
# With "fast" it has not (the control).  A start that cannot be exact says so.
# ALL=1: 1, 2, 3, 4 and 8 ranks, 1 to 3 threads, other optimizers and lanes, a chain of resumes.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
common=(run.yaml --set train.lanes=8 --set train.steps=6 --set checkpoint.every_steps=2
    --set evaluation.every_steps=3 --set log.progress=none --set model.hidden=96 --set model.heads=3
    --set model.ffn=384 --set checkpoint.keep=all)
# run RANKS THREADS FOLDER WORDS…
run() {
    local n=$1 threads=$2 dir=$3
    shift 3
    OMP_NUM_THREADS=$threads ranks "$n" train "${common[@]}" --set checkpoint.dir="$dir" "$@" \
        >"$dir.log" 2>"$dir.err"
}
bits() {
    "$mpibert" inspect "$1" --verify --json | grep -o '"state_hash": "[^"]*"'
    sed -E 's/, "(tokens_per_s|useful_gflops|data_wait|step_seconds|time)": [^,}]*//g' \
        "$1/metrics.jsonl" "$1/evaluations.jsonl"
}
bitwise=(--set train.reproducible=bitwise)

run 1 1 one "${bitwise[@]}"
ok $? "bitwise on one rank"
want=$(bits one)
for row in "3 1" ${ALL:+"1 2" "1 3" "2 1" "2 2" "3 2" "4 1" "8 1"}; do
    set -- $row
    run "$1" "$2" "of-$1-$2" "${bitwise[@]}"
    is "$? $(bits "of-$1-$2")" "0 $want" "$1 ranks, $2 threads: the same bits"
done

# A run that changes hands.
run 3 1 chain "${bitwise[@]}" --set train.schedule_steps=6 --set train.steps=2
ranks=${ALL:+4 1} steps=2
for n in $ranks 2; do
    steps=$((n == 2 ? 6 : steps + 2))
    run $n 1 chain "${bitwise[@]}" --set train.schedule_steps=6 --set train.steps=$steps
    ok $? "goes on to step $steps on $n ranks"
done
is "$(bits chain | head -1)" "$(bits one | head -1)" "  to the same bits"
! grep -q '^bits' chain.log
ok $? "  and does not warn"

# The control.
run 1 1 fast-1
run 3 1 fast-3
[ "$(bits fast-1)" != "$(bits fast-3)" ]
ok $? "fast: other bits on other ranks"
run 2 1 fast-3 --set train.steps=8
grep -q '^bits .* may not be those of a run that was never stopped: ranks 2, before 3$' fast-3.log
ok $? "  and says so when it goes on"
"$mpibert" inspect fast-3 >log && grep -q 'step 6: last bits may differ: ranks 2, before 3' log
ok $? "  and in the ledger"

if [ -n "${ALL:-}" ]; then
    for set in train.optimizer=muon train.optimizer=bert_adam train.lanes=5 train.lanes=6 train.chunk_tokens=48 \
        data.packing=full_sentences; do
        run 1 1 alone "${bitwise[@]}" --set $set
        run 4 1 four "${bitwise[@]}" --set $set
        is "$(bits four)" "$(bits alone)" "$set: 1 and 4 ranks"
        rm -rf alone four
    done
fi
finish
