#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: with `train.objectives: [mlm, sbo]` a masked token is also told by what stands beside its
# span.  Where words follow each other in a fixed order that can be learnt, and is; its keys are
# in all that is told, and in no other run's.  Resumed on the same ranks the bits are the same, on
# others it goes on alike.  transformers has no place for its tensors: export says so once, what
# it writes is the rest, and training from that begins them afresh.
. "$(dirname "$0")/lib.sh"
mkdir text
counted() { # counted SEED DOCUMENTS: sentences that count on from anywhere
    awk -v seed="$1" -v documents="$2" 'BEGIN {
        n = split("one two three four five six seven eight nine ten", w)
        for (x = seed + 1; documents-- > 0;) {
            for (s = 0; s < 2; s++) {
                x = (x * 16807) % 2147483647
                line = w[x % n + 1]
                for (i = 1; i < 16; i++) line = line " " w[(x + i) % n + 1]
                print line "."
            }
            print ""
        }
    }'
}
counted 1 300 >text/train.txt && counted 9 40 >text/held.txt
"$mpibert" vocab --size 40 --format blankline --out text/vocab.txt text/train.txt >vocab.log
cat >spans.yaml <<'YAML'
data: {vocab: text/vocab.txt, sources: [{path: text/train.txt, format: blankline}], packing: doc_sentences,
       heldout: [{path: text/held.txt, format: blankline}]}
model: {layers: 1, hidden: 32, heads: 2, ffn: 64, max_positions: 64, hidden_dropout: 0, attention_dropout: 0, init_range: 0.1}
train: {objectives: [mlm, sbo], sequence_length: 40, lanes: 4, lane_batch: 8, steps: 200,
        warmup_steps: 20, learning_rate: 1.0e-2, chunk_tokens: 512, schedule: constant}
evaluation: {mask_kind: span}
checkpoint: {dir: spans, every_steps: 200}
YAML
train() { # train RANKS DIR SETTING…
    local ranks=$1 dir=$2
    shift 2
    ranks "$ranks" train spans.yaml --set checkpoint.dir="$dir" "${@/#/--set=}" >"$dir.log" 2>"$dir.err"
}
hash_of() { "$mpibert" inspect "$1" --json | tr -d '\n' | field state_hash; }

train 2 spans
ok $? "span boundaries are trained; the masks follow"
is "$("$mpibert" inspect spans | sed -n 's/^data.mask_kind: //p')" span "  in spans"
loss=$(field sbo_loss spans/evaluations.jsonl | tail -1)
awk -v loss="$loss" 'BEGIN { exit !(loss > 0 && loss < 0.5) }'
ok $? "  and are learnt: held-out $loss, guessing 2.3"
is "$(field sbo_loss spans/metrics.jsonl | wc -l) $(field sbo_accuracy spans/metrics.jsonl | wc -l)" \
    "200 200" "  each step has the keys"
awk -v a="$(field loss spans/metrics.jsonl | tail -1)" -v b="$(field mlm_loss spans/metrics.jsonl | tail -1)" \
    -v c="$(field sbo_loss spans/metrics.jsonl | tail -1)" 'BEGIN { exit !((a - b - c) ^ 2 < 1e-12) }'
ok $? "  and the loss is the sum"
grep -q ' mlm .* sbo  *mlm%  *sbo%' spans.log
ok $? "  as the table has"
ranks 1 eval spans --data text/held.txt --format blankline --json >a.json
is "$(field bordered a.json)" "$(field masked a.json)" "it has the targets of mlm"

for n in 2 3; do
    train 2 "part$n" train.steps=8 && train "$n" "part$n" train.steps=12
done
train 2 whole train.steps=12
is "$(hash_of part2)" "$(hash_of whole)" "resumed on 2 ranks: the same bits"
awk -v a="$(field sbo_loss part3/metrics.jsonl | tail -1)" -v b="$(field sbo_loss whole/metrics.jsonl | tail -1)" \
    'BEGIN { exit !((a - b) ^ 2 < 1e-6) }'
ok $? "resumed on 3 ranks: it goes on alike"
train 2 plain train.objectives=mlm train.steps=1
is "$(grep -c sbo plain/metrics.jsonl)" 0 "no other run has its keys"

"$mpibert" export spans folder >export.out 2>&1
ok $? "it is exported"
is "$(grep -c 'without the trained cls.sbo' export.out)" 1 "  saying once what is lost"
is "$(grep -c 'type: fill-mask' folder/README.md)" 1 "  and its card has the results of masked tokens alone"
! grep -q sbo folder/model.safetensors
ok $? "  which is not there"
"$mpibert" import folder back.h5 >import.log 2>&1
ok $? "  and imported"
ranks 1 eval back.h5 --data text/held.txt --format blankline --json --set evaluation.mask_kind=span >b.json
is "$(field mlm_loss b.json) $(grep -c sbo b.json)" "$(field mlm_loss a.json) 0" "  as mlm alone"
train 1 again train.init_from=folder train.steps=1
ok $? "training goes on from it"
is "$(grep -c '^cls.sbo' again.err)" 10 "  with new tensors, which are named"

# phases
train 1 refused 'train.phases[0].steps=100' 'train.phases[1].steps=100' 'train.phases[1].mask_kind=tokens'
is $? 78 "a phase without spans is refused"
grep -qF 'sbo needs train.phases[1].mask_kind span or ngram, which is tokens' refused.err
ok $? "  naming it" || cat refused.err
finish
