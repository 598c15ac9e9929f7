#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: every recipe is a configuration, with the numbers of the model it is named after; the
# small sisters run from text, the user's or made up, to their tables; what they are not given is
# one line and a code.
. "$(dirname "$0")/lib.sh"
recipes=$root/jobs/recipes small=$root/jobs/recipes/small.sh
export BUILD=$build

for recipe in "$recipes"/*.yaml; do
    "$mpibert" config print "$recipe" >print.log 2>&1
    ok $? "$(basename "$recipe") is a configuration"
done
while read -r name key value; do
    "$mpibert" config print "$recipes/$name.yaml" >print.log 2>&1
    is "$(awk -v key="$key" '$1 == key { print $2 }' print.log)" "$value" "$name: $key is $value"
done <<'ROWS'
base-uncased train.steps 1000000
olm-tiny train.lanes 500
olm-tiny train.lane_batch 16
boltuix-medium train.steps 1000000
boltuix-medium train.optimizer bert_adam
boltuix-medium train.precision auto
multiberts train.steps 2000000
multiberts family.seeds 0..24
multiberts checkpoint.snapshots multiberts
electra-small model.layers 12
electra-small generator.size 0.25
electra-small train.steps 1000000
electra-small weight.rtd 50
distil teacher.init_layers 0,2,4,7,9,11
distil weight.soft 5
minilm teacher.relation_heads 48
minilm weight.mlm 0
mlsm-medium dictionary.atoms 3000
mlsm-medium data.packing sentences
mlsm-medium train.decay_all true
mlsm-medium train.steps 300000
mlsm-pairs train.objectives mlm,latent
mlsm-self dictionary.atoms 1500
mlsm-self teacher.from self
ROWS
while read -r format; do
    echo text | "$mpibert" corpus stats --format "$format" /dev/stdin >stats.log 2>&1
    ! grep -q "is not known" stats.log
    ok $? "format $format is known"
done < <(grep -oh 'format: [a-z]*' "$recipes"/*.yaml | cut -d' ' -f2 | sort -u)
for recipe in "$recipes"/*.yaml; do
    grep -q "$(basename "$recipe")" "$recipes/README.md"
    ok $? "README.md tells of $(basename "$recipe")"
done

refused() { # refused CODE 'what it says' VARIABLE… RECIPE
    local code=$1 what=$2
    shift 2
    env OUT=refused "${@:1:$#-1}" "$small" "${@: -1}" >out 2>err
    is $? "$code" "refused with $code: $what"
    grep -q -- "small.sh: $what" err
    ok $? "  $(grep small.sh: err)"
}
refused 64 "name one of olm-tiny" no-such
refused 64 "olm-tiny needs WEB, too" WIKI=vocab.txt olm-tiny
refused 66 "WIKI: no such file: none" WIKI=none BOOKS=none multiberts
refused 66 "GLUE: none of the tasks in none" GLUE=none multiberts

# Made up: two seeds of a family, with all snapshots.
OUT=family SEEDS=1 EPOCHS=0.1 "$small" multiberts --set family.seeds=0..1 --set train.steps=20 \
    --set train.sequence_length=32 --set train.warmup_steps=2 >log 2>err
is $? 0 "multiberts, of made-up text"
grep -q "^42 folders for transformers" log # of 20 steps 21 snapshots
ok $? "  all snapshots are exported: $(grep folders log)"
grep -q "over 2 pretraining seeds, paired, and 300 examples" log
ok $? "  and one comparison is over seeds and examples: $(grep 'over 2' log)"
[ -e run ] || [ -e vocab.txt ]
is $? 1 "  all of it in its folder"
OUT=electra SEEDS=2 EPOCHS=0.1 "$small" electra-small --set train.steps=4 --set checkpoint.snapshots=null \
    --set train.sequence_length=32 --set train.warmup_steps=1 --set model.layers=1 \
    --set generator.layers=1 >log 2>err
is $? 0 "electra-small, of made-up text" || cat err
grep -q "ElectraForPreTraining" electra/discriminator/config.json &&
    grep -q "ElectraForMaskedLM" electra/generator/config.json
ok $? "  both models are exported"
grep -q "over 2 fine-tuning seeds\|300 examples" log
ok $? "  and held against a plain one: $(grep '300 examples' log | head -1)"

data=${MPIBERT_TEST_DATA:-}
if [ -z "$data" ]; then
    echo "# MPIBERT_TEST_DATA is not set: no recipe on real text"
    finish
fi
# A few sentences of RTE, and some files of a shard of each kind.
some() { # some COUNT NAME: of the shard of that name
    local count=$1
    shift
    mkdir -p "${1%%.*}"
    tar -tf "$data/train/$1" | grep -v '/$' | head -n "$count" | tar -xf "$data/train/$1" -C "${1%%.*}" -T -
    tar -C "${1%%.*}" -cf "some-${1%%.*}.tar" .
}
some 3 wiki-short-02.tar.gz
some 1 cc-wet-03.tar
some 3 books-03.tar.gz
mkdir -p glue/RTE
for part in train dev; do head -n 33 "$data/glue/RTE/$part.tsv" >glue/RTE/$part.tsv; done
export WIKI=some-wiki-short-02.tar WEB=some-cc-wet-03.tar BOOKS=some-books-03.tar \
    GLUE=glue SEEDS=1 EPOCHS=1
short=(--set train.sequence_length=64 --set checkpoint.snapshots=null)
OUT=olm "$small" olm-tiny "${short[@]}" --set train.steps=2 --set train.warmup_steps=1 >log 2>err
is "$?/$(grep -c '^rte  *accuracy' log)" 0/1 "olm-tiny, of real text: $(grep '^rte' log)"
OUT=boltuix "$small" boltuix-medium "${short[@]}" --set train.warmup_steps=1 \
    --set 'train.phases[0].steps=2' --set 'train.phases[1].steps=1' >log 2>err
is "$?/$(grep -c '^rte  *accuracy' log)" 0/1 "boltuix-medium, of real text: $(grep '^rte' log)"
finish
