#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: each seed of a family ends with the bits that `train` gives it alone, whether its data
# is shared or not, in one group of ranks or in several, and after a kill that left seeds at
# different steps; one that fails does not end the others.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml

hash_of() { "$mpibert" inspect "$1" | awk '$1 == "state_hash" { print $2 }'; }
common=(run.yaml --set evaluation.every_steps=null --set train.steps=6 --set checkpoint.every_steps=3
    --set log.progress=none)
alone() { # alone RANKS FOLDER SEED KEY=VALUE…
    local n=$1 dir=$2 seed=$3
    shift 3
    ranks "$n" train "${common[@]}" --set checkpoint.dir="$dir" --set train.seed="$seed" "$@" \
        >"$dir.log" 2>&1
}
family() { # family RANKS FOLDER WORDS…
    local n=$1 dir=$2
    shift 2
    ranks "$n" family "${common[@]}" --set checkpoint.dir="$dir" "$@" >"$dir.log" 2>&1
}

for seed in 0 1 2; do
    alone 2 same-$seed $seed --set train.data_seed=7
    alone 1 own-$seed $seed
done
family 2 same --set train.data_seed=7 --set family.seeds=0..2
is "$?" 0 "three seeds on the same data"
grep -q "3 seeds in same; 1 group of 2 ranks, .* the same data" same.log
ok $? "  side by side"
for seed in 0 1 2; do
    is "$(hash_of same/seed_$seed)" "$(hash_of same-$seed)" "  seed $seed as alone"
done
state() { sed -n 's/^memory .* state \([0-9]*\), .*/\1/p' "$1"; }
grep -q "^memory .*; of 3 seeds together" same.log && [ "$(state same.log)" -ge $((2 * $(state same-0.log))) ]
ok $? "  whose memory is told together: $(state same-0.log) MiB of state alone, $(state same.log) here"
alone 2 fresh 2 --set train.data_seed=7 --set train.steps=0
is "$(hash_of same/seed_2/checkpoint-000000000.h5)" "$(hash_of fresh)" "  whose step 0 is a fresh beginning"
family 2 own --set family.seeds=0,2
is "$?" 0 "two seeds on two ranks"
grep -q "2 groups of 1 rank," own.log
ok $? "  in two groups"
for seed in 0 2; do
    is "$(hash_of own/seed_$seed)" "$(hash_of own-$seed)" "  seed $seed as alone"
done
mkdir stopped && touch stopped/STOP
family 2 stopped --set family.seeds=0,2
is "$? $(find stopped -name STOP -o -name 'metrics.jsonl' -size +0)" "75 " "a file STOP ends both groups, and is removed"

# As if killed while seed 1 was ahead, and seed 2 not yet begun.
rm same/seed_0/checkpoint-000000006.h5 && rm -r same/seed_2
family 2 same --set train.data_seed=7 --set family.seeds=0..2
is "$?" 0 "a family goes on"
for seed in 0 1 2; do
    is "$(hash_of same/seed_$seed)" "$(hash_of same-$seed)" "  seed $seed as alone"
    is "$(field step same/seed_$seed/metrics.jsonl | tr '\n' ' ')" "1 2 3 4 5 6 " "  every step once"
done
manifest=$("$mpibert" inspect same)
is "$(awk 'NR > 1 { print $1, $2 }' <<<"$manifest" | tr '\n' ' ')" "0 0 0 3 0 6 1 0 1 3 1 6 2 0 2 3 2 6 " \
    "the manifest has every checkpoint"
is "$(awk '$1 == 1 && $2 == 6 { print $5, $6 }' <<<"$manifest")" \
    "$(hash_of same-1) same/seed_1/checkpoint-000000006.h5" "  by hash and path"
grep -q '"loss": [0-9]' <<<"$("$mpibert" inspect same --json)"
ok $? "  with losses, as JSON"
grep -q "already complete" same.log
ok $? "  what was complete is said"

# Stopped at its first step, while seed 1 is ahead: that one does nothing more.
cp -r same apart && rm apart/seed_[012]/checkpoint-000000006.h5 apart/seed_[02]/checkpoint-000000003.h5
family 2 apart --set train.data_seed=7 --set family.seeds=0..2 --set train.deadline=1000000000
is "$?/$(ls apart/seed_?/*.h5 | sort | tail -n +2 | sed 's/.*seed_//; s/checkpoint-0*//; s/.h5//' | tr '\n' ' ')" \
    "75/0/1 1/ 1/3 2/ 2/1 " "a family whose seeds are apart is stopped"

