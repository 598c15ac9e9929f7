#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: train.objectives says what is trained, and data.packing only what examples look like:
# pairs may be read without learning to tell them.  Not said, or said as it would be anyway, it
# changes no bit.  What does not go together is refused with the cure, and so is a run that
# resumes with other objectives.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config | sed 's/steps: 12/steps: 4/; s/every_steps: 4/every_steps: 2/' >run.yaml

hash_of() { "$mpibert" inspect "$1" --json | field state_hash; }
train() { # train DIR SETTING…
    local dir=$1 set=()
    shift
    for pair in "$@"; do set+=(--set "$pair"); done
    ranks 1 train run.yaml --set checkpoint.dir="$dir" "${set[@]+"${set[@]}"}" >"$dir.log" 2>"$dir.err"
}

train plain && train said 'train.objectives=nsp, mlm'
ok $? "a run, and one that says what it would do anyway"
is "$(hash_of said)" "$(hash_of plain)" "  end with the same bits"
is "$(field batch_hash said/metrics.jsonl)" "$(field batch_hash plain/metrics.jsonl)" "  of the same examples"

sed 's/steps: 4/objectives: [mlm], steps: 4/' run.yaml >alone.yaml
ranks 2 train alone.yaml --set checkpoint.dir=alone >alone.log 2>alone.err
ok $? "pairs are read, and only masks learnt"
is "$(field batch_hash alone/metrics.jsonl)" "$(field batch_hash plain/metrics.jsonl)" "  of the same examples"
is "$(field nsp_loss alone/metrics.jsonl | sort -u)" null "  next sentences have no loss"
! grep -q 'nsp' alone.log
ok $? "  and no column"
ranks 1 eval alone --data held.txt --format blankline --json >eval.json
is "$(field nsp_loss eval.json) $(field pairs eval.json)" "null 0" "  nor any in an evaluation"
"$mpibert" export alone folder >export.out
ok $? "  it is exported"
grep -q BertForMaskedLM export.out
ok $? "  as a masked language model"

train weighted weight.mlm=3 weight.nsp=0.5
ok $? "losses count as they are told"
awk -v loss="$(field loss weighted/metrics.jsonl | head -1)" -v mlm="$(field mlm_loss weighted/metrics.jsonl | head -1)" \
    -v nsp="$(field nsp_loss weighted/metrics.jsonl | head -1)" \
    'BEGIN { print "# " loss " of " mlm " and " nsp; exit !((loss - 3 * mlm - nsp / 2) ^ 2 < 1e-10) }'
ok $? "  in their sum"
[ "$(hash_of weighted)" != "$(hash_of plain)" ]
ok $? "  and in the gradient"
train weighted weight.mlm=2 train.steps=6
is $? 78 "  and a run does not go on with another weight"

# what does not go together | what the message says
while IFS='|' read -r -u 3 set want; do
    read -ra pairs <<<"$set"
    train refused "${pairs[@]}"
    is $? 78 "refused: $set"
    grep -qF "train.objectives: $want" refused.err
    ok $? "  saying: $want" || cat refused.err
done 3<<'ROWS'
train.objectives=mlm,nps|'nps' is not one of mlm,nsp,sop,sbo
train.objectives=mlm,mlm|mlm is there twice
train.objectives=nsp|nsp lacks mlm, which all others but latent go with; write mlm,nsp
train.objectives=mlm,nsp data.packing=doc_sentences|nsp needs data.packing pairs, which is doc_sentences; set that, or leave nsp out
train.objectives=mlm,sop data.packing=pairs|sop needs data.packing swapped_pairs, which is pairs; set that, or leave sop out
train.objectives=mlm,nsp,sop|sop needs data.packing swapped_pairs, which is pairs
train.objectives=mlm,sbo data.mask_kind=words|sbo needs data.mask_kind span or ngram, which is words; set that, or leave sbo out
ROWS

# Sentence order, where it can be told: sentences of a document are numbered.
numbered() { # numbered SEED DOCUMENTS
    awk -v seed="$1" -v documents="$2" 'BEGIN {
        n = split("the a old river town small house stone", w)
        split("One Two", number)
        for (x = seed + 1; documents-- > 0;) {
            for (s = 1; s <= 2; s++) {
                line = number[s]
                for (i = 0; i < 4; i++) {
                    x = (x * 16807) % 2147483647
                    line = line " " w[x % n + 1]
                }
                print line "."
            }
            print ""
        }
    }'
}
mkdir -p ordered
numbered 1 400 >ordered/text.txt && numbered 9 60 >ordered/held.txt
"$mpibert" vocab --size 60 --format blankline --out ordered/vocab.txt ordered/text.txt >vocab.log
cat >sop.yaml <<'YAML'
data: {vocab: ordered/vocab.txt, sources: [{path: ordered/text.txt, format: blankline}],
       heldout: [{path: ordered/held.txt, format: blankline}]}
model: {layers: 1, hidden: 32, heads: 2, ffn: 64, max_positions: 64, hidden_dropout: 0, attention_dropout: 0, init_range: 0.1}
train: {objectives: [mlm, sop], sequence_length: 48, lanes: 4, lane_batch: 8, steps: 300,
        warmup_steps: 20, learning_rate: 5.0e-3, chunk_tokens: 512}
checkpoint: {dir: sop}
YAML
ranks 2 train sop.yaml >sop.log 2>sop.err
ok $? "sentence order is trained"
grep -q 'pairs whose halves changed places' sop.log
ok $? "  of halves that changed places"
awk -v loss="$(field sop_loss sop/evaluations.jsonl | tail -1)" 'BEGIN { exit !(loss > 0 && loss < 0.2) }'
ok $? "  and is learnt: held-out $(field sop_loss sop/evaluations.jsonl | tail -1), guessing 0.693"
is "$(field nsp_loss sop/metrics.jsonl | sort -u)" null "  no next sentence is judged"
is "$(grep -c sop_loss plain/metrics.jsonl)" 0 "  and no other run has its keys"
"$mpibert" export sop order >order.out
ok $? "  it is exported"
grep -q 'BertForPreTraining' order.out && grep -q 'sentence order' order.out
ok $? "  saying what its sentence head means"
grep -q 'label 1 of its sentence head means that the halves are swapped (sentence order), not that the second half is random' order.out
ok $? "  and its labels"
grep -q 'sentence order prediction' order/README.md
ok $? "  as does its card"
! grep -q 'next sentence' order/README.md
ok $? "  which knows no next sentence"
ranks 1 eval sop --data ordered/held.txt --format blankline --json >a.json
ranks 1 eval order --data ordered/held.txt --format blankline --json >b.json
is "$(field sop_loss b.json) $(field ordered b.json)" "$(field sop_loss a.json) $(field ordered a.json)" \
    "  and judged by order when it is read back"

train plain train.steps=6 train.objectives=mlm
is $? 78 "resumed with other objectives: 78"
grep -q 'train.objectives: is mlm now (--set) but mlm,nsp in the checkpoint' plain.err
ok $? "  saying both"
train plain train.steps=6 train.objectives=mlm,nsp
ok $? "resumed with the same, now said"
finish
