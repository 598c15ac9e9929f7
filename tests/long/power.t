#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a run on 2 ranks saves at every step on a file system of its own, until its power is
# cut: the file system stops where it stands and forgets what was not synced.  After CUTS (200)
# cuts on ext4 and as many on xfs no checkpoint that was told as saved is lost, none under its
# final name is bad, and the run that went on after each ends with the bits of one that was not
# disturbed.  Where files are not synced, or folders not, checkpoints must be lost: else this
# test sees nothing.  Needs root, loop devices, and mkfs.ext4 and mkfs.xfs; what it cannot do
# it says.  WRITER=mpiio and ASYNC=false cut the others, FS=xfs only that.  Some 15 minutes.
. "$(dirname "$0")/../cli/lib.sh"
cuts=${CUTS:-200} lies=${LIES:-15}
here=$root/tests/long
disk=$work/disk
trap 'umount "$disk" 2>/dev/null; [ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
make_corpus
make_config >run.yaml
${CC:-cc} -D_GNU_SOURCE -shared -fPIC -o baddisk.so "$here/baddisk.c" || exit 1
mkdir "$disk"

# A file system in a file; 1 if there can be none here.
make_disk() { # make_disk FS
    local quiet=-q
    [ "$1" = ext4 ] && quiet="-q -F"
    [ "$(id -u)" = 0 ] && command -v "mkfs.$1" >/dev/null || return 1
    rm -f image && truncate -s 400M image
    mkfs."$1" $quiet image >mkfs.log 2>&1 && mount -o loop image "$disk" 2>mount.err &&
        mkdir "$disk/runs" && sync -f "$disk"
}
# As if the power went: nothing that is in memory, the journal's either, reaches the disk.
cut_power() {
    perl -e 'sysopen my $disk, $ARGV[0], 0 or die "$ARGV[0]: $!";
             my $no_flush = pack "L", 2;                  # EXT4_GOING_FLAGS_NOLOGFLUSH, and of XFS
             ioctl $disk, 0x8004587D, $no_flush or die "shutdown: $!"' "$disk"
}
restart() {
    local i
    for i in $(seq 100); do
        umount "$disk" 2>/dev/null && break
        sleep 0.1
    done
    mount -o loop image "$disk"
}
start() { # start LIE STEPS [EVERY]: trains to step STEPS, and saves every so many (1)
    local preload=
    [ "$1" = none ] || preload="-x NOSYNC=$1 -x LD_PRELOAD=$work/baddisk.so"
    exec ${MPIRUN:-mpirun} -n 2 $preload "$mpibert" train run.yaml --set checkpoint.dir="$disk/runs/run" \
        --set checkpoint.every_steps="${3:-1}" --set evaluation.every_steps=null --set train.steps="$2" \
        --set train.schedule_steps=1000000 --set checkpoint.writer="${WRITER:-posix}" \
        --set checkpoint.async="${ASYNC:-true}" --set log.progress=lines --set log.every_steps=1000000 >log 2>err
}
step_line() { sed -n 's/^ *step  *\([0-9]*\)$/\1/p' | head -1; } # of inspect
step_of() { sed -n 's/.*checkpoint-0*\([0-9][0-9]*\)\.h5.*/\1/p' | tail -1; }

# One run until the power goes, most often while it saves; what was said to be saved is $saved.
run_to_cut() { # run_to_cut LIE
    local run kids new
    start "$1" 1000000 &
    run=$!
    if [ $((RANDOM % 5)) -gt 0 ]; then
        for _ in $(seq 200); do
            grep -q '^saved' log && break
            sleep 0.05
        done
    fi
    sleep "0.$(printf '%03d' $((RANDOM % 500)))"
    cut_power || { umount -l "$disk"; echo "Bail out! cannot cut the power of $disk"; exit 1; }
    kids=$(pgrep -P $run)
    kill -9 $run $kids 2>/dev/null
    wait $run 2>/dev/null
    new=$(grep '^saved' log | step_of)
    saved=${new:-$saved}
    starts=$((starts + 1))
}
# What there is to know of a loss.
explain_loss() {
    echo "# lost: step $saved was told as saved, ${found:-none} is found, in $(ls -lA "$disk/runs/run" | tail -n +2)" |
        sed '2,$s/^/#   /'
    sed 's/^/#   log: /' log
    sed 's/^/#   err: /' err | tail -5
    "$mpibert" inspect "$disk/runs/run" --verify 2>&1 | sed 's/^/#   inspect: /' | head -20
}
# What is there after a cut: $lost and $bad are counted up.
look() { # look LIE
    local file found
    restart
    for file in "$disk"/runs/run/checkpoint-*.h5; do
        [ -e "$file" ] || continue
        "$mpibert" inspect "$file" --verify >inspect.log 2>&1 || bad=$((bad + 1))
    done
    found=$("$mpibert" inspect "$disk/runs/run" --verify 2>/dev/null | step_line)
    if [ "${found:--1}" -lt "$saved" ]; then
        lost=$((lost + 1))
        [ "$1" != none ] || explain_loss
    fi
    saved=${found:--1}
}
# So many cuts of one run.
cut_often() { # cut_often LIE CUTS
    local i
    lost=0 bad=0 saved=-1 starts=0
    for i in $(seq "$2"); do
        : >log
        run_to_cut "$1"
        look "$1"
        [ $((i % 25)) != 0 ] || echo "# $i cuts: $lost lost, $bad bad"
        [ "$1" = none ] || [ $((lost + bad)) -eq 0 ] || break
    done
}
hash_of() { field state_hash <("$mpibert" inspect "$1" --json); }

# The run that was cut, ended, and one that nobody cut.
compare() { # compare FS
    local steps=$((saved + 5)) got
    (start none $steps)
    is $? 0 "$1: the run comes to its end"
    is "$(ls -A "$disk/runs/run" | grep -c '^\.tmp')" 0 "$1: and leaves no litter"
    got=$(hash_of "$disk/runs/run")
    rm -rf "$disk/runs/run"
    (start none $steps null)
    is "$got" "$(hash_of "$disk/runs/run")" "$1: with the bits of a run of $steps steps that was not cut"
}
prove_lie() { # prove_lie FS LIE
    rm -rf "$disk/runs/run"
    sync -f "$disk"
    cut_often "$2" "$lies"
    [ $((lost + bad)) -gt 0 ]
    ok $? "$1 without the sync of the $2: seen after $starts cuts (lost $lost, bad $bad)"
}

for fs in ${FS:-ext4 xfs}; do
    if ! make_disk $fs; then
        echo "# POWER CUTS ON $fs ARE NOT SHOWN: no root, no loop device or no mkfs.$fs" | tee /dev/stderr
        ok 0 "$fs # SKIP"
        continue
    fi
    begin=$SECONDS
    cut_often none "$cuts"
    is "$lost lost, $bad bad" "0 lost, 0 bad" "$fs: $cuts power cuts"
    echo "# $fs: step $saved, $cuts cuts in $((SECONDS - begin)) s"
    compare $fs
    prove_lie $fs file
    prove_lie $fs folder
    umount "$disk"
done
finish
