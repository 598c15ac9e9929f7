#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: with each optimizer a model learns; the same ranks give the same bits, also across
# a resume; and a run that goes on with other ranks sees the same batches and learns alike.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
rate() { case $1 in lamb_*) echo 0.02 ;; *) echo 0.01 ;; esac; }
train() { # train RANKS DIR STEPS OPTIMIZER
    ranks "$1" train run.yaml --set checkpoint.dir="$2" --set train.steps="$3" \
        --set train.schedule_steps=12 --set train.optimizer="$4" --set log.every_steps=1 \
        --set train.learning_rate="$(rate "$4")" >t.log 2>&1
    [ $? -eq 0 ] || { ok 1 "$4 on $1 ranks: trains"; cat t.log; }
}
hash_of() { "$mpibert" inspect "$1" --json | tr -d '\n' | field state_hash; }

# The moments of each, by name.
moments() { "$mpibert" inspect "$1" --json | tr -d '\n ' | sed 's/.*"moment_names":\[\([^]]*\)\].*/\1/'; }
adam='"adam/m","adam/v"'
declare -A names=([lamb_albert]=$adam [lamb_ltg]=$adam [lamb_nvidia]=$adam [muon]='"muon/momentum",'$adam)

for optimizer in lamb_albert lamb_ltg lamb_nvidia muon; do
    train 2 $optimizer-whole 12 $optimizer
    is "$(moments $optimizer-whole)" "${names[$optimizer]}" "$optimizer: moments by name"
    for ranks in 2 3; do
        train 2 $optimizer-$ranks 8 $optimizer
        train $ranks $optimizer-$ranks 12 $optimizer
    done
    is "$(hash_of $optimizer-2)" "$(hash_of $optimizer-whole)" \
        "$optimizer: stopped and resumed on 2 ranks, the same bits"
    is "$(field batch_hash $optimizer-3/metrics.jsonl | tail -4 | tr '\n' ' ')" \
        "$(field batch_hash $optimizer-whole/metrics.jsonl | tail -4 | tr '\n' ' ')" \
        "$optimizer: resumed on 3 ranks, the same batches"
    awk -v a="$(field mlm_loss $optimizer-whole/metrics.jsonl | head -1)" \
        -v b="$(field mlm_loss $optimizer-whole/metrics.jsonl | tail -1)" \
        -v c="$(field mlm_loss $optimizer-3/metrics.jsonl | tail -1)" \
        'BEGIN { print "# losses: first " a ", last " b ", on other ranks " c
                 exit !(a - b > 0.2 && (b - c) ^ 2 < 1e-6) }'
    ok $? "$optimizer: learns, and alike on other ranks"
done
finish
