#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: each kind of model learns; stopped and resumed it gives the same bits, and on other
# ranks it goes on alike; it is evaluated, fills a gap and cannot become another kind.  What
# transformers has no class for is not exported.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
train() { # train RANKS DIR STEPS SETTING…
    local ranks=$1 dir=$2 steps=$3
    shift 3
    ranks "$ranks" train run.yaml --set checkpoint.dir="$dir" --set train.steps="$steps" \
        --set train.schedule_steps=12 --set log.every_steps=1 --set train.learning_rate=0.01 \
        "${@/#/--set=}" >t.log 2>&1
}
hash_of() { "$mpibert" inspect "$1" --json | tr -d '\n' | field state_hash; }

check_kind() { # check_kind NAME SETTING…
    local name=$1
    shift
    train 2 "$name-whole" 12 "$@"
    is $? 0 "$name: trains"
    for ranks in 2 3; do
        train 2 "$name-$ranks" 8 "$@"
        train $ranks "$name-$ranks" 12 "$@"
    done
    is "$(hash_of "$name-2")" "$(hash_of "$name-whole")" "$name: resumed on 2 ranks, the same bits"
    awk -v a="$(field mlm_loss "$name-whole/metrics.jsonl" | head -1)" \
        -v b="$(field mlm_loss "$name-whole/metrics.jsonl" | tail -1)" \
        -v c="$(field mlm_loss "$name-3/metrics.jsonl" | tail -1)" \
        'BEGIN { print "# losses: first " a ", last " b ", on other ranks " c
                 exit !(a - b > 0.2 && (b - c) ^ 2 < 1e-6) }'
    ok $? "$name: learns, and alike on other ranks"
    "$mpibert" fill "$name-whole" "the [MASK] of it" >fill.log 2>&1
    is $? 0 "$name: fills a gap"
    train 2 "$name-2" 14 "$@" model.kind="${other[$name]}"
    is $? 78 "$name: does not go on as another kind"
}
declare -A other=([pre]=bert [heads]=megatron-bert [narrow]=bert)

check_kind pre model.kind=megatron-bert
rm -rf out
"$mpibert" export pre-whole out >export.log 2>&1
is $? 0 "megatron-bert is exported"
grep -q '"MegatronBertForPreTraining"' out/config.json
ok $? "as the class of that kind"
"$mpibert" import out back.h5 >import.log 2>&1
is $? 0 "and imported"
"$mpibert" fill back.h5 "the [MASK] of it" >again.log 2>&1
is "$(tail -3 again.log)" "$(tail -3 fill.log)" "and fills the gap alike"
check_kind heads model.head_size=24
"$mpibert" export heads-whole none >export.log 2>&1
is $? 65 "heads of their own size are not exported"
grep -q "model.head_size" export.log
ok $? "and the cure is named"
check_kind narrow model.kind=electra model.embedding_size=48
rm -rf out
"$mpibert" export narrow-whole out >export.log 2>&1
is $? 0 "electra is exported"
grep -q '"ElectraForMaskedLM"' out/config.json && grep -q '"embedding_size": 48' out/config.json
ok $? "as the class of that kind, with the embeddings' width"
grep -q "pooler and next sentence head" export.log
ok $? "and what it has no place for is named"
"$mpibert" import out narrow.h5 >import.log 2>&1
is $? 0 "and imported"
"$mpibert" fill narrow.h5 "the [MASK] of it" >again.log 2>&1
is "$(tail -3 again.log)" "$(tail -3 fill.log)" "and fills the gap alike"
train 1 odd 1 model.kind=megatron-bert model.embedding_size=48 model.head_size=24
is $? 0 "a megatron-bert may have embeddings and heads of their own width"
"$mpibert" export odd none >export.log 2>&1
is $? 65 "which is not exported"
train 1 none 1 model.embedding_size=48
is $? 78 "a bert may not"
grep -q "electra" t.log
ok $? "and the cure is named"
finish
