#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# family.sh [STEPS [SEEDS [RANKS]]]: a family of five seeds of BERT-tiny as one job of 4 ranks
# against the five alone in turn, with the 29 snapshots of the MultiBERTs.
# Logic: with common data a family reads once what its seeds read each, and computes the same:
# after STEPS (200; the full form is 2000) every snapshot of every seed has the hash of the seed
# run alone, step 0 that of a fresh beginning.  The wall time is at most .95 of the five where
# reading is dear (packed text of which a filter keeps little), never above 1.02: the middle of
# TURNS (3) turns of PIECE (150) steps, each first alone and then as a family, as machines change
# their speed within minutes.  At the end all snapshots are exported, and compare says one line
# about the family: held-out losses at a tenth of the way and at the end.
# A step has LANES (4) sequences.  Needs MPIBERT_TEST_DATA; the turns want a quiet machine; TURNS=0
# is without them.  LIMIT (3600) seconds in all.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
steps=${1:-200} seeds=${2:-5} ranks=${3:-4} lanes=${LANES:-4} turns=${TURNS:-3} limit=${LIMIT:-3600}
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
config() { # config CORPUS STEPS
    cat <<YAML
data: {$(data_of "$1"), vocab: $data/vocab/bert-base-uncased.txt}
$([ "$1" != dear ] || echo "filter: {min_words: 2500}")
model: {preset: tiny}
train: {sequence_length: 128, lanes: $lanes, lane_batch: 1, steps: $2, warmup_steps: $(($2 / 10)), learning_rate: 1.0e-3, data_seed: 7}
checkpoint: {every_steps: null, keep: 1, snapshots: multiberts, snapshot_moments: false}
family: {seeds: "0..$((seeds - 1))"}
log: {progress: none}
YAML
}

left() { echo $((limit - SECONDS)); }
run() { timeout "$(left)" "${MPIRUN:-mpirun}" -n "$ranks" "$mpibert" "$@"; }
manifest() { # of runs: path within the folder and hash
    "$mpibert" inspect "$1" | awk 'NR > 1 { sub(/^[^\/]*\//, "", $6); print $6, $5 }'
}

alone() { # alone CORPUS: each seed in turn
    local seed
    mkdir -p "$1-alone"
    for ((seed = 0; seed < seeds; seed++)); do
        run train "$1.yaml" --set train.seed="$seed" --set checkpoint.dir="$1-alone/seed_$seed" >>"$1.log"
    done
}
together() { run family "$1.yaml" --set checkpoint.dir="$1-family" >>"$1.log"; } # together CORPUS

turn() { # turn CORPUS: what both took, in seconds
    local from between
    rm -rf "$1-alone" "$1-family"
    from=$(date +%s.%N)
    alone "$1"
    between=$(date +%s.%N)
    together "$1"
    echo "$from $between $(date +%s.%N)" | awk '{ printf "%.1f %.1f\n", $2 - $1, $3 - $2 }'
}
race() { # race CORPUS MOST: the middle of the turns' ratios
    local i
    config "$1" "${PIECE:-150}" >"$1.yaml"
    for ((i = 0; i < turns; i++)); do turn "$1"; done >"$1.times"
    awk '{ printf "%.3f %s %s\n", $2 / $1, $1, $2 }' "$1.times" | sort -n | awk -v corpus="$1" -v most="$2" '
        { ratio[NR] = $1; printf "%s: alone %s s, family %s s, ratio %s\n", corpus, $2, $3, $1 }
        END {
            middle = ratio[int((NR + 1) / 2)]
            printf "%s: %s: the middle ratio is %s (at most %s)\n", middle <= most ? "ok" : "NOT ok", corpus, middle, most
            exit middle > most
        }' || failures=$((failures + 1))
    rm -rf "$1-alone" "$1-family"
}

if [ "$turns" -gt 0 ]; then
    race dear .95
    race cheap 1.02
fi

config dear "$steps" >dear.yaml
alone dear
together dear
is "$(manifest dear-family | cksum)" "$(manifest dear-alone | cksum)" \
    "$(manifest dear-family | wc -l) snapshots have the hashes of seeds alone"
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
