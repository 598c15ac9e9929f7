#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# teacher.sh: what a second network costs a step.  BERT-medium by masked tokens (plain) beside the
# same by codes of a BERT-base's states, 3,000 atoms, on sentences as jobs/recipes/mlsm-medium.yaml
# has them: asked as it goes (live) and out of a cache (cache); and ELECTRA-small (electra) beside BERT
# of its width (small): the share of the peak that useful operations reach.  In turns; prints the
# middle of the ratios of neighbours.  Bounds: live 2.1, cache 1.1, electra 75 %.
# What counts is processor time on one core, which others on the machine change little, and of it that
# of the thread that computes.
# TEACHER is a base model of bert-base-uncased's vocabulary (not given: random weights); TURNS (5),
# STEPS (4) a turn, of which the first does not count.  All is in OUT (build/teacher); what is there of a
# teacher, a dictionary and a cache is taken up.  Needs MPIBERT_TEST_DATA (train, vocab); half an hour.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
mpibert=$(realpath "${BUILD:-$root/build}/mpibert") || exit 66
data=${MPIBERT_TEST_DATA:?folder with train and vocab}
turns=${TURNS:-5} steps=${STEPS:-4} teacher=${TEACHER:+$(realpath "$TEACHER")}
export OMP_NUM_THREADS=1
out=${OUT:-${BUILD:-$root/build}/teacher}
mkdir -p "$out" && cd "$out"

cat >run.yaml <<YAML
data: {sources: [{path: "$data/train/wiki-*"}], vocab: $data/vocab/bert-base-uncased.txt, block_bytes: 256KiB}
model: {preset: medium}
dictionary: {atoms: 3000, iterations: 10, batch: 400}
train: {objectives: [mlm], sequence_length: 128, lanes: 1, lane_batch: 32, learning_rate: 1.0e-4, steps: $steps}
checkpoint: {every_steps: null}
log: {progress: none}
YAML
sentences=(data.packing=sentences)
taught=("${sentences[@]}" train.objectives=latent teacher.from="${teacher:-base}" teacher.dictionary=D.h5
    data.mask_replace=1 data.mask_random=0)
narrow=(data.packing=full_sentences model.layers=12 model.hidden=256 model.heads=4 model.ffn=1024)
discriminator=("${narrow[@]}" model.kind=electra model.embedding_size=128 'train.objectives=mlm,rtd' generator.size=0.25
    data.mask_replace=0.85 data.mask_random=0)

run() { # run "COMMAND WORD…" KEY=VALUE…
    local words
    read -ra words <<<"$1"
    shift
    "$mpibert" "${words[@]}" "${@/#/--set=}"
}
[ -n "$teacher" ] || [ -e base ] ||
    run "train run.yaml" model.preset=base train.steps=0 checkpoint.dir=base "${sentences[@]}" >base.log 2>&1
[ -e D.h5 ] || run "dictionary run.yaml --out D.h5" teacher.from="${teacher:-base}" "${sentences[@]}" >D.log 2>&1
run "teach run.yaml" "${taught[@]}" teacher.cache=cache >teach.log 2>&1

ticks() { awk '{ print $14 + $15 }' "/proc/$1/task/$1/stat"; } # of the processor
done_steps() { grep -sc . run/metrics.jsonl || true; }
await() { # await PID STEPS
    while [ "0$(done_steps)" -lt "$2" ]; do
        kill -0 "$1" 2>/dev/null || { cat last.log >&2; exit 1; }
        sleep 0.01
    done
}
# Processor seconds of a step, and 10⁹ useful operations of it: measure KEY=VALUE…
measure() {
    local set=(checkpoint.dir=run "$@") pid first last
    rm -rf run
    "$mpibert" train run.yaml "${set[@]/#/--set=}" >last.log 2>&1 &
    pid=$!
    await $pid 1
    first=$(ticks $pid)
    await $pid "$steps"
    last=$(ticks $pid)
    kill -KILL $pid
    wait $pid 2>/dev/null || true
    tail -n +2 run/metrics.jsonl | head -n $((steps - 1)) |
        grep -oE '"(step_seconds|useful_gflops)": [0-9.e+-]+' |
        awk -v n=$((steps - 1)) -v ticks=$((last - first)) -v hz="$(getconf CLK_TCK)" '
            $1 ~ /useful/ { rate = $2 }
            $1 ~ /step/ { gflop += rate * $2 }
            END { print ticks / hz / n, gflop / n }'
}
say() { # say WHAT EXPRESSION
    printf '%s\t%s\n' "$1" "$(awk "BEGIN { print $2 }")" | tee -a ratios
}

rm -f ratios
for ((i = 0; i < turns; i++)); do
    read -r plain plain_gflop < <(measure "${sentences[@]}")
    read -r live live_gflop < <(measure "${taught[@]}")
    read -r cache _ < <(measure "${taught[@]}" teacher.cache=cache)
    read -r small small_gflop < <(measure "${narrow[@]}")
    read -r electra electra_gflop < <(measure "${discriminator[@]}")
    peak=$("$mpibert" bench peak --json | grep -o '"fma_peak_gflops": [0-9.]*' | cut -d ' ' -f 2)
    say "live / plain" "$live / $plain"
    say "live / plain, operations" "$live_gflop / $plain_gflop"
    say "cache / plain" "$cache / $plain"
    say "plain, % of the peak" "100 * $plain_gflop / $plain / $peak"
    say "live, % of the peak" "100 * $live_gflop / $live / $peak"
    say "small, % of the peak" "100 * $small_gflop / $small / $peak"
    say "electra, % of the peak" "100 * $electra_gflop / $electra / $peak"
done
echo "the middle of each:"
sort -t $'\t' -k 1,1 -k 2,2g ratios | awk -F '\t' '
    function tell() { if (n) print name "\t" (x[int((n + 1) / 2)] + x[int(n / 2) + 1]) / 2 }
    $1 != name { tell(); n = 0; name = $1 }
    { x[++n] = $2 }
    END { tell() }'
