#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a run of two phases sees the same batches on any number of ranks, and ends with the
# same bits whether it was stopped before, at or behind their boundary or not at all; the
# learning rate does not see them.  What training masks and packs is nothing to evaluation.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >plain.yaml
sed 's/ steps: 12,//; s/every_steps: 4, keep: 2/every_steps: 1, keep: 20/
    s/chunk_tokens: 256}/chunk_tokens: 256, schedule_steps: 12,\n   phases: [PHASES]}/' plain.yaml |
    sed 's/PHASES/{steps: 8, lane_batch: 3, mask_prob: 0.2},\n            \
        {steps: 4, sequence_length: 64, lane_batch: 1, mask_replace: 1, mask_random: 0}/' >run.yaml

ranks 2 train run.yaml --set checkpoint.dir=a >a.log 2>a.err
ok $? "two phases on 2 ranks"
grep -q 'JOB DONE: 12 steps' a.log
ok $? "  are 12 steps in all"
grep -q '^phase 1 .*8 steps; 18 = 6 lanes × 3 sequences of at most 48 tokens, 20 % masked' a.log
ok $? "  and say what they are"
grep -q '^phase 2 of 2: sequences of at most 64 tokens, 15 % masked' a.log
ok $? "  and when one begins"
grep -q 'left over at the end of a phase' a.log
ok $? "  and what was left over"
is "$(field phase a/metrics.jsonl | tr '\n' ' ')" "1 1 1 1 1 1 1 1 2 2 2 2 " \
    "  and every step says which it was of"
hash_a=$("$mpibert" inspect a --json | field state_hash)
batches=$(field batch_hash a/metrics.jsonl | tr '\n' ' ')

ranks 2 train plain.yaml --set checkpoint.dir=p >p.log 2>&1
is "$(field learning_rate a/metrics.jsonl | tr '\n' ' ')" \
    "$(field learning_rate p/metrics.jsonl | tr '\n' ' ')" "one line of learning rates over both"

for step in 07 08 09; do
    mkdir s$step && cp a/checkpoint-0000000$step.h5 a/metrics.jsonl s$step/
    ranks 2 train run.yaml --set checkpoint.dir=s$step >s$step.log 2>&1
    is "$("$mpibert" inspect s$step --json | field state_hash)" "$hash_a" \
        "resumed at step $step it ends with the same bits"
done
mkdir t && cp a/checkpoint-000000008.h5 a/metrics.jsonl t/
ranks 3 train run.yaml --set checkpoint.dir=t >t.log 2>&1
is "$(field batch_hash t/metrics.jsonl | tr '\n' ' ')" "$batches" \
    "on 3 ranks, from the boundary, it has the same batches"

train_again() { ranks 2 train run.yaml --set checkpoint.dir=a "$@" >again.log 2>again.err; }
train_again --set 'train.phases[0].steps=9'
is $? 78 "another end of the first phase is refused"
grep -q 'train.phases\[0\].steps: is 9 now but 8' again.err
ok $? "  with both values"
train_again --set train.steps=14
is $? 78 "so are steps that are not the phases' sum"
train_again --set 'train.phases[1].sequence_length=65'
is $? 78 "and a phase longer than there are positions"
train_again --set 'train.phases[1].steps=5'
ok $? "a longer last phase is fine"
is "$(wc -l <a/metrics.jsonl)" 13 "  and goes on"

# Every way of packing, whole words, isolated: to a checkpoint and on from it.
for how in "packing=pairs --set data.whole_word=true" \
    "packing=doc_sentences --set data.mask_kind=span" "packing=swapped_pairs --set data.mask_kind=ngram" \
    "packing=full_sentences --set data.isolate_documents=true"; do
    dir=$(echo "$how" | tr -c 'a-z\n' _)
    # shellcheck disable=SC2086 # words of options
    set -- --set checkpoint.dir="$dir" --set data.$how --set train.sequence_length=64 \
        --set train.steps=4 --set checkpoint.every_steps=2
    ranks 2 train plain.yaml "$@" >"$dir.log" 2>&1
    ok $? "trains with $how"
    cp -r "$dir" "$dir.one"
    rm "$dir.one"/checkpoint-000000004.h5
    ranks 2 train plain.yaml "$@" --set checkpoint.dir="$dir.one" \
        >"$dir.log" 2>&1
    grep -q 'step 2$' "$dir.log"
    ok $? "  is resumed at step 2"
    is "$("$mpibert" inspect "$dir.one" --json | field state_hash)" \
        "$("$mpibert" inspect "$dir" --json | field state_hash)" "  and ends with the same bits"
done
MPIBERT_DATA_WHOLE_WORD=yes "$mpibert" config print plain.yaml >print.log
grep -q '^data.mask_kind *words ' print.log
ok $? "a former key means what it did"
MPIBERT_DATA_WHOLE_WORD=yes MPIBERT_DATA_MASK_KIND=span "$mpibert" config print plain.yaml >print.log
grep -q '^data.mask_kind *span ' print.log
ok $? "  but the key of today counts"
"$mpibert" train plain.yaml --set data.isolate_documents=true >e.log 2>e.err
is $? 78 "documents of pairs are not to be isolated"

# The same first weights, whatever they would be trained with.
evaluate() { # evaluate DIR SETTING…
    local dir=$1
    shift
    "$mpibert" train plain.yaml --set train.steps=0 --set checkpoint.dir="$dir" "$@" \
        >"$dir.log" 2>&1
    "$mpibert" eval "$dir" --data held.txt --format blankline --json
}
evaluate e15 >e15.json
ok $? "a model that was not trained is evaluated"
for key in data.heldout data.sources 'data.heldout[0].path'; do
    "$mpibert" eval e15 --data held.txt --format blankline --set "$key=other.txt" >e.json 2>e.err
    is "$?: $(grep -F "$key=other.txt: " e.err | grep -c 'data says what is read')$(cat e.json)" "78: 1" \
        "  $key is no setting of eval"
done
evaluate e80 --set data.mask_prob=0.8 --set data.mask_replace=1 --set data.mask_random=0 \
    --set data.whole_word=true >e80.json
grep -q mlm_loss e80.json && is "$(cat e80.json)" "$(cat e15.json)" "  to the same numbers, whatever training masks"
finish
