#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# family.sh [STEPS [SEEDS [RANKS]]]: a family of five seeds of BERT-tiny as one job of 4 ranks
# against the five alone in turn, STEPS (200; the full form is 2000) steps of LANES (4) sequences
# each, with the 29 snapshots of the MultiBERTs.
# Logic: with common data a family reads once what its seeds read each, and computes the same:
# every snapshot of every seed has the hash of the seed run alone, step 0 that of a fresh
# beginning; the wall time is at most .95 of the five where reading is dear (packed text of which
# a filter keeps little), never above 1.02.  At the end all snapshots are exported, and compare
# says one line about the family: held-out losses at a tenth of the way and at the end.
# Needs MPIBERT_TEST_DATA and a quiet machine; LIMIT (3600) seconds in all.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
steps=${1:-200} seeds=${2:-5} ranks=${3:-4} lanes=${LANES:-4} limit=${LIMIT:-3600}
data=${MPIBERT_TEST_DATA:?folder with train, heldout and vocab}
mpibert=${BUILD:-$root/build}/mpibert
. "$root/jobs/local/mpi.sh"
mpi_prepare "$ranks"
work=$(mktemp -d "${TMPDIR:-/tmp}/family-XXXXXX")
trap '[ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
cd "$work"
failures=0

is() { # is GOT WANT WHAT
    if [ "$1" = "$2" ]; then echo "ok: $3"; else failures=$((failures + 1)); echo "NOT ok: $3: $1, not $2"; fi
}

# The section data; what reading costs, a name each.
data_of() { # data_of CORPUS
    case $1 in
        dear) echo "sources: [{path: \"$data/train/wiki-*.tar.*\", filter: wiki}]" ;;
        cheap) echo "sources: [{path: \"$data/train/books-0*.tar.gz\"}]" ;;
    esac
}
config() { # config CORPUS
    cat <<YAML
data: {$(data_of "$1"), vocab: $data/vocab/bert-base-uncased.txt}
$([ "$1" != dear ] || echo "filter: {min_words: 2500}")
model: {preset: tiny}
train: {sequence_length: 128, lanes: $lanes, lane_batch: 1, steps: $steps, warmup_steps: $((steps / 10)), learning_rate: 1.0e-3, data_seed: 7}
checkpoint: {every_steps: null, keep: 1, snapshots: multiberts, snapshot_moments: false}
family: {seeds: "0..$((seeds - 1))"}
log: {progress: none}
YAML
}

left() { echo $((limit - SECONDS)); }
run() { timeout "$(left)" "${MPIRUN:-mpirun}" -n "$ranks" "$mpibert" "$@"; }
seconds() { awk -v from="$1" -v to="$(date +%s.%N)" 'BEGIN { printf "%.2f", to - from }'; }
manifest() { # of runs: path within the folder and hash
    "$mpibert" inspect "$1" | awk 'NR > 1 { sub(/^[^\/]*\//, "", $6); print $6, $5 }'
}

race() { # race CORPUS MOST
    local corpus=$1 most=$2 from alone family seed
    config "$corpus" >"$corpus.yaml"
    from=$(date +%s.%N)
    for ((seed = 0; seed < seeds; seed++)); do
        run train "$corpus.yaml" --set train.seed="$seed" --set checkpoint.dir="$corpus-alone/seed_$seed" \
            >>"$corpus.log"
    done
    alone=$(seconds "$from")
    from=$(date +%s.%N)
    run family "$corpus.yaml" --set checkpoint.dir="$corpus-family" >>"$corpus.log"
    family=$(seconds "$from")
    is "$(manifest "$corpus-family" | cksum)" "$(manifest "$corpus-alone" | cksum)" \
        "$corpus: $(manifest "$corpus-family" | wc -l) snapshots have the hashes of seeds alone"
    awk -v corpus="$corpus" -v a="$alone" -v f="$family" -v most="$most" 'BEGIN {
        printf "%s: %s: alone %.1f s, family %.1f s, ratio %.3f (at most %s)\n",
               f / a <= most ? "ok" : "NOT ok", corpus, a, f, f / a, most; exit f / a > most }' ||
        failures=$((failures + 1))
}

mkdir -p dear-alone cheap-alone
race dear .95
race cheap 1.02

for ((seed = 0; seed < seeds; seed++)); do
    run train dear.yaml --set train.seed="$seed" --set train.steps=0 --set checkpoint.dir="fresh/seed_$seed" >>dear.log
done
is "$(manifest dear-family | grep -c -F -f <(manifest fresh | awk '{ print $2 }'))" "$seeds" "step 0 is a fresh beginning of its seed"

"$mpibert" export dear-family models >export.log
is "$(grep -l BertForPreTraining models/*/config.json | wc -l)" "$(manifest dear-family | wc -l)" \
    "all snapshots are exported with both heads, as $(ls models | tail -n 1)"
losses() { # losses STEP: a row a seed
    local seed
    for ((seed = 0; seed < seeds; seed++)); do
        printf '%d\t%s\n' "$seed" "$("$mpibert" eval "dear-family/seed_$seed/$(printf 'checkpoint-%09d.h5' "$1")" \
            --data "$data/heldout/wiki.tar.gz" --set evaluation.max_documents=20 --json | sed -n 's/.*"mlm_loss": *\([^,]*\),*/\1/p')"
    done
}
losses $((steps / 10)) >early.tsv
losses "$steps" >last.tsv
run compare early.tsv last.tsv | sed -n '4p'
echo "$failures failures in $SECONDS s"
exit $((failures > 0))
