#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a run learns from a checkpoint or from a Hugging Face folder that is made of it, to the
# same bits; each term has its column and its key, and a weight; a folder without the head that
# is asked for is refused; the student is evaluated and exported without its teacher.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config | sed 's/steps: 12/steps: 4/; s/every_steps: 4/every_steps: 2/' >run.yaml

train() { # train DIR SETTING…
    local dir=$1 set=()
    shift
    for pair in "$@"; do set+=(--set "$pair"); done
    ranks 1 train run.yaml --set checkpoint.dir="$dir" "${set[@]}" >"$dir.log" 2>"$dir.err"
}
hash_of() { "$mpibert" inspect "$1" --json | field state_hash; }

train big model.layers=3
"$mpibert" export big folder --layout mlm >export.log && "$mpibert" export big encoder --layout encoder >>export.log
ok $? "a teacher is trained, and exported"

taught=(train.objectives=mlm,soft,cosine weight.soft=5 weight.mlm=2 teacher.temperature=2)
train student "${taught[@]}" teacher.from=big
ok $? "a student learns from the run" || cat student.err
grep -q '^teacher   big: bert of L 3  H 32  A 2, asked after layer 3; hash' student.log
ok $? "  saying so"
grep -q 'mlm     soft   cosine   mlm%  ' student.log
ok $? "  with a column for each term" || cat student.log
row=$(tail -1 student/metrics.jsonl)
awk -v all="$(field loss <<<"$row")" -v mlm="$(field mlm_loss <<<"$row")" -v soft="$(field soft_loss <<<"$row")" \
    -v cosine="$(field cosine_loss <<<"$row")" \
    'BEGIN { far = all - 2 * mlm - 5 * soft - cosine; exit !(soft > 0 && cosine > 0 && far * far < 1e-8) }'
ok $? "  the loss is their sum by weights"
train same "${taught[@]}" teacher.from=folder
ok $? "one learns from the folder" || cat same.err
is "$(hash_of same)" "$(hash_of student)" "  the same, to the bit"
train refused "${taught[@]}" teacher.from=encoder
is $? 78 "an encoder alone has nothing to say of tokens"
grep -q 'train.objectives: soft learns what a teacher puts for masked tokens, and encoder has no head for that' refused.err
ok $? "  and is refused" || cat refused.err
train soft train.objectives=mlm,soft weight.mlm=0 teacher.from=big
"$mpibert" fill soft "the [MASK] river" >fill.log 2>fill.err
ok $? "one that learns tokens of its teacher alone fills masks"
"$mpibert" export soft soft-hf >export.log 2>export.err && ! grep -q "cannot fill masks" soft-hf/README.md
ok $? "  and its card does not say otherwise"
"$mpibert" bench loader run.yaml --train --steps 2 --windows 1 --set train.objectives=mlm,soft,cosine,relation \
    --set teacher.from=big >bench.log 2>bench.err
ok $? "the step of a student is measured without its teacher"
rm -r big folder
ranks 1 eval student --data held.txt --format blankline --json >eval.json
ok $? "a student is evaluated when its teacher is gone"
is "$(grep -c 'soft\|cosine' eval.json)" 0 "  by what can be judged without"
"$mpibert" export student out >export.log && [ -f out/model.safetensors ]
ok $? "  and exported"
finish
