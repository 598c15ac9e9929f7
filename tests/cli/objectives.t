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

# what does not go together | what the message says
while IFS='|' read -r -u 3 set want; do
    read -ra pairs <<<"$set"
    train refused "${pairs[@]}"
    is $? 78 "refused: $set"
    grep -qF "train.objectives: $want" refused.err
    ok $? "  saying: $want" || cat refused.err
done 3<<'ROWS'
train.objectives=mlm,nps|'nps' is not one of mlm,nsp
train.objectives=mlm,mlm|mlm is there twice
train.objectives=nsp|nsp lacks mlm, which all others go with; write mlm,nsp
train.objectives=mlm,nsp data.packing=doc_sentences|nsp needs pairs of texts, and data.packing is doc_sentences; set that to pairs, or leave nsp out
ROWS

train plain train.steps=6 train.objectives=mlm
is $? 78 "resumed with other objectives: 78"
grep -q 'train.objectives: is mlm now (--set) but mlm,nsp in the checkpoint' plain.err
ok $? "  saying both"
train plain train.steps=6 train.objectives=mlm,nsp
ok $? "resumed with the same, now said"
finish
