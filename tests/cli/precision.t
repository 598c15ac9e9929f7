#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a run of bf16 learns what one of fp32 does (held-out loss within half a percent), ends
# with the same bits after a stop and on any number of threads, sees the same batches on any number
# of ranks; it may go on in the other precision only as a branch; and it is refused with the reason
# where the processor has no instructions for it and plain C is not asked for.  auto is the one of the
# two that the processors have instructions for.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config | sed 's/steps: 12, warmup_steps: 3/steps: 40, warmup_steps: 8/; s/1.0e-3/5.0e-3/' >run.yaml
bf16=(--set train.precision=bf16 --set train.emulate=true)

run() { # run DIR RANKS SETTING…
    local dir=$1 n=$2
    shift 2
    ranks "$n" train run.yaml --set checkpoint.dir="$dir" --set train.schedule_steps=40 "$@" >"$dir.log" 2>"$dir.err"
}
hash_of() { "$mpibert" inspect "$1" --json | field state_hash; }
batches() { field batch_hash "$1/metrics.jsonl" | tr '\n' ' '; }
held_out() { "$mpibert" eval "$1" --data held.txt --format blankline --json | field mlm_loss; }

run plain 2
ok $? "40 steps in fp32"
run half 2 "${bf16[@]}"
ok $? "and in bf16"
grep -q '^precision bf16 products by ' half.log
ok $? "  which is said: $(grep ^precision half.log)"
is "$(batches half)" "$(batches plain)" "  see the same batches"
[ "$(hash_of half)" != "$(hash_of plain)" ]
ok $? "  to other weights"
a=$(held_out plain) b=$(held_out half)
awk -v a="$a" -v b="$b" 'BEGIN { d = (b - a) / a; exit !(a > 0 && d < 0.005 && d > -0.005) }'
ok $? "  of the same held-out loss within .5 %: $a and $b"
first=$(field loss plain/metrics.jsonl | head -1)
awk -v a="$a" -v f="$first" 'BEGIN { exit !(a < 0.9 * f) }'
ok $? "  less than $first, where it began"

run stopped 2 "${bf16[@]}" --set train.steps=17
run stopped 2 "${bf16[@]}"
is "$(hash_of stopped)" "$(hash_of half)" "stopped after 17 steps it goes on to the same bits"
OMP_NUM_THREADS=3 run threads 2 "${bf16[@]}" --set train.recompute=layer
is "$(hash_of threads)" "$(hash_of half)" "three threads, layers computed again: the same bits"
run alone 1 "${bf16[@]}" --set train.steps=5
is "$(batches alone)" "$(batches half | cut -d' ' -f1-5) " "on one rank it sees the same batches"
run bits 1 "${bf16[@]}" --set train.reproducible=bitwise --set train.steps=5
ok $? "bitwise on one rank"
OMP_NUM_THREADS=2 run bits2 2 "${bf16[@]}" --set train.reproducible=bitwise --set train.steps=5
is "$(hash_of bits2)" "$(hash_of bits)" "  two of two threads have the same bits"
taken() { sed -n 's/^memory.* activations \([0-9]*\),.*/\1/p' "$1.log"; }
run roomy 1 --set train.steps=1 --set model.ffn=1024 --set train.chunk_tokens=4096
run close 1 "${bf16[@]}" --set train.steps=1 --set model.ffn=1024 --set train.chunk_tokens=4096
[ "$(taken close)" -lt "$(($(taken roomy) * 3 / 4))" ]
ok $? "activations take less: $(taken close) MiB, where they took $(taken roomy)"

run half 2 --set train.steps=44
is $? 78 "to go on in fp32 is refused"
grep -q 'train.precision: is fp32 now.* but bf16 in the checkpoint' half.err
ok $? "  with both values"
run branch 2 --set train.branch_from=half --set train.allow_change=train.precision --set train.steps=44
ok $? "  but for a branch: $(tail -1 branch.err)"

if grep -qE 'avx512_bf16|amx_bf16' /proc/cpuinfo; then
    run native 1 --set train.precision=bf16 --set train.steps=2
    ok $? "this processor needs no emulation"
    "$mpibert" bench peak --json >peak.json && grep -q '"bf16_peak_gflops"' peak.json
    ok $? "  and bench peak tells what its tiles can"
else
    run native 1 --set train.precision=bf16 --set train.steps=2
    is $? 78 "without instructions for it, it is refused"
    grep -q 'train.precision: bf16: this processor has neither AVX512_BF16 nor AMX' native.err
    ok $? "  with the reason"
fi
# auto is what the processors have: that is said, kept in the checkpoint, and what a resume compares.
here=fp32 other=half
! grep -qE 'avx512_bf16|amx_bf16' /proc/cpuinfo || here=bf16 other=plain
run auto 2 --set train.precision=auto --set train.steps=2
ok $? "precision auto"
grep -q "train.precision: $here (auto: . of 2 ranks have a processor for bf16)" auto.err
ok $? "  says what it comes to: $(grep 'train.precision' auto.err)"
is "$("$mpibert" inspect auto --json | field train.precision)" "$here" "  and the checkpoint"
run auto 2 --set train.precision="$here" --set train.steps=3
ok $? "  goes on by that name"
run auto 2 --set train.precision=auto --set train.steps=4
ok $? "  and by auto"
run "$other" 2 --set train.precision=auto --set train.steps=44
is $? 78 "  but no run of the other precision does"
grep -q "train.precision: is $here now (auto: .*) but .* in the checkpoint" "$other.err"
ok $? "  which is said with the reason"

"$mpibert" bench step --preset tiny --sequence-length 16 --batch 1 --windows 1 --precision bf16 \
    --set train.emulate=true --json >step.json 2>step.err
ok $? "bench step in bf16"
grep -q '"precision": *"[^"]*bf16' step.json
ok $? "  says by what"
"$mpibert" bench step --preset tiny --sequence-length 16 --batch 1 --windows 1 --precision bf16 \
    --set train.emulate=true 2>/dev/null | grep -q 'bf16 peak, GFLOP/s'
ok $? "  and of which peak"
"$mpibert" bench loader run.yaml --train --steps 2 --windows 1 "${bf16[@]}" --json >loader.json 2>loader.err
ok $? "and bench loader --train"

# A fine-tuning is of fp32 unless it asks for bf16 itself, be it in a grid.
mkdir toy
printf 'text\tlabel\n' >toy/train.tsv
for i in 1 2 3 4; do printf 'the river %d\t1\nthe market %d\t0\n' $i $i; done >>toy/train.tsv
cp toy/train.tsv toy/dev.tsv
"$mpibert" finetune own --data toy --from half --out grid --seeds 1 --set task.text=text \
    --set task.label=label --set finetune.batch=4 --set finetune.epochs=1 --set train.emulate=true \
    --set finetune.grid=train.precision=fp32,bf16 >grid.log 2>grid.err
ok $? "a grid of both precisions is fine-tuned"
is "$(field answers grid/cell-?/jobs/seed-?.json | sort -u | grep -c .)" 2 "  to different answers"
finish
