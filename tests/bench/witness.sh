#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# witness.sh [--speed] [OLD [NEW]]: shows that two commits (HEAD~ and HEAD) train the same.
# Logic: small runs that together go through every path of a step (packings, phases, ranks,
# threads, kernels, wires, optimizers, resume) end with the same state hash and the same metrics,
# less what is measured in time.  So a change of form alone can be told from one of numbers.
# Each commit is built once, in build/witness/<commit>, and its results stay there.
# --speed runs `bench step` of both at once on one core, which gives each half of every few
# milliseconds, so that the machine is as fast for one as for the other: on a shared machine the
# ratios lie within two hundredths so, in turns within a quarter.  Of four sizes, SPEED_ROUNDS (7)
# times each; prints the median ratio.  Ten minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
speed=0
[ "${1:-}" != --speed ] || { speed=1; shift; }
old=$(git -C "$root" rev-parse --short=12 "${1:-HEAD~}")
new=$(git -C "$root" rev-parse --short=12 "${2:-HEAD}")
trees=$root/build/witness
# The runs as they are written below: others' results tell nothing.
recipe=$(cat "$0" "$here/../cli/lib.sh" | cksum | cut -d' ' -f1)

# A program that takes the widest kernels it may use from the environment.
limit() { # limit FILE.o
    ${MPICC:-mpicc} -x c -c -o "$1" - <<'C'
#include <stdlib.h>
void dispatch_limit(int most);
__attribute__((constructor)) static void limit(void) {
    const char *most = getenv("WITNESS_ISA");
    if (most)
        dispatch_limit(atoi(most));
}
C
}

build_tree() { # build_tree COMMIT
    local tree=$trees/$1
    [ -d "$tree" ] || git -C "$root" worktree add -q --detach "$tree" "$1"
    limit "$tree/limit.o"
    make -s -C "$tree" -j"$(nproc)" LIBS="$tree/limit.o" all >/dev/null
}

# name | ranks | threads | kernels: 0 plain, 1 AVX2, 2 AVX-512 | settings
runs() {
    cat <<'ROWS'
pairs      | 1 | 1 | 2 |
narrow     | 2 | 1 | 2 | train.wire=bf16 data.whole_word=true
threads    | 1 | 3 | 2 | model.layers=3 model.hidden=96 model.heads=3 model.ffn=384
both       | 2 | 2 | 1 | model.layers=3 model.hidden=96 model.heads=3 model.ffn=384 model.activation=gelu_tanh
isolated   | 3 | 1 | 1 | data.packing=full_sentences data.isolate_documents=true
sentences  | 4 | 1 | 0 | data.packing=doc_sentences train.optimizer=bert_adam train.schedule=bert
phases     | 2 | 1 | 2 | train.phases[0].steps=5 train.phases[1].steps=3 train.phases[1].sequence_length=64 train.phases[1].mask_prob=0.3
blocking   | 2 | 1 | 2 | train.reduction=blocking model.hidden_dropout=0 model.attention_dropout=0 train.clip_norm=0.1
ROWS
}

settings() { # settings KEY=VALUE…: --set before each
    local pair
    for pair in "$@"; do printf -- '--set\n%s\n' "$pair"; done
}

# The metrics less what is measured in time, and the hash.
outcome() { # outcome NAME DIR
    sed -E 's/"(tokens_per_s|useful_gflops|data_wait|step_seconds|seconds|time)": *[^,}]*,? ?//g' \
        "$2/metrics.jsonl" >"$results/$1.metrics"
    "$mpibert" inspect "$2" --json | field state_hash >"$results/$1.hash"
}

train() { # train DIR RANKS SETTING…
    local dir=$1 n=$2
    shift 2
    mapfile -t set < <(settings checkpoint.dir="$dir" log.progress=none "$@")
    ranks "$n" train run.yaml "${set[@]}" >"$dir.log" 2>&1 || { tail -5 "$dir.log" >&2; exit 1; }
}

run_all() { # run_all COMMIT
    results=$trees/$1/results-$recipe
    [ ! -e "$results.done" ] || return 0
    rm -rf "$results"
    mkdir -p "$results"
    (
        . "$here/../cli/lib.sh"
        set -e
        build=$trees/$1/build mpibert=$trees/$1/build/mpibert
        make_corpus
        make_config | sed 's/steps: 12/steps: 8/; s/layers: 2, hidden: 32/layers: 2, hidden: 64/' >run.yaml
        while IFS='|' read -r -u 3 name n threads isa set; do
            name=${name// /}
            read -ra set <<<"$set"
            OMP_NUM_THREADS=${threads// /} WITNESS_ISA=${isa// /} \
                train "$name" "${n// /}" "${set[@]+"${set[@]}"}"
            outcome "$name" "$name"
        done 3< <(runs)
        train resumed 2 train.steps=4 train.schedule_steps=8 evaluation.every_steps=2
        train resumed 3 train.steps=8 train.schedule_steps=8 evaluation.every_steps=2
        outcome resumed resumed
        ranks 2 eval resumed --data held.txt --format blankline --json >"$results/eval.json"
        "$mpibert" export resumed folder >/dev/null
        cksum <folder/model.safetensors >"$results/export.cksum"
    )
    touch "$results.done"
}

tokens_per_s() { # tokens_per_s COMMIT PRESET BATCH WINDOWS
    OMP_NUM_THREADS=1 taskset -c 0 "$trees/$1/build/mpibert" bench step --preset "$2" --batch "$3" \
        --windows "$4" --sequence-length 128 --json | sed -n 's/.*"tokens_per_s": *\([0-9.e+]*\).*/\1/p'
}

compare_speed() {
    local preset batch windows round
    for preset in tiny:16:9 mini:8:9 medium:2:7 base:1:3; do
        IFS=: read -r preset batch windows <<<"$preset"
        for round in $(seq "${SPEED_ROUNDS:-7}"); do
            tokens_per_s "$old" "$preset" "$batch" "$windows" >"$trees/old" &
            tokens_per_s "$new" "$preset" "$batch" "$windows" >"$trees/new"
            wait
            echo "$(<"$trees/old") $(<"$trees/new")"
        done | awk '{ print $2 / $1 }' | sort -n |
            awk -v preset="$preset" '{ r[NR] = $1 } END {
                printf "# %s: new / old %.4f (%.4f to %.4f)\n", preset, r[int((NR + 1) / 2)], r[1], r[NR] }'
    done
}

for commit in "$old" "$new"; do
    build_tree "$commit"
    run_all "$commit"
done
rc=0
for file in "$trees/$old/results-$recipe"/*; do
    name=${file##*/}
    if cmp -s "$file" "$trees/$new/results-$recipe/$name"; then
        echo "ok - $name"
    else
        rc=1
        echo "not ok - $name differs: diff $file $trees/$new/results-$recipe/$name"
    fi
done
[ $speed = 0 ] || compare_speed
exit $rc
