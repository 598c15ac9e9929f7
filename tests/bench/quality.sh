#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# quality.sh: what a teacher, and ELECTRA, are worth to a small model.  A BERT-mini is trained to
# teach; then BERT-tinies by masked tokens (mlm), by codes of its states (mlsm), by its logits
# (soft) and as ELECTRA's discriminator (electra): each on the same tokens, and for as much
# processor time as mlsm takes for these (mlm-long, soft-long, electra-long).  All are fine-tuned on
# SST-2, RTE, STS-B, CoLA and parts of speech, and held against mlm by the multibootstrap.  Text,
# vocabulary, shape, batch and rate are the same for all.
# Started again it goes on; all is in OUT (build/quality).  MPIBERT_TEST_DATA has train, glue and pos.
# Some 40 minutes of two cores; STEPS (of students, of 4,096 tokens), TEACHER_STEPS, TUNE_STEPS and SEEDS
# (of fine-tuning) make it shorter or longer, TEACHER_PRECISION=bf16 the teacher faster where it can.
# It uses RANKS (2) cores.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
mpibert=$(realpath "${BUILD:-$root/build}/mpibert") || exit 66
data=${MPIBERT_TEST_DATA:?folder with train, glue and pos}
steps=${STEPS:-1200} teacher_steps=${TEACHER_STEPS:-2400} tune_steps=${TUNE_STEPS:-150} seeds=${SEEDS:-10}
precision=${TEACHER_PRECISION:-fp32} ranks=${RANKS:-2}
. "$root/jobs/local/mpi.sh"
mpi_prepare "$ranks"
export OMP_NUM_THREADS=1
out=${OUT:-${BUILD:-$root/build}/quality}
mkdir -p "$out" && cd "$out"

cat >run.yaml <<YAML
data: {sources: [{path: "$data/train/*"}], vocab: vocab.txt, packing: full_sentences}
model: {preset: tiny}
dictionary: {atoms: 1000, iterations: 250, batch: 400}
train: {objectives: [mlm], sequence_length: 128, lanes: 4, lane_batch: 8, learning_rate: 1.0e-3}
checkpoint: {every_minutes: 5, keep: 1}
log: {every_steps: 100, progress: none}
YAML

# Where an arm differs from mlm, as words of `train`.
words_of() { # words_of ARM
    case ${1%-long} in
        teacher) echo model.preset=mini train.precision="$precision" ;;
        mlm) ;;
        mlsm) echo train.objectives=latent teacher.from=teacher teacher.dictionary=D.h5 \
            data.mask_replace=1 data.mask_random=0 ;;
        soft) echo train.objectives=mlm,soft weight.mlm=2 weight.soft=5 teacher.from=teacher teacher.temperature=2 ;;
        electra) echo train.objectives=mlm,rtd model.kind=electra generator.size=0.5 \
            data.mask_replace=0.85 data.mask_random=0 ;;
    esac | xargs -r -n 1 echo --set
}
train() { # train ARM STEPS DIR [RANKS]
    local words
    mapfile -t words < <(words_of "$1" | tr ' ' '\n')
    ${4:+mpirun -n "$4"} "$mpibert" train run.yaml "${words[@]}" --set checkpoint.dir="$3" \
        --set train.steps="$2" --set train.warmup_steps=$(($2 / 10)) >>"$3.log" 2>&1
}
run() { # run ARM STEPS [RANKS]: unless it was
    [ -e "$1.done" ] && return
    train "$1" "$2" "$1" "${3:-}"
    echo "$2" >"$1.done"
}
seconds_of() { # seconds_of ARM STEPS: of the processor
    local TIMEFORMAT='%U %S'
    rm -rf timed timed.log
    { time train "$1" "$2" timed; } 2>&1 | awk '{ print $1 + $2 }'
}
# Processor seconds of 100 steps, on one core.
cost() { # cost ARM
    [ -s "$1.cost" ] || awk -v all="$(seconds_of "$1" 105)" -v begin="$(seconds_of "$1" 5)" \
        'BEGIN { print all - begin }' >"$1.cost"
    cat "$1.cost"
}
steps_in_time() { # steps_in_time ARM: as many as take it as long as mlsm takes for its own
    awk -v its="$(cost "$1")" -v mlsm="$(cost mlsm)" -v steps="$steps" \
        'BEGIN { printf "%d\n", steps * mlsm / its }'
}
tune() { # tune ARM
    [ -e "tuned-$1/results.tsv" ] || mpirun -n "$ranks" "$mpibert" finetune sst2,rte,stsb,cola,pos \
        --data "$data/glue,$data/pos" --from "$1" --out "tuned-$1" --seeds "$seeds" \
        --set finetune.steps="$tune_steps" --set finetune.models=false --set finetune.warmup=0.1 \
        --set finetune.batch=32 --set train.learning_rate=3e-4 >"tuned-$1.log" 2>&1
}

[ -s vocab.txt ] || "$mpibert" vocab --size 8192 --out vocab.txt "$data/train/*" >vocab.log
run teacher "$teacher_steps" "$ranks"
[ -e D.h5 ] || mpirun -n "$ranks" "$mpibert" dictionary run.yaml --set teacher.from=teacher --out D.h5 >D.log
short=(mlm mlsm soft electra) long=(mlm-long soft-long electra-long)
for arm in "${short[@]}"; do cost "$arm" >/dev/null; done
# As many at a time as there are ranks, so that none waits for another.
share_out() { # share_out FUNCTION-AND-WORDS…
    local task
    for task in "$@"; do
        while [ "$(jobs -rp | wc -l)" -ge "$ranks" ]; do wait -n; done
        $task &
    done
    while [ -n "$(jobs -rp)" ]; do wait -n; done
}
tasks=()
for arm in "${short[@]}"; do tasks+=("run $arm $steps"); done
for arm in "${long[@]}"; do tasks+=("run $arm $(steps_in_time "${arm%-long}")"); done
share_out "${tasks[@]}"
for arm in teacher "${short[@]}" "${long[@]}"; do tune "$arm"; done
echo "teacher: $(cat teacher.done) steps"
for arm in "${short[@]}" "${long[@]}"; do
    echo "$arm: $(cat "$arm.done") steps of $(cost "${arm%-long}") processor seconds a hundred"
done
others=("${short[@]:1}" "${long[@]}" teacher)
"$mpibert" compare tuned-mlm "${others[@]/#/tuned-}"
echo "for as much processor time:"
"$mpibert" compare tuned-mlm-long tuned-mlsm tuned-soft-long tuned-electra-long
