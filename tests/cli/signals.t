#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a run that is stopped again and again, by any signal, a file STOP or a deadline, on any
# ranks, loses nothing: each time its newest checkpoint is of the last step in metrics.jsonl, and
# in the end state and metrics are, to the bit, those of a run that nobody disturbed.  kill -9
# must fail the same test.  TURNS=50 stops it so often on each number of RANKS, in all ways by
# turns, by the numbers that SEED gives (short: as listed).
. "$(dirname "$0")/lib.sh"
. "$root/tests/cli/undisturbed.sh"
make_corpus
make_config >run.yaml
RANDOM=${SEED:=$((EPOCHSECONDS % 32768))}
echo "# SEED=$SEED TURNS=${TURNS:-} RANKS=${RANKS:=1 2 3}"

enough=${STEPS:-60}
common=(run.yaml --set train.steps="$enough" --set checkpoint.every_steps=null
    --set evaluation.every_steps=20 --set log.progress=none)
# begin RANKS FOLDER WORDS…: in the background; pid is the launcher's
begin() {
    local n=$1 dir=$2
    shift 2
    rm -f "$dir.err"
    if [ "$n" = 1 ]; then
        "$mpibert" train "${common[@]}" --set checkpoint.dir="$dir" "$@" >"$dir.log" 2>"$dir.err" &
    else
        "${MPIRUN:-mpirun}" -n "$n" "$mpibert" train "${common[@]}" --set checkpoint.dir="$dir" \
            "$@" >"$dir.log" 2>"$dir.err" &
    fi
    pid=$!
}
running() { kill -0 "$pid" 2>/dev/null; }
# await FOLDER LINES: until it has said something (it listens then) and so many steps are done
await() {
    until [ -s "$1.err" ] && [ "$(lines "$1")" -ge "$2" ]; do
        running || return
        sleep 0.01
    done
}

# ask WISH FOLDER: of a run that is under way; to stop, sooner or later
ask() {
    case $1 in
        deadline) ;; # it knows
        STOP) touch "$2/STOP" ;;
        USR1)
            kill -USR1 "$pid"
            await "$2" $(($(lines "$2") + 2))
            kill -USR2 "$pid"
            ;;
        TERM | INT) # mpirun takes those for itself: to one of its ranks
            kill -"$1" $(pgrep -P "$pid" -x mpibert | shuf -n 1 | grep . || echo "$pid")
            ;;
        *) kill -"$1" "$pid" ;;
    esac 2>/dev/null
}
# stop RANKS FOLDER LINES WISH: one start that is stopped there, or comes to its end
stop() {
    local n=$1 dir=$2 at=$3 wish=$4 words=()
    [ "$wish" = deadline ] && words=(--deadline $((EPOCHSECONDS + 1 + RANDOM % 2)))
    begin "$n" "$dir" "${words[@]}"
    await "$dir" "$at"
    ask "$wish" "$dir"
    wait "$pid"
}

