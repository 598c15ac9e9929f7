#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# glue.sh [SEEDS]: the table of jobs/recipes/glue.yaml, GLUE's small tasks and parts of speech with
# ten heads each, from a BERT-tiny that is trained first for STEPS (1000) steps of 32 sequences.
# Logic: a short form of the table (two heads, a few steps) has the same answers to the bit on 1, 2
# and 4 ranks and after `kill -9`; the whole one is killed on its way, too, and its scores are
# those of scikit-learn and SciPy on the answers that it kept (scores.py).
# Needs MPIBERT_TEST_DATA (glue, pos, train, vocab); half an hour on two cores.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
export BUILD=${BUILD:-$root/build}
data=${MPIBERT_TEST_DATA:?folder with glue, pos, train and vocab}
seeds=${1:-10} steps=${STEPS:-1000}
python=${INTEROP_PYTHON:-}
. "$root/tests/cli/lib.sh"
if [ -z "$python" ]; then
    cd "$root" || exit 1
    . tests/venv.sh
    venv_make venv tests/interop/requirements.txt || { echo "glue.sh: $venv_why" >&2; exit 69; }
    python=$(realpath "$BUILD")/venv/bin/python
    cd "$work" || exit 1
fi

cat >run.yaml <<YAML
data: {sources: [{path: "$data/train/books-0*.tar.gz"}, {path: "$data/train/wiki-long-*.tar.gz"}], vocab: $data/vocab/bert-base-uncased.txt}
model: {preset: tiny}
train: {sequence_length: 128, lanes: 16, lane_batch: 2, steps: $steps, warmup_steps: $((steps / 10)), learning_rate: 1.0e-3}
checkpoint: {dir: run, every_steps: null}
log: {progress: none}
YAML
ranks 2 train run.yaml >train.log 2>&1 || { cat train.log; exit 1; }
ok 0 "a BERT-tiny of $steps steps"

table() { # table RANKS OUT WORD…
    ranks "$1" finetune "$root/jobs/recipes/glue.yaml" --set finetune.data="$data/glue,$data/pos" \
        --set finetune.from=run --set finetune.out="$2" "${@:3}" >>"$2.log" 2>&1
}
# kill_after JOBS OUT WORD…: a table on 2 ranks, of which all are killed when so many jobs are done
kill_after() {
    local jobs=$1 out=$2 launcher
    shift 2
    table 2 "$out" "$@" &
    launcher=$!
    until [ "$(find "$out" -name 'seed-*.json' 2>/dev/null | wc -l)" -ge "$jobs" ] ||
        ! kill -0 $launcher 2>/dev/null; do sleep .1; done
    pkill -KILL -f "finetune.out=$out "
    wait $launcher 2>/dev/null
}
# What is kept of a table less the times: answers and scores.
answers() { (cd "$1" && find . -name predictions.h5 -o -name results.json | LC_ALL=C sort | xargs cksum); }

short=(--seeds 2 --set finetune.epochs=0.02)
table 1 one "${short[@]}" || { cat one.log; exit 1; }
ok 0 "a short table on one rank"
for n in 2 4; do
    table $n "on-$n" "${short[@]}"
    is "$(answers "on-$n")" "$(answers one)" "  has the same answers and scores on $n"
done
kill_after 5 killed "${short[@]}"
left=$(find killed -name 'seed-*.json' | wc -l)
table 2 killed "${short[@]}"
is "$(answers killed)" "$(answers one)" "  and when it was killed after $left jobs"

began=$SECONDS
kill_after $((3 * seeds)) table --seeds "$seeds"
echo "# killed after $(find table -name 'seed-*.json' | wc -l) jobs"
table 2 table --seeds "$seeds"
ok $? "the whole table, killed once: $((SECONDS - began)) s"
sed -n '/^task /,$p' table.log | sed 's/^/# /'
"$python" "$root/tests/bench/scores.py" table
ok $? "its scores are the libraries'"
finish
