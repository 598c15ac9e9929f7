#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a run with generator and discriminator learns both, tells each loss, and goes on with
# the same bits where it was stopped, and alike on other ranks.  Its checkpoint holds two models:
# each command takes the one that answers it, and says so; both are exported, and back together
# they give the numbers of the run.  One without the other is told from a whole.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config | sed 's/preset: tiny,/kind: electra, embedding_size: 24,/; s/steps: 12/objectives: [mlm, rtd], steps: 12/
    s/^data:/data:\n  packing: full_sentences\n  mask_replace: 0.85\n  mask_random: 0/' >run.yaml
train() { # train RANKS DIR STEPS SETTING…
    local ranks=$1 dir=$2 steps=$3
    shift 3
    ranks "$ranks" train run.yaml --set checkpoint.dir="$dir" --set train.steps="$steps" \
        --set train.schedule_steps=12 --set log.every_steps=1 --set train.learning_rate=0.01 \
        "${@/#/--set=}" >t.log 2>t.err
}
hash_of() { "$mpibert" inspect "$1" --json | tr -d '\n' | field state_hash; }
last() { field "$1" "$2/metrics.jsonl" | tail -1; }

train 2 whole 12
is $? 0 "both are trained" || cat t.err
grep -q '^model .*electra: L 2  H 32  E 24' t.log && grep -q '^generator .*electra: L 2  H 8  E 24' t.log
ok $? "  of which the run tells before it begins: $(grep '^generator' t.log)"
awk -v total="$(last loss whole)" -v mlm="$(last mlm_loss whole)" -v rtd="$(last rtd_loss whole)" \
    -v first="$(field mlm_loss whole/metrics.jsonl | head -1)" -v right="$(last rtd_accuracy whole)" \
    'BEGIN { print "# mlm " first " to " mlm ", rtd " rtd " (" right ")"
             exit !((total - mlm - 50 * rtd) ^ 2 < 1e-6 && first - mlm > 0.1 && rtd < 0.69 && right > 0.5) }'
ok $? "  the loss is that of masked tokens and 50 times that of replaced ones"
grep -q 'rtd%' t.log
ok $? "  each has a column"
for ranks in 2 3; do
    train 2 "at-$ranks" 8
    train $ranks "at-$ranks" 12
done
is "$(hash_of at-2)" "$(hash_of whole)" "resumed on 2 ranks, the same bits"
OMP_NUM_THREADS=3 train 2 threads 12
is "$(hash_of threads)" "$(hash_of whole)" "with other threads, the same bits"
paste <(field rtd_loss whole/metrics.jsonl) <(field rtd_loss at-3/metrics.jsonl) |
    awk '{ far = ($1 - $2) ^ 2 > far ? ($1 - $2) ^ 2 : far } END { print "# " sqrt(far); exit !(far < 1e-6) }'
ok $? "on other ranks, alike"
for ranks in 1 3; do
    train $ranks "lanes-$ranks" 4 train.reproducible=bitwise data.heldout=[]
done
is "$(hash_of lanes-3)" "$(hash_of lanes-1)" "where that is asked for, with the same bits"
train 2 at-2 14 generator.size=0.5
is $? 78 "it does not go on with another generator"
grep -q "generator.size" t.err
ok $? "  which is named"

# ---- which model answers ----

"$mpibert" inspect whole >inspect.log
grep -q 'models .*a discriminator, which finetune and export take, and its generator (' inspect.log
ok $? "inspect tells of two models"
is "$("$mpibert" inspect whole --json | field generator_parameters)" \
    "$(awk '/^tensors/ { on = 1 } on && /generator/ { sum += $2 * ($4 ? $4 : 1) } END { print sum }' inspect.log)" \
    "  and how large the generator is"
"$mpibert" fill whole "the [MASK] of it" >fill.log 2>fill.err
is $? 0 "fill answers"
grep -q "its generator answers" fill.log fill.err
ok $? "  by the generator, which it says"
ranks 2 eval whole --data held.txt --format blankline --json >eval.json 2>eval.err
is $? 0 "eval asks both"
for key in mlm_loss mlm_accuracy rtd_loss rtd_accuracy; do
    is "$(printf %.6f "$(field $key eval.json)")" \
        "$(printf %.6f "$(field $key whole/evaluations.jsonl | tail -1)")" "  $key is the run's"
done
is "$(field replaceable eval.json)" "$(field tokens eval.json)" "  of all tokens"

# ---- out and back ----

"$mpibert" export whole disc >export.log 2>&1
is $? 0 "the discriminator is exported"
grep -q '"ElectraForPreTraining"' disc/config.json && grep -q "layout mlm writes its generator" export.log
ok $? "  as what transformers calls it, and the other is named"
! grep -q "without the trained" export.log
ok $? "  nothing of it is left out"
"$mpibert" export whole gen --layout mlm >export.log 2>&1
is $? 0 "the generator is exported"
grep -q '"ElectraForMaskedLM"' gen/config.json && grep -q '"hidden_size": 8,' gen/config.json
ok $? "  with its own sizes"
"$mpibert" export whole enc --layout encoder >export.log 2>&1
is $? 0 "the discriminator's encoder is exported" || cat export.log
grep -q "replaced token head" export.log
ok $? "  without the head, which is said"
grep -q '| weight.rtd | 50 |' disc/README.md && grep -q 'replaced-token-detection' disc/README.md &&
    ! grep -q 'weight.nsp' disc/README.md
