#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# stall.sh [RANKS] [MINUTES]: what checkpoints cost a run.  BERT-base on RANKS (2) saves once a
# minute for MINUTES (6), by each way of writing: the steps that saving made slower are held
# against the median step, and what they took longer against the time.  Passes where posix
# beside training takes at most .5 % and a start gets from the command to its first step within
# 5 s.  Then the rate of writing, against what the disk takes from one `dd`.  For a machine with
# nothing else on it: the medians of others' noise are no answer.  Some 25 minutes; STALL_DIR is
# where checkpoints go, PRESET another model.
here=$(cd "$(dirname "$0")" && pwd)
export BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
. "$here/../cli/lib.sh"
ranks=${1:-2} minutes=${2:-6} preset=${PRESET:-base}
folder=${STALL_DIR:-$work}/stall
export OMP_NUM_THREADS=${THREADS:-$(($(env -u OMP_NUM_THREADS nproc) / ranks > 0 ? $(env -u OMP_NUM_THREADS nproc) / ranks : 1))}
trap '[ -n "${KEEP:-}" ] || rm -rf "$work" "$folder"' EXIT

# Text of 30,000 words, so that the embeddings have their size.
{
    printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]'
    awk 'BEGIN { for (i = 0; i < 30517; i++) print "w" i }'
} >vocab.txt
awk 'BEGIN { x = 3
    for (d = 0; d < 2000; d++) {
        for (s = 0; s < 4; s++) {
            for (w = 0; w < 60; w++) { x = (x * 16807) % 2147483647; printf "w%d ", x % 30000 }
            print "."
        }
        print ""
    } }' >text.txt
cat >run.yaml <<YAML
data: {sources: [{path: text.txt, format: blankline}], vocab: vocab.txt}
model: {preset: $preset}
train: {sequence_length: 128, lanes: $ranks, lane_batch: 2, steps: 1000000, warmup_steps: 10, learning_rate: 1.0e-5}
checkpoint: {dir: $folder, every_steps: null, every_minutes: 1, keep: 1}
evaluation: {every_steps: null}
log: {progress: lines}
YAML

train() { # train LOG SETTING…
    local log=$1
    shift
    ranks "$ranks" train run.yaml $(printf -- '--set %s ' "$@") >"$log" 2>"$log.err"
}
# The times of steps after the first 20: their median, what the others took more, in all and of
# the time, and the worst step.
judge() {
    field time "$folder/metrics.jsonl" | perl -e '
        my @at = <STDIN>; splice @at, 0, 20;
        my @took = map { $at[$_] - $at[$_ - 1] } 1 .. $#at;
        my @sorted = sort { $a <=> $b } @took;
        my $median = $sorted[@sorted / 2];
        my $all = $at[-1] - $at[0];
        # slow steps against as many fast ones: noise is on both sides of a median
        my $lost = 0; $lost += $_ - $median for @took;
        printf "%.3f %.3f %.3f %.3f", $median, $lost, 100 * $lost / $all, $sorted[-1]'
}
way() { # way NAME SETTING…
    local name=$1 median lost share worst
    shift
    rm -rf "$folder"
    train "$name" train.max_time="${minutes}m" "$@"
    is $? 75 "$name: runs its time"
    read -r median lost share worst <<<"$(judge)"
    echo "# $name: $(grep -c '^saved' "$name") checkpoints; a step takes ${median} s, at worst $worst; saving cost $lost s, $share %"
}
holds() { # holds "A <= B" WHAT
    awk "BEGIN { exit !($1) }"
    ok $? "$2"
}

for name in ${WAYS-none mpiio foreground}; do
    case $name in
        none) way none checkpoint.every_minutes=10000 ;;
        mpiio) way mpiio checkpoint.writer=mpiio ;;
        foreground) way foreground checkpoint.async=false ;;
        *) echo "stall.sh: WAYS has no '$name'" >&2; exit 64 ;;
    esac
done
way beside checkpoint.async=true
holds "$(judge | cut -d' ' -f3) <= 0.5" "beside training: at most .5 % of the time"

# Once more from where it stands: from the command to the first step.
last=$(field step "$folder/metrics.jsonl" | tail -1)
begin=$(date +%s.%N)
train again train.max_time=1m
end=$(perl -ne 'print "$2\n" if /"step": *(\d+).*"time": *"?([0-9.]+)/ && $1 > '"$last" "$folder/metrics.jsonl" | head -1)
first=$(awk "BEGIN { print $end - $begin }")
holds "$first - $(judge | cut -d' ' -f1) <= 5" "resumes in 5 s (the command to the end of the first step: $first s, of which a step's)"

# The disk's own rate, and ours.
size=$(($(stat -c %s "$folder"/checkpoint-*.h5 | sort -n | tail -1) / 1048576))
for _ in 1 2 3; do
    dd if=/dev/zero of="$folder/dd" bs=1M count=$size conv=fsync 2>&1 | tail -1 | sed 's/^/# dd: /'
    rm "$folder/dd"
    ranks "$ranks" bench checkpoint --preset "$preset" --windows 1 "$folder" | grep -E 'write|read' | sed 's/^/#/'
done
finish
