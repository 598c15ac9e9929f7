#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a student of codes learns them (its loss falls), alone and beside masked tokens; is
# stopped and goes on to the same bits; loses the same on 1, 2 and 4 ranks, but for the order
# of sums; and is exported without the atoms.  A dictionary of another layer, teacher or
# number of atoms, or none, is refused; a model that never learnt masked tokens says so.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
quiet=(--set data.heldout=[])
"$mpibert" train run.yaml "${quiet[@]}" --set checkpoint.dir=teacher >train.log 2>&1
ok $? "a teacher"
own=("${quiet[@]}" --set teacher.from=teacher --set train.objectives=latent
    --set dictionary.atoms=30 --set dictionary.iterations=20 --set dictionary.batch=50)
"$mpibert" dictionary run.yaml --out d.h5 "${own[@]}" >d.log 2>&1
ok $? "its dictionary"
own+=(--set teacher.dictionary=d.h5)
losses() { field latent_loss "$1/metrics.jsonl" | tr '\n' ' '; }
train() { # train N DIR WORD…
    local n=$1 dir=$2
    shift 2
    ranks "$n" train run.yaml "${own[@]}" --set checkpoint.dir="$dir" "$@" \
        >"$dir.log" 2>"$dir.err"
}

train 1 a
ok $? "a student of codes"
is "$(losses a | awk '{print ($NF < $1 && $NF > 0)}')" 1 "  learns"
is "$(field mlm_loss a/metrics.jsonl | sort -u)" null "  and nothing else"
for n in 2 4; do
    train $n b$n
    is "$(paste <(losses a | tr ' ' '\n') <(losses b$n | tr ' ' '\n') |
        awk '($1 - $2) ^ 2 > 1e-8' | wc -l)" 0 "the same on $n ranks"
done
train 1 c --set train.steps=4 --set train.schedule_steps=12
train 1 c --set train.schedule_steps=12
train 1 e --set train.schedule_steps=12
is "$(field state_hash <("$mpibert" inspect c --json))" \
    "$(field state_hash <("$mpibert" inspect e --json))" "stopped and gone on with"
train 1 f --set train.objectives=mlm,latent --set weight.latent=0.5
ok $? "masked tokens beside it"
is "$(field loss f/metrics.jsonl | awk 'NR == 1 {print ($1 > 3 && $1 < 9)}')" 1 \
    "  in one loss"
train 1 g --set teacher.codes=fista100
ok $? "codes as they were published"
is "$([ "$(losses g)" = "$(losses a)" ]; echo $?)" 1 "  are others"

"$mpibert" fill a "the [MASK] river" >fill.log 2>&1
is $? 65 "fill refuses a model of codes alone"
grep -q "no head that was trained to tell masked tokens" fill.log
ok $? "  in words"
"$mpibert" fill f "the [MASK] river" >fill.log 2>&1
ok $? "  and takes one of both"
train 1 h --set train.objectives=mlm,latent --set weight.mlm=0
"$mpibert" fill h "the [MASK] river" >fill.log 2>&1
is $? 65 "  but not where masked tokens were watched alone"
"$mpibert" export h h-hf >export.log && grep -q "trained on latent alone" h-hf/README.md &&
    grep -q "^pipeline_tag: feature-extraction" h-hf/README.md
ok $? "  which its card says, too"
"$mpibert" export a a-hf >export.log 2>&1
ok $? "it is exported"
grep -q "cls.latent" export.log
ok $? "  without the atoms, as is said"
is "$(grep -c latent a-hf/model.safetensors)" 0 "  which are not there"
grep -q "masked tokens" a-hf/README.md
ok $? "  and its card tells that it cannot fill"
"$mpibert" export a a-kept --keep-latent >export.log 2>&1
ok $? "its atoms are kept, where that is asked for" || cat export.log
is "$(field vocab_size a-kept/config.json) $(tail -1 a-kept/vocab.txt)" \
    "$(($(wc -l <vocab.txt) + 30)) [MASK-29]" "  as the last tokens"
grep -q "The last 30 of its tokens" a-kept/README.md && grep -q "cannot fill masks" a-kept/README.md
ok $? "  and its card says what they are"
"$mpibert" import a-kept kept.h5 >import.log 2>&1
ok $? "  such a folder is read"
"$mpibert" export teacher t-kept --keep-latent >export.log 2>&1
is $? 65 "one that learnt no codes has none" # and nothing is written
[ ! -e t-kept ] && grep -q "teacher was not trained on latent" export.log
ok $? "  as is said: $(cat export.log)"
"$mpibert" export f f-hf >export.log 2>&1 && "$mpibert" fill f-hf "the [MASK]" >fill.log 2>&1
ok $? "one of both is exported, and fills"

refused() { # refused CODE WORDS WHAT WORD…
    local code=$1 words=$2 what=$3
    shift 3
    "$mpibert" train run.yaml "${own[@]}" --set checkpoint.dir=bad "$@" >bad.log 2>bad.err
    is $? "$code" "$what"
    grep -q -- "$words" bad.err && [ ! -e bad ]
    ok $? "  is said: $words"
}
refused 78 "is of layer 2" "a dictionary of another layer" --set teacher.layer=1
refused 78 "is of another teacher" "a dictionary of another teacher" --set teacher.from=a
refused 78 "dictionary.atoms: is 31" "another number of atoms" --set dictionary.atoms=31
refused 78 "teacher.dictionary: is not set" "no dictionary" --set teacher.dictionary=null
refused 66 "nowhere.h5" "one that is not there" --set teacher.dictionary=nowhere.h5
refused 65 "teacher.dictionary" "one that is none" --set teacher.dictionary=vocab.txt
finish