for n in $RANKS; do
    ranks $n train "${common[@]}" --set checkpoint.dir=calm-$n >calm.log 2>&1
    ok $? "$n ranks: a run that nobody disturbs"
    kinds=(USR2) && [ $n = 1 ] && kinds=(USR2 TERM INT)
    [ -n "${TURNS:-}" ] && kinds=(USR2 TERM INT STOP deadline USR1)
    moments=(0 $((enough / 2 + n))) && [ $n = 1 ] && moments=(0 20 $((enough / 2)))
    wrong=0 times=0
    for turn in $(seq "${TURNS:-${#moments[@]}}"); do
        at=${moments[$((turn - 1))]:-$((RANDOM % enough))}
        stop $n torn-$n "$at" ${kinds[$((turn % ${#kinds[@]}))]}
        rc=$?
        [ $rc = 0 ] && { rm -rf torn-$n; continue; } # it was faster
        times=$((times + 1))
        if [ $rc != 75 ] || [ "$(stopped_at torn-$n)" != "$(newest torn-$n)" ] || ! nothing_lost torn-$n; then
            wrong=$((wrong + 1))
            echo "# turn $turn: rc $rc, said '$(stopped_at torn-$n)', saved $(newest torn-$n), done $(lines torn-$n)"
        fi
    done
    is $wrong 0 "  one that is stopped $times times: 75, its step, and nothing lost"
    ranks $n train "${common[@]}" --set checkpoint.dir=torn-$n >torn.log 2>&1
    ok $? "  comes to its end"
    is "$(bits torn-$n)" "$(bits calm-$n)" "  with the same bits"
done

# A negative control: what kills it loses what was done.
stop 1 killed $((enough / 2)) KILL
is $? 137 "kill -9"
! nothing_lost killed
ok $? "  fails the test that the others pass"

# To save and go on.
begin 2 saved --set checkpoint.keep=all
await saved $((enough / 3))
kill -USR1 $pid
wait $pid
is $? 0 "USR1 does not stop it"
[ "$(ls saved/checkpoint-*.h5 | wc -l)" = 3 ]
ok $? "  but saves: $(ls saved | tr '\n' ' ')"
is "$(bits saved)" "$(bits calm-2)" "  and changes nothing"

# mpirun makes a TERM of INT, kills its ranks a while after it, and says 1.
"${MPIRUN:-mpirun}" --mca odls_base_sigkill_timeout 3 -n 2 "$mpibert" train "${common[@]}" \
    --set checkpoint.dir=mpirun --set train.steps=100000 >mpirun.log 2>mpirun.err &
pid=$!
await mpirun 3
kill -INT $pid
wait $pid
nothing_lost mpirun && [ "$(stopped_at mpirun)" = "$(newest mpirun)" ]
ok $? "INT to mpirun: saved at step $(newest mpirun) of $(lines mpirun)"

# A second one does not wait for the step: this step takes long.
for pair in "TERM TERM 143" "INT INT 130" "TERM INT 130"; do
    set -- $pair
    rm -rf long long.err
    begin 1 long --set train.steps=1000000 --set train.lane_batch=2000 --set train.warmup_steps=0
    await long 0
    sleep 0.5
    kill -$1 $pid
    sleep 0.2
    kill -$2 $pid
    wait $pid
    is $? $3 "$1, then $2: at once"
done

# A file, and time.
begin 2 file --set train.steps=100000
await file 2
touch file/STOP
wait $pid
is $? 75 "a file STOP"
[ ! -e file/STOP ] && nothing_lost file
ok $? "  is removed, and nothing lost"
mkdir early && touch early/STOP
begin 2 early
wait $pid
is "$? $(stopped_at early) $(newest early) $(ls early/STOP 2>&1 | grep -c 'No such')" "75 0 0 1" "one that is there before the first step: none is made"
started() { # started WORDS…: a start that must stop by itself
    rm -rf timed
    begin 2 timed --set train.steps=100000 "$@"
    wait $pid
    is "$? $(nothing_lost timed && echo saved)" "75 saved" "stopped in time: $*"
}
started --set train.max_time=3s
grep -q '^deadline  ....-..-..T..:..:.., by train.max_time: saves and stops in time' timed.log
ok $? "  as it said before"
started --set train.max_time=0
is "$(newest timed)" 1 "  but not before there was a step"
started --deadline 2001-01-01T00:00:00
SLURM_JOB_END_TIME=1000000000 started --set train.max_time=auto
grep -q 'by SLURM_JOB_END_TIME' timed.log
ok $? "  by what Slurm says"
begin 1 calm --set train.max_time=auto
wait $pid
is $? 0 "where no scheduler says anything a run goes on"
grep -q 'warning: train.max_time: auto, but nothing says when this job ends' calm.err
ok $? "  and says so"
"$mpibert" train run.yaml --deadline soon >out 2>err
is $? 78 "a deadline that is none"
"$mpibert" train run.yaml --deadline >out 2>err
is $? 64 "a deadline without a time"

# Seeds of a family stop together.
"${MPIRUN:-mpirun}" -n 2 "$mpibert" family "${common[@]}" --set train.steps=100000 \
    --set checkpoint.dir=many --set family.seeds=0..1 --set train.data_seed=3 \
    --set checkpoint.keep=all >many.log 2>many.err &
pid=$!
saved() { ls many/seed_*/checkpoint-*.h5 2>/dev/null | wc -l; } # each step 0 first
until [ "$(lines many/seed_1)" -ge 3 ] || ! running; do sleep 0.01; done
kill -USR1 $pid
until [ "$(saved)" -ge 4 ] || ! running; do sleep 0.01; done
is "$(saved)" 4 "USR1 to a family: each seed saves"
kill -USR2 $pid
wait $pid
is $? 75 "a family"
is "$(grep -c 'seed [01]: stopped at step [0-9]*; start it again to go on' many.err)" 1 "  in a line"
nothing_lost many/seed_0 && nothing_lost many/seed_1
ok $? "  and nothing of any seed is lost"

# A seed that cannot train does not hide that the job is to be started again.
mkdir odd && echo "no folder" >odd/seed_0
"$mpibert" family "${common[@]}" --set train.steps=100000 --set checkpoint.dir=odd \
    --set family.seeds=0..2 >odd.log 2>odd.err &
pid=$!
until [ "$(lines odd/seed_1)" -ge 3 ] || ! running; do sleep 0.01; done
touch odd/STOP
wait $pid
is $? 75 "a family of which one seed failed before"
[ ! -e odd/seed_2 ]
ok $? "  begins no other"
finish
