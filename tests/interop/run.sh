#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [NAME…]: compares mpibert with torch, transformers, tokenizers, safetensors, h5py, nltk,
# scikit-learn, SciPy, seqeval and SPAMS.
# Every tests/interop/*.py (or those named) prints TAP, by tap.py; JOBS of them run at once (2),
# in one thread each.  All are given in the environment
#   MPIBERT     the program                    CHECKPOINT  a run of 20 steps, trained here
#   BUILD       where C helpers are built      MPIBERT_TEST_DATA  real corpora, if set
# and the arguments that arguments() below says.  The Python packages go to $BUILD/venv; one's
# own can be used with INTEROP_PYTHON=…/bin/python.  Without a network the whole is skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
export BUILD=${BUILD:-build}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
export MPIBERT=$BUILD/mpibert CHECKPOINT=$BUILD/interop/run
python=${INTEROP_PYTHON:-}
work=$BUILD/interop

skip() {
    echo "==============================================================================" >&2
    echo "SKIPPED: interoperability tests: $1" >&2
    echo "==============================================================================" >&2
    echo "1..0 # SKIP $1"
    exit 0
}

# A virtual environment with the pinned packages.
make_venv() {
    local rc=0
    python=$BUILD/venv/bin/python
    venv_make venv tests/interop/requirements.txt || rc=$?
    [ $rc -ne 75 ] || skip "$venv_why"
    return $rc
}

# Twenty steps of BERT-tiny on this project's own licence, cut into documents.
train_checkpoint() {
    rm -rf "$work"
    mkdir -p "$work/text"
    awk -v RS= -v folder="$work/text" \
        '{ printf "%s\n\n", $0 > (folder "/" int(NR / 4) ".txt") }' LICENSE
    tar -C "$work" -czf "$work/corpus.tar.gz" text
    cat >"$work/run.yaml" <<YAML
data: {sources: [{path: "$work/corpus.tar.gz"}], vocab: $work/vocab.txt}
model: {preset: tiny}
train: {sequence_length: 64, lanes: 4, lane_batch: 4, steps: 20, warmup_steps: 2, learning_rate: 1.0e-3}
checkpoint: {dir: $CHECKPOINT, every_steps: 10}
YAML
    "$MPIBERT" vocab --size 1000 --out "$work/vocab.txt" "$work/corpus.tar.gz" &&
        "$MPIBERT" vocab --size 1000 --dotted-i --out "$work/dotted.txt" "$work/corpus.tar.gz" &&
        "$MPIBERT" train "$work/run.yaml" &&
        "$MPIBERT" train "$work/run.yaml" --set "data.vocab=$work/dotted.txt" \
            --set "checkpoint.dir=$CHECKPOINT-dotted" --set train.steps=1 &&
        train_kinds
}

# Four steps of each other kind of model, beside the run: $CHECKPOINT-KIND; of two: -rtd; of codes
# of the run's states, alone and with masked tokens: -latent, -both.
train_kinds() {
    local kind width
    for kind in megatron-bert electra; do
        width=128
        [ $kind != electra ] || width=48
        "$MPIBERT" train "$work/run.yaml" --set "model.kind=$kind" \
            --set "model.embedding_size=$width" --set "checkpoint.dir=$CHECKPOINT-$kind" \
            --set train.steps=4 || return
    done
    "$MPIBERT" train "$work/run.yaml" --set train.objectives=mlm,rtd --set generator.size=0.5 \
        --set model.embedding_size=48 --set "checkpoint.dir=$CHECKPOINT-rtd" --set train.steps=4 || return
    local taught=(--set "teacher.from=$CHECKPOINT" --set dictionary.atoms=40 --set dictionary.iterations=10
        --set dictionary.batch=50 --set "teacher.dictionary=$work/D.h5" --set train.steps=4)
    "$MPIBERT" dictionary "$work/run.yaml" --out "$work/D.h5" "${taught[@]}" &&
        "$MPIBERT" train "$work/run.yaml" --set train.objectives=latent "${taught[@]}" \
            --set "checkpoint.dir=$CHECKPOINT-latent" &&
        "$MPIBERT" train "$work/run.yaml" --set train.objectives=mlm,latent "${taught[@]}" \
            --set "checkpoint.dir=$CHECKPOINT-both"
}

# The command line of a script, as its head says.
arguments() {
    case $1 in
        tokenizer | sentences | oddfiles) echo "$MPIBERT" ;;
        codes) echo "$BUILD/tests/interop/codes $CHECKPOINT $MPIBERT" ;;
        metrics) echo "$BUILD/tests/interop/metrics $MPIBERT" ;;
        gradients | taught) echo "$BUILD/tests/interop/gradients" ;;
        convert | family | finetune | questions) echo "$CHECKPOINT $MPIBERT" ;;
        checkpoint) ls -t "$CHECKPOINT"/*.h5 | head -1 ;;
    esac
}

# A script with its arguments as one program, since prove runs programs.
wrap() {
    local name=$1
    printf '#!/bin/sh\nexec "%s" tests/interop/%s.py %s\n' "$python" "$name" \
        "$(arguments "$name")" >"$work/$name.t"
    chmod +x "$work/$name.t"
    echo "$work/$name.t"
}

[ -x "$MPIBERT" ] || { echo "run.sh: $MPIBERT is not built; try make check-interop" >&2; exit 66; }
. tests/venv.sh
[ -n "$python" ] || make_venv
. jobs/local/mpi.sh
mpi_prepare 1
train_checkpoint >"$BUILD/interop.log" 2>&1 ||
    { cat "$BUILD/interop.log" >&2; echo "run.sh: training the checkpoint failed" >&2; exit 1; }
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    for script in tests/interop/*.py; do
        [ "$script" = tests/interop/tap.py ] || names+=("$(basename "$script" .py)")
    done
fi
list=()
for name in "${names[@]}"; do list+=("$(wrap "$name")"); done
exec prove -j "${JOBS:-2}" --exec '' "${list[@]}" </dev/null