"$mpibert" export same hf --license cc0-1.0 >export.log 2>&1
is "$?/$(ls hf | tr '\n' ' ')" "0/$(for seed in 0 1 2; do
    printf 'same-seed_%d-step_%s ' $seed 0k $seed 3 $seed 6; done)" "a family is exported, a folder a snapshot"
is "$(grep -c BertForPreTraining hf/*/config.json | grep -c ':1$')" 9 "  with both heads"
is "$(sed -n '/^mpibert:/,/state_hash/p' hf/same-seed_1-step_3/README.md | tr -s '\n ' ' ')" \
    "mpibert: seed: 1 step: 3 tokens: $(field tokens same/seed_1/metrics.jsonl | sed -n 3p) phase: 1 \
learning_rate: 0.000666667 state_hash: \"$(hash_of same/seed_1/checkpoint-000000003.h5)\" " "  whose card says where it stands"

# Shapes and seeds: each member as alone, on the same batches.
cat run.yaml - >shapes.yaml <<'EOF'
family: {shapes: [mini, {preset: tiny, layers: 1, hidden: 16}], seeds: [0, 2]}
EOF
small=(--set model.layers=1 --set model.hidden=16 --set model.heads=2 --set model.ffn=32)
"$mpibert" config print shapes.yaml | grep -c 'family.shapes.*mini' >/dev/null
ok $? "shapes as a list of YAML"
ranks 2 family shapes.yaml "${common[@]:1}" "${small[@]}" --set checkpoint.dir=shapes \
    --set train.data_seed=7 >shapes.log 2>shapes.err
is "$?" 0 "a family of shapes"
grep -q "2 shapes × 2 seeds in shapes; 1 group of 2 ranks, .* the same data" shapes.log
ok $? "  side by side"
alone 2 mini-2 2 --set train.data_seed=7 "${small[@]}" --set model.preset=mini
alone 2 tiny-0 0 --set train.data_seed=7 "${small[@]}"
is "$(hash_of shapes/mini/seed_2)" "$(hash_of mini-2)" "  whose first shape is as alone"
is "$(hash_of shapes/tiny-layers_1-hidden_16/seed_0)" "$(hash_of tiny-0)" "  and its second"
is "$("$mpibert" inspect shapes | awk '$3 == 6 { print $1, $2 }' | tr '\n' ' ')" \
    "mini 0 mini 2 tiny-layers_1-hidden_16 0 tiny-layers_1-hidden_16 2 " "  which the manifest names"
is "$("$mpibert" inspect shapes --json | grep -o '"shape": "mini"' | wc -l)" 6 "  also as JSON"
"$mpibert" export shapes all --license cc0-1.0 >export.log 2>&1
is "$?/$(ls all | grep -c '^shapes-mini-seed_2-step_3$')/$(ls all | wc -l)" 0/1/12 "  and all are exported"

# Another run has the folder of seed 1.
mkdir -p broken && echo "no folder" >broken/seed_1
family 1 broken --set train.data_seed=7 --set family.seeds=0..2
is "$([ $? -gt 64 ] && echo failed)" failed "a seed that cannot be trained"
is "$(hash_of broken/seed_2 | wc -c)" "$(hash_of own-0 | wc -c)" "  does not end the others"
grep -q "seed 1 ends: .*seed_1" broken.log
ok $? "  and is named"

printf 'family: {seeds: [0, 2]}\n' | cat run.yaml - >list.yaml
"$mpibert" config print list.yaml | grep 'seeds.*0,2' >/dev/null
ok $? "seeds as a list of YAML"
family 2 bad --set family.seeds=4..1
is "$?" 78 "no seeds"
grep -q "family.seeds: '4..1'" bad.log
ok $? "  by the option's name"
family 2 bad --set family.seeds=0..1 --set family.groups=3
is "$?" 78 "more groups than ranks"
refused() { # refused WORDS KEY=VALUE…
    local words=$1 set=()
    shift
    for word in "$@"; do set+=(--set "$word"); done
    family 1 bad "${set[@]}"
    is "$?/$(grep -c -- "$words" bad.log)" 78/1 "refused: $*: $words"
    [ ! -e bad ]
    ok $? "  and no folder is left"
}
refused "family.shapes\[1\]: mini is there before" 'family.shapes[0]=mini' 'family.shapes[1].preset=mini'
refused "family.shapes\[0\]: says nothing" 'family.shapes[0].layers=null'
refused "family.shapes\[0\]: .*heads" 'family.shapes[0].heads=3'
refused "data.vocab: is not set" train.data_seed=7 data.vocab=null 'family.shapes[0]=tiny'
finish
