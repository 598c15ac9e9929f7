#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a step whose gradient is not finite is stopped at, skipped or gone back from, as
# train.nonfinite says: what was good before stays, no step is in the metrics twice, and the run
# that goes on is finite, with other data where it went back.  It never goes on for ever.  A step
# that ended a run can be made again, which says what is not finite in it and changes nothing.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
${MPICC:-mpicc} -D_GNU_SOURCE -shared -fPIC -o astray.so "$root/tests/cli/astray.c" -lm || exit 1
small=(run.yaml --set model.layers=1 --set model.hidden=16 --set log.progress=none
    --set evaluation.every_steps=4 --set checkpoint.keep=all)
# spoilt STEP FOLDER WORDS…: 2 ranks, whose norm is NaN in that step (0: in each)
spoilt() {
    local step=$1 dir=$2
    shift 2
    ${MPIRUN:-mpirun} -n 2 -x SPOIL="$step" -x LD_PRELOAD="$work/astray.so" "$mpibert" train \
        "${small[@]}" --set checkpoint.dir="$dir" "$@" >out 2>err
}
steps() { field step "$1" | tr '\n' ' '; }
hash_of() { grep "\"step\": $2," "$1/metrics.jsonl" | grep -o '"batch_hash": "[^"]*"'; }
all="1 2 3 4 5 6 7 8 9 10 11 12 "
spoilt 99 calm
is $? 0 "a run that nothing spoils"

spoilt 6 stop
is $? 70 "stop: 70"
grep -q 'step 6: loss [0-9.]* and gradient norm nan are not finite; .*train.init_from' err
ok $? "  with the way out"
is "$(ls stop | tr '\n' ' ')" \
    "checkpoint-000000000.h5 checkpoint-000000004.h5 evaluations.jsonl metrics.jsonl " "  what was saved stays"

spoilt 6 skip --set train.nonfinite=skip
is $? 0 "skip: goes on to the end"
is "$(steps skip/metrics.jsonl)" "$all" "  each step once"
is "$(grep -c '"grad_norm": null.*"skipped": 1' skip/metrics.jsonl)" 1 "  one of them was skipped"
is "$(hash_of skip 7)" "$(hash_of calm 7)" "  the data is the same"
grep -q 'step 6: loss .* are not finite: skipped (--replay 6' err && grep -q '^skipped   1 steps' out
ok $? "  it is said"
"$mpibert" inspect skip --verify >log && grep -q 'step 6: skipped: loss .* norm nan' log
ok $? "  and kept in the ledger"

spoilt 6 back --set train.nonfinite=rollback
is $? 0 "rollback: goes on to the end"
is "$(steps back/metrics.jsonl)" "$all" "  each step once"
is "$(steps back/evaluations.jsonl)" "4 8 12 " "  each evaluation, too"
is "$(hash_of back 4) $(hash_of back 5)" "$(hash_of calm 4) $(hash_of calm 7)" "  from step 4, with the data after step 6"
grep -q 'step 6: .*: rolled back to step 4 ' err && grep -q '^back      1 times' out
ok $? "  it is said"
"$mpibert" inspect back --verify >log && grep -q 'step 6: rolled back to step 4: loss' log
ok $? "  and kept in the ledger"
spoilt 6 far --set train.nonfinite=rollback --set train.rollback_steps=4
is "$? $(ls far/*.bad) $(steps far/metrics.jsonl)" "0 far/checkpoint-000000004.h5.bad $all" \
    "  by 4 steps: to step 0, and the newer one is set aside"

spoilt 0 never --set train.nonfinite=skip
is "$? $(grep -c 'step 6: loss or gradient are not finite, 6 times in a row' err)" "70 1" "skip: not for ever"
spoilt 0 never --set train.nonfinite=rollback --set train.nonfinite_most=2
is "$? $(grep -c '3 times since this start' err)" "70 1" "rollback: not for ever"
"$mpibert" family "${small[@]}" --set train.nonfinite=rollback --set checkpoint.dir=many >out 2>err
is "$? $(grep -c 'train.nonfinite: rollback is for one run' err)" "78 1" "rollback of a family"

# Weights grow ninefold a step, by decay alone, until they overflow.
wild=(--set train.learning_rate=10 --set train.weight_decay=1 --set train.warmup_steps=0
    --set train.schedule=constant --set train.steps=60 --set checkpoint.dir=wild
    --set checkpoint.every_steps=10)
ranks 2 train "${small[@]}" "${wild[@]}" >out 2>err
is $? 70 "a run that overflows"
at=$(($(steps wild/metrics.jsonl | wc -w) + 1))
before=$(ls -l --time-style=full-iso wild)
ranks 2 train "${small[@]}" "${wild[@]}" --replay $at >out 2>err
is $? 0 "the step that did it, once more"
grep -q "^step      $at, with" out && grep -q 'norm -*nan; of [0-9]* tensors [1-9][0-9]* are not finite' out
ok $? "  says which tensors: $(grep -c ' of [0-9]* elements\| elements$' out)"
grep -q 'examples  [0-9]* of all have' out
ok $? "  and which example"
ranks 2 train "${small[@]}" "${wild[@]}" --replay $((at - 2)) >out 2>err
is "$? $(grep -c 'tensors 0 are not finite' out)" "0 1" "two steps before all is finite"
is "$(sed -n 's/^batch.*hash //p' out)" "$(hash_of wild $((at - 2)) | cut -d'"' -f4)" "  of the same batch"
is "$(sed -n 's/^loss *\([^ ]*\).*/\1/p' out)" \
    "$(grep "\"step\": $((at - 2))," wild/metrics.jsonl | field loss /dev/stdin | awk '{ printf "%g", $1 }')" "  and loss"
is "$(ls -l --time-style=full-iso wild)" "$before" "  nothing is written"
"$mpibert" train "${small[@]}" --set checkpoint.dir=nowhere --replay 3 >out 2>err
is "$? $(ls -d nowhere 2>&1 | grep -c 'No such')" "66 1" "a run that is not there"
finish
