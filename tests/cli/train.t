#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a run sees the same batches on any number of ranks; a run that is killed and started
# again ends with the very bits of one that was left alone, also on other numbers of ranks
# as far as its batches go.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml

ranks 2 train run.yaml --set checkpoint.dir=a >a.log 2>a.err
ok $? "a run on 2 ranks ends well"
grep -q 'JOB DONE: 12 steps' a.log
ok $? "and says so"
grep -q 'documents read' a.log
ok $? "and says what it read"
is "$(wc -l <a/metrics.jsonl)" 12 "metrics.jsonl has a line a step"
is "$(field step a/metrics.jsonl | tr '\n' ' ')" "1 2 3 4 5 6 7 8 9 10 11 12 " "counted from 1"
for key in tokens loss mlm_loss nsp_loss mlm_accuracy nsp_accuracy grad_norm learning_rate \
    tokens_per_s useful_gflops batch_hash data_wait source_tokens step_seconds time; do
    is "$(field $key a/metrics.jsonl | grep -vc null)" 12 "every line has $key"
done
awk -v now="$(date +%s)" '$1 < now - 600 || $1 > now + 1 || $1 < before { exit 1 } { before = $1 }' \
    < <(field time a/metrics.jsonl)
ok $? "time is now, in seconds, and never goes back"
ls a/checkpoint-*0.h5 >/dev/null
ok $? "step 0 is there"
is "$(ls a/*.h5 | wc -l)" 3 "step 0 and the last two are kept"
first=$(field loss a/metrics.jsonl | head -1)
last=$(field loss a/metrics.jsonl | tail -1)
awk -v a="$first" -v b="$last" 'BEGIN { exit !(b < a) }'
ok $? "the loss falls from $first to $last"
hash_a=$("$mpibert" inspect a --json | field state_hash)
tokens_a=$("$mpibert" inspect a --json | field tokens)
is "$tokens_a" "$(field tokens a/metrics.jsonl | tail -1)" "tokens of checkpoint and metrics agree"

for n in 1 3 4; do
    ranks $n train run.yaml --set checkpoint.dir=r$n >r$n.log 2>&1
    ok $? "the same on $n ranks"
    is "$(field batch_hash r$n/metrics.jsonl | tr '\n' ' ')" \
        "$(field batch_hash a/metrics.jsonl | tr '\n' ' ')" "  sees the same batches"
    paste <(field loss a/metrics.jsonl) <(field loss r$n/metrics.jsonl) |
        awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-5) exit 1 }'
    ok $? "  and has the same losses within 1e-5"
done

# Killed while it runs, at any step, several times; then left to end.
rounds=0
while ! grep -qs 'JOB DONE' b.log && [ $rounds -lt 30 ]; do
    rounds=$((rounds + 1))
    ranks 2 train run.yaml --set checkpoint.dir=b --set log.progress=none >b.log 2>&1 &
    pid=$!
    if [ $rounds -le 3 ]; then
        for _ in $(seq 200); do
            [ "$(cat b/metrics.jsonl 2>/dev/null | wc -l)" -ge $((rounds * 3)) ] && break
            kill -0 $pid 2>/dev/null || break
            sleep 0.02
        done
        pkill -9 -P $pid 2>/dev/null
        kill -9 $pid 2>/dev/null
    fi
    wait $pid 2>/dev/null
done
is "$("$mpibert" inspect b --json | field state_hash)" "$hash_a" \
    "killed and resumed, it ends with the same bits"
is "$(field batch_hash b/metrics.jsonl | tr '\n' ' ')" \
    "$(field batch_hash a/metrics.jsonl | tr '\n' ' ')" "and metrics have every step once"

# From step 8 on another number of ranks.
mkdir c && cp a/checkpoint-000000008.h5 c/ && cp a/metrics.jsonl c/
ranks 3 train run.yaml --set checkpoint.dir=c >c.log 2>&1
ok $? "resumed on another number of ranks"
grep -q 'step 8$' c.log
ok $? "  from step 8"
is "$(field batch_hash c/metrics.jsonl | tr '\n' ' ')" \
    "$(field batch_hash a/metrics.jsonl | tr '\n' ' ')" "  it goes on with the same batches"
paste <(field loss a/metrics.jsonl) <(field loss c/metrics.jsonl) |
    awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-5) exit 1 }'
