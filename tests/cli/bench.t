#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a benchmark names the machine; no time of a step is in two of its stages, and their
# operations are those of the step; tokens/s follow from the batch and the time; nothing is
# left behind; wrong words are refused before anything is measured.
. "$(dirname "$0")/lib.sh"

small="--preset tiny --set model.layers=1 --set model.hidden=32 --set model.heads=2 --set model.ffn=64"
printf '9\n16\n5\n12\n' >lengths
ranks 2 bench step $small --sequence-length 16 --batch 2 --lengths lengths --windows 1 --json >step.json
is $? 0 "bench step on 2 ranks"
grep -q '"processor": "..*"' step.json && grep -q '"mpi": "..*"' step.json
ok $? "  names the machine"
near() { # near A B TOLERANCE
    awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { exit !(a > b * (1 - t) && a < b * (1 + t)) }'
}
field seconds_min step.json | awk '$1 < -1e-6 { bad = 1 } END { exit bad || NR < 20 }'
ok $? "  no time is counted twice: what is left for the rest is not negative"
near "$(awk -v t="$(field tokens_per_s step.json)" -v s="$(field step_seconds step.json)" \
    'BEGIN { print t * s }')" 42 .001
ok $? "  42 tokens a step: real lengths of both ranks"
for stage in "q k v" "gradients of all ranks" "optimizer"; do
    grep -q "\"stage\": \"$stage\"" step.json
    ok $? "  tells '$stage'"
done
executed=$(field executed_gflops step.json)
sum=$(paste <(field gflops step.json) <(field seconds_mean step.json) |
    awk '{ s += $1 * $2 } END { print s }')
near "$(awk -v s="$sum" -v t="$(field step_seconds step.json)" 'BEGIN { print s / t }')" "$executed" .001
ok $? "  operations of stages are those of the step"

ranks 2 bench step $small --sequence-length 16 --batch 5 --set train.reproducible=bitwise \
    --set train.lanes=6 --set train.lane_batch=2 --windows 1 --json >step.json
is "$? $(field executed_gflops step.json | awk '{ print ($1 > 0) }')" "0 1" "bench step, lane by lane, on 2 ranks"

"$mpibert" bench checkpoint $small --windows 1 --json . >checkpoint.json
is $? 0 "bench checkpoint"
V=30522 H=32 F=64
layer=$((4 * H * H + 4 * H + 2 * H * F + F + H + 4 * H))
parameters=$(((V + 512 + 2) * H + 2 * H + layer + H * H + 3 * H + V + H * H + 3 * H + 2))
near "$(field bytes checkpoint.json)" $((12 * parameters)) .00001
ok $? "  of all weights and moments"
is "$(ls)" "$(printf 'checkpoint.json\nlengths\nstep.json')" "  leaves nothing behind"

fails() { # fails CODE 'pattern' COMMAND…
    local code=$1 pattern=$2
    shift 2
    "$mpibert" bench "$@" >out 2>err
    is $? "$code" "exit $code: bench $*"
    grep -q -- "$pattern" err && [ ! -s out ]
    ok $? "  says '$pattern', and nothing else"
}
fails 64 "is not one of peak, gemm" walk
fails 64 "sequence-length S, --batch N are needed" step --preset tiny
fails 64 "1 to 1000" step $small --sequence-length 16 --batch 2 --windows 0
fails 64 "bitwise at most 12, which are" step $small --sequence-length 16 --batch 13 \
    --set train.reproducible=bitwise --set train.lanes=6 --set train.lane_batch=2
fails 65 "line 5:" step $small --sequence-length 16 --batch 5 --lengths lengths
fails 64 "preset P is needed" kernels
fails 78 "'huge'" kernels --preset huge
fails 78 "'huge'" gemm --preset huge
fails 64 "f16: is not one of fp32, bf16" gemm --precision f16
fails 64 "preset P is needed" checkpoint
fails 74 "no/such" checkpoint $small no/such
finish
