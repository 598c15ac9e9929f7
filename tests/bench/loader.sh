#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: on real shards, the order of examples is one and the same for any number of ranks and
# across kill and resume, however many shards there are; every document comes once an epoch over
# all lanes; sources get the tokens that their weights say.  Minutes long, so `make check` does
# without it:
#   tests/bench/loader.sh [build]        MPIBERT_TEST_DATA=folder with train/ and vocab/
here=$(cd "$(dirname "$0")" && pwd)
BUILD=${1:-${BUILD:-build}}
data=${MPIBERT_TEST_DATA:-}
if [ ! -d "$data/train" ]; then
    echo "1..0 # SKIP MPIBERT_TEST_DATA names no folder with train/"
    exit 0
fi
. "$here/../cli/lib.sh"
mpi_prepare 8
lanes=24 batch=50 steps=100 # 5,000 examples a lane
length=32                    # short ones: the order is what is asked about

# 400 shards of plain documents: those of the books and the law, a paragraph each.
split_shards() {
    mkdir -p text shards
    local tarball
    for tarball in "$data"/train/{books,legal}-*.tar.gz; do
        tar -xzOf "$tarball"
        echo
    done | tr -d '\r' >text/all.txt
    split -n l/400 -a 3 -d --additional-suffix=.txt text/all.txt shards/part-
    rm -r text
}
config() { # config NAME SOURCES > NAME.yaml
    cat >"$1.yaml" <<END
data: {sources: [$2], vocab: $data/vocab/bert-base-uncased.txt}
train: {sequence_length: $length, lanes: $lanes, lane_batch: $batch}
END
}
load() { # load RANKS NAME STEPS OPTIONS… > JSON
    local n=$1 name=$2 steps=$3
    shift 3
    ranks "$n" bench loader "$name.yaml" --steps "$steps" --json "$@"
}

split_shards
config 1 "{path: $data/train/wiki-short-00.tar.gz}"
config 3 "{path: '$data/train/wiki-long-0*.tar.gz'}"
config 18 "{path: '$data/train/*.tar*'}"
config 400 "{path: '$work/shards/*.txt', format: blankline}"

for shards in 1 3 18 400; do
    load 1 $shards $steps >want.json
    want=$(field order_hash want.json)
    ok $((${#want} != 16)) "$shards shards, $((steps * batch)) examples a lane: order $want"
    for n in 2 3 4 6 8; do
        is "$(load $n $shards $steps | field order_hash)" "$want" "  the same on $n ranks"
    done
    # stopped where it happens to be, each time on another number of ranks
    rm -f cursors
    n=0
    for at in 1 $((RANDOM % 30 + 2)) $((RANDOM % 40 + 40)) $steps; do
        n=$((n + 1))
        load $n $shards $at --cursor cursors >last.json
    done
    is "$(field order_hash last.json)" "$want" "  and over three stops, on 1, 2, 3 and 4 ranks"
done

# As many steps as the slowest lane needs for an epoch, which is found by trying.
epoch() { # epoch LANES NAME STEPS > JSON
    local n=$1 name=$2 steps=$3
    until load 1 "$name" "$steps" --set train.lanes="$n" --set train.lane_batch=$((24000 / n)) >e.json &&
        [ "$(field epochs_least e.json)" -ge 1 ]; do
        steps=$((steps * 3 / 2))
    done
    cat e.json
}

for shards in 1 3 18 400; do
    case $shards in 1) guess=7 ;; 3) guess=12 ;; 18) guess=110 ;; *) guess=75 ;; esac
    epoch 1 $shards $guess >one.json
    epoch $lanes $shards $guess >all.json
    documents=$(field first_epoch_documents one.json)
    is "$(field first_epoch_documents all.json)" "$documents" \
        "$shards shards: $lanes lanes share $documents documents"
    is "$(field first_epoch_sum all.json)" "$(field first_epoch_sum one.json)" \
        "  each of them once; when the last lane ends its epoch, the first has ended $(field epochs_most all.json)"
done

# 10,000 steps of .7, .2 and .1
config mixed "{path: '$data/train/wiki-*', weight: .7}, {path: '$data/train/books-*', weight: .2},
               {path: '$data/train/cc-*', weight: .1}"
load 2 mixed 10000 --set train.lanes=4 --set train.lane_batch=16 \
    --set train.sequence_length=128 >mixed.json
field share mixed.json | paste -s -d' ' | awk '{ for (i = 1; i <= 3; i++) {
    off = $i - (i == 1 ? .7 : i == 2 ? .2 : .1)
    if (off > .005 || off < -.005) exit 1 } }'
ok $? "shares after 10,000 steps: $(field share mixed.json | paste -s -d' '), asked .7 .2 .1"
finish