ok $? "  and with the moments of all three shards: the same losses within 1e-5"

# The plain way to sum gradients; and on resume, which changes how, not what.
ranks 3 train run.yaml --set checkpoint.dir=p --set train.reduction=blocking >p.log 2>&1
ok $? "blocking reduction"
paste <(field loss a/metrics.jsonl) <(field loss p/metrics.jsonl) |
    awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-5) exit 1 }'
ok $? "  gives the same losses within 1e-5"
ranks 3 train run.yaml --set checkpoint.dir=p --set train.steps=13 >p.log 2>&1
ok $? "  and may change on resume"
"$mpibert" train run.yaml --set checkpoint.dir=p --set train.wire=bf16 >p.log 2>p.err
is $? 78 "  the format on the wire may not"
"$mpibert" train run.yaml --set checkpoint.dir=q --set train.wire=bf16 \
    --set train.reduction=blocking >p.log 2>p.err
is $? 78 "  and is not for the plain way"

# What may not change, may not; steps may.
"$mpibert" train run.yaml --set checkpoint.dir=a --set train.seed=1 >e.log 2>e.err
is $? 78 "another seed on resume is refused"
grep -q 'train.seed: is 1 now.*but 0' e.err
ok $? "  with both values"
ranks 2 train run.yaml --set checkpoint.dir=a --set train.steps=14 >a2.log 2>&1
ok $? "more steps are fine"
is "$(wc -l <a/metrics.jsonl)" 14 "  and are done"

# A damaged newest checkpoint: the one before it serves.
newest=$(ls a/checkpoint-*.h5 | tail -1)
truncate -s -1000 "$newest"
ranks 2 train run.yaml --set checkpoint.dir=a --set train.steps=14 >d.log 2>d.err
ok $? "a damaged checkpoint is passed over"
grep -q "$newest" d.err
ok $? "  with a warning that names it"

# By the clock alone: about every third of a second.
"$mpibert" train run.yaml --set checkpoint.dir=m --set checkpoint.every_steps=null \
    --set checkpoint.every_minutes=0.005 --set checkpoint.keep=100 --set train.steps=600 >m.log 2>&1
ok $? "checkpoints by minutes"
[ "$(ls m/*.h5 | wc -l)" -gt 2 ]
ok $? "  more than the first and the last"

# What is planned is what is taken, within the loader's guess and what libraries add.
"$mpibert" train run.yaml --set checkpoint.dir=w --set model.hidden=256 --set model.ffn=1024 \
    --set model.heads=4 --set train.chunk_tokens=4096 --set data.block_bytes=64KiB \
    --set train.steps=2 >p.log 2>p.err
ok $? "a wider model"
planned=$(sed -n 's/^memory *\([0-9]*\) MiB a rank: .*/\1/p' p.log)
taken=$(sed -n 's/^memory *\([0-9]*\) MiB at most, '"$planned"' planned.*/\1/p' p.log)
most=1.1
case $build in *asan* | *tsan*) most=10 ;; esac # sanitizers keep what was freed
awk -v p="$planned" -v t="$taken" -v m="$most" 'BEGIN { exit !(t > 0.9 * p && t < m * p + 8) }'
ok $? "  takes ${taken:-?} MiB, $planned MiB were planned"

# Continued pretraining from a checkpoint.
"$mpibert" train run.yaml --set checkpoint.dir=f --set train.init_from=c --set train.steps=3 >f.log 2>&1
ok $? "init_from a run directory"
awk -v a="$first" -v b="$(field loss f/metrics.jsonl | head -1)" 'BEGIN { exit !(b < a) }'
ok $? "  starts lower than from nothing"
"$mpibert" eval c --data held.txt --json >e1.json
ok $? "eval on one rank"
"$mpibert" train run.yaml --set checkpoint.dir=g --set evaluation.max_documents=3 \
    --set train.steps=1 >g.log 2>&1
is "$("$mpibert" eval g --data held.txt --format blankline --json | field documents)" 20 \
    "  of all documents, whatever the run evaluated on"
for n in 2 3; do
    ranks $n eval c --data held.txt --json >e$n.json
    is "$(cat e$n.json)" "$(cat e1.json)" "  and on $n ranks the same, to the last digit"
done
finish