ok $? "  the card tells what it is"
"$mpibert" fill gen "the [MASK] of it" >again.log 2>&1
is "$(tail -3 again.log)" "$(tail -3 fill.log)" "the generator's folder fills the gap alike"
"$mpibert" import disc both.h5 --generator gen >import.log 2>&1
is $? 0 "both are imported" || cat import.log
ranks 1 eval both.h5 --data held.txt --format blankline --json >again.json 2>again.err
is "$(field rtd_loss again.json) $(field mlm_loss again.json)" \
    "$(field rtd_loss eval.json) $(field mlm_loss eval.json)" "  and give the numbers of the run"
train 1 continued 0 train.init_from=both.h5
is $? 0 "a run begins with both"
! grep -q "start afresh" t.err t.log
ok $? "  and lacks nothing"
train 1 half 0 train.init_from=disc
grep -q "generator.bert.embeddings_project.weight" t.err t.log
ok $? "with the discriminator alone the generator starts afresh, which is said"
"$mpibert" import disc one.h5 >import.log 2>&1
is $? 0 "the discriminator is imported alone"

refused() { # refused CODE WORDS COMMAND…
    local code=$1 words=$2
    shift 2
    "$mpibert" "$@" >out 2>err
    is $? "$code" "refused: $*"
    grep -q -- "$words" err
    ok $? "  saying: $words" || cat err
}
refused 65 "is a discriminator, which tells" fill disc "the [MASK] of it"
refused 65 "is a discriminator without the generator" eval one.h5 --data held.txt --format blankline
refused 65 "the first is no discriminator" import gen none.h5 --generator gen
refused 65 "the second is no generator" import disc none.h5 --generator disc
refused 65 "layout mlm needs cls.predictions.bias" export one.h5 none --layout mlm

# ---- fine-tuning from the discriminator ----

mkdir -p toy
for part in train:5:64 dev:9:24; do
    IFS=: read -r name seed rows <<<"$part"
    awk -v seed="$seed" -v count="$rows" 'BEGIN {
        print "idx\tsentence\tlabel"; x = seed
        for (i = 0; i < count; i++) {
            x = (x * 16807) % 2147483647
            print i "\tthe old town " (x % 2 ? "river" : "market") " people walk\t" x % 2
        } }' >toy/$name.tsv
done
tune() { # tune FROM OUT
    "$mpibert" finetune own --data toy --from "$1" --out "$2" --seeds 1 --set task.text=sentence \
        --set task.label=label --set finetune.batch=8 --set finetune.epochs=4 \
        --set train.learning_rate=3e-3 >"$2.log" 2>"$2.err"
}
tune whole from-run
is $? 0 "fine-tuned from the checkpoint" || cat from-run.err
tune disc from-folder
is $? 0 "  and from the folder"
is "$(field answers from-folder/jobs/seed-0.json)" "$(field answers from-run/jobs/seed-0.json)" \
    "  with the same answers, to the last bit"
grep -q '"ElectraForSequenceClassification"' from-run/seed-0/config.json
ok $? "  and is kept as ELECTRA's class"
sed 1d toy/dev.tsv | cut -f 2 >texts
"$mpibert" predict from-run/seed-0 texts >said 2>err
is "$?/$(wc -l <said)" 0/24 "  which predicts"
"$mpibert" finetune own --data toy --from from-run/seed-0 --out again --seeds 1 --set task.text=sentence \
    --set task.label=label --set finetune.steps=1 --set finetune.batch=8 >out 2>err
is "$?/$(grep -c 'has no pooler' err)" 0/0 "  and is fine-tuned again, head and all"
train 2 whole-plain 12 train.objectives=mlm
tune whole-plain from-plain
[ "$(field answers from-plain/jobs/seed-0.json)" != "$(field answers from-run/jobs/seed-0.json)" ]
ok $? "  which a plain model does not give"

# ---- what does not go together | what the message says ----

while IFS='|' read -r -u 3 set want; do
    read -ra pairs <<<"$set"
    train 1 refused 1 "${pairs[@]}"
    is $? 78 "refused: $set"
    grep -qF "$want" t.err
    ok $? "  saying: $want" || cat t.err
done 3<<'ROWS'
model.kind=bert model.embedding_size=null|train.objectives: rtd needs model.kind electra, which is bert; set that, or leave rtd out
train.objectives=rtd|train.objectives: rtd lacks mlm
generator.size=0.01|generator.size: 0.01 of model.hidden 32 is a generator of width 0
generator.size=0.5 generator.heads=3|which is not divisible by 3 heads
generator.size=0|generator.size
weight.rtd=-1|weight.rtd
weight.tag=1|unknown key 'weight.tag'
ROWS
finish
