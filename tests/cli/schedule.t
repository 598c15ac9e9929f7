#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: the rates of a run are those of its schedule; a checkpoint from the stable part of wsd
# begins a decay of its own when it is given an end, and the steps before stay as they were.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml

rates() { field learning_rate "$1/metrics.jsonl" | tr '\n' ' '; }
run() { # run FOLDER KEY=VALUE…
    local dir=$1 set=()
    shift
    for pair; do set+=(--set "$pair"); done
    "$mpibert" train run.yaml --set checkpoint.dir="$dir" --set checkpoint.keep=9 \
        --set evaluation.every_steps=null "${set[@]}" >"$dir.log" 2>"$dir.err"
}

run cosine train.schedule=cosine train.steps=7 train.final_rate=0.5
is "$(rates cosine)" "0 0.000333333333 0.000666666667 0.001 0.000926776695 0.00075 0.000573223305 " \
    "cosine"
run polynomial train.schedule=polynomial train.steps=7 train.power=2
is "$(rates polynomial)" "0 0.000333333333 0.000666666667 0.001 0.0005625 0.00025 6.25e-05 " \
    "polynomial"
run wsd train.schedule=wsd train.decay_steps=4
is "$(rates wsd)" "0 0.000333333333 0.000666666667 0.001 0.001 0.001 0.001 0.001 0.001 \
0.00075 0.0005 0.00025 " "warm-up, stable, decay"
is "$(grep -c 'schedule .* wsd' wsd.log)" 1 "  is said"

# Going on in the stable part changes no rate; the decay is a tenth of each run's own steps.
for steps in 12 40; do
    run default train.schedule=wsd train.steps=$steps
    [ $steps = 40 ] || rm default/checkpoint-000000012.h5
done
grep -q 'extended  from 12 steps to 40; the schedule (wsd) now spans all of them: the next rate is 0.001 as before$' default.log
ok $? "an extended wsd goes on by the same rate: $(grep extended default.log)"
run constant train.schedule=constant train.steps=4
run constant train.schedule=constant train.steps=6
grep -q 'the schedule (constant) .* the next rate is 0.001 as before$' constant.log
ok $? "  as does a constant one"

mkdir branch && cp wsd/checkpoint-000000004.h5 wsd/metrics.jsonl branch/
run branch train.schedule=wsd train.decay_steps=2 train.steps=6
is "$(rates branch)" "0 0.000333333333 0.000666666667 0.001 0.001 0.0005 " \
    "a branch from step 4 decays to its own end"
finish
