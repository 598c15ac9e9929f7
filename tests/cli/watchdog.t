#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a rank that is stopped, that loops, or that leaves out a collective makes a job stand
# still; every rank that can speak must name it, and the job end with 75, within the time that
# train.watchdog gives and a few seconds.  With "off" the same job must hang.  What only looks so
# must pass: a job that is stopped as a whole, a shard that is slow to come.
# Short: a rank that is stopped.  ALL=1: everything, and each of the 4 ranks is the one.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
${MPICC:-mpicc} -D_GNU_SOURCE -shared -fPIC -o astray.so "$root/tests/cli/astray.c" || exit 1

# begin WORDS…: 4 ranks in the background; pid is the launcher's
begin() {
    rm -rf run out err
    "${MPIRUN:-mpirun}" -n 4 -x HANG="${HANG:-none}" -x LD_PRELOAD="$work/astray.so" "$mpibert" train run.yaml \
        --set train.watchdog=1s --set log.progress=none --set checkpoint.every_steps=null \
        --set evaluation.every_steps=null "$@" >out 2>err &
    pid=$!
}
endless=(--set train.steps=1000000)
steps() { cat run/metrics.jsonl 2>/dev/null | wc -l; }
await() { until [ "$(steps)" -ge "$1" ] || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done; }
# process RANK: its id; "" for the launcher's ranks that are gone
process() {
    local p
    for p in $(pgrep -P $pid -x mpibert); do
        grep -zqx "OMPI_COMM_WORLD_RANK=$1" "/proc/$p/environ" && echo "$p"
    done
}
processes() { pgrep -P $pid -x mpibert; }
# ends CODE "what": the job does, soon
ends() {
    local start=$SECONDS
    ( sleep 20; kill -KILL $pid $(processes) ) 2>/dev/null &
    local guard=$!
    wait $pid
    is "$? $((SECONDS - start < 12))" "$1 1" "$2"
    kill $guard 2>/dev/null
}
# named RANK WORDS: by each of the other ranks
named() {
    local rank=$1 words=$2 r missing=""
    for r in 0 1 2 3; do
        [ "$r" = "$rank" ] && continue
        grep -q "^mpibert: rank $r on .*: no progress for .* s: rank $rank (step [0-9]*, [a-z ]*)$words;" err ||
            missing="$missing $r"
    done
    is "$missing" "" "  each other rank says: rank $rank$words"
    [ -z "$missing" ] || sed 's/^/# /' err
}

for rank in ${ALL:+0 1 2} 3; do
    begin "${endless[@]}"
    await 3
    kill -STOP "$(process $rank)"
    ends 75 "rank $rank is stopped: the job ends with 75"
    named $rank " is silent: stopped, or dead"
done
grep -q 'its main thread in .* < stepper_run < .* < main' err
ok $? "  and where its main thread is"

for rank in ${ALL:+0 1 2 3}; do
    HANG=loop:$rank:900 begin "${endless[@]}"
    ends 75 "rank $rank loops: the job ends with 75"
    named $rank " does not come on"
    grep -q "rank $rank on .* its main thread in .*clock_gettime < timer_now < " err
    ok $? "  and it says where it does"
    HANG=skip:$rank:3 begin "${endless[@]}"
    ends 75 "rank $rank leaves out a collective: the job ends with 75"
    named $rank " waits elsewhere than most, who wait in a sum, collective [0-9]*"
done

# Negative control.
begin "${endless[@]}" --set train.watchdog=off
await 3
kill -STOP "$(process 3)"
sleep 3
kill -0 $pid
ok $? "without a watchdog a stopped rank hangs the job"
kill -CONT $(processes)
kill -KILL $(processes) $pid
wait $pid 2>/dev/null

# What only looks so.
begin "${endless[@]}"
await 3
kill -STOP $(processes)
sleep 3
kill -CONT $(processes)
await $(($(steps) + 3))
kill -USR2 $pid
ends 75 "a job that is stopped as a whole, and goes on"
is "$(grep -c 'no progress' err) $(grep -c 'stopped at step' err)" "0 1" "  is no hang"
if [ -n "${ALL:-}" ]; then
    HANG=read:0:3 begin
    ends 0 "a shard that is slow to come"
    is "$(grep -c 'no progress' err)" 0 "  is no hang"
fi
"$mpibert" train run.yaml --set train.watchdog=never >out 2>err
is "$? $(grep -c "train.watchdog: 'never' is no time" err)" "78 1" "a time that is none"
finish
