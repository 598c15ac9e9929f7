#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: whoever of a run is killed with kill -9 (a rank, all ranks, mpirun, everybody), at any
# moment or while a checkpoint is written: no checkpoint that it said was saved is lost, what has a
# checkpoint's name is whole, who is left ends by himself, and the next start leaves nothing of the
# dead: no temporary file, no shared memory, no folder of mpirun's.  A run that writes under the
# final name (hasty.c) must fail the same test.
# COUNT=500 (short: 1) kills, by the numbers that SEED gives; writers take turns.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
RANDOM=${SEED:=$((${EPOCHSECONDS:-1} % 32768))}
COUNT=${COUNT:-1}
echo "# SEED=$SEED COUNT=$COUNT"

writers=("" "--set checkpoint.async=false" "--set checkpoint.writer=mpiio") # options of train
whom=(everybody rank ranks mpirun)
export TMPDIR=$work/tmp # where mpirun has its folders
mkdir "$TMPDIR"
limit=60 # seconds in which those who were not killed must end

# begin WORDS…: in the background; pid is mpirun's
begin() {
    "${MPIRUN:-mpirun}" -n 2 "$mpibert" train run.yaml --set model.hidden=128 --set model.ffn=512 \
        --set evaluation.every_steps=null --set checkpoint.every_steps=1 "$@" >log 2>err &
    pid=$!
}
# The ranks that there are, whoever is their parent by now.
ranks_here() {
    local p
    for p in $(pgrep -x mpibert); do
        [ "$(readlink "/proc/$p/cwd")" = "$work" ] && echo "$p"
    done
}
running() { kill -0 $pid 2>/dev/null; }
ends() { # within `limit` seconds mpirun and all ranks do
    local end=$((SECONDS + limit))
    while running || [ -n "$(ranks_here)" ]; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.02
    done
}
await() { # await CONDITION: of a start that was just made
    local end=$((SECONDS + limit))
    until "$1" || ! running || [ $SECONDS -ge $end ]; do sleep 0.003; done
}
speaks() { [ -s log ]; }
writes() { compgen -G 'run/.tmp-*' >/dev/null; }
# As it starts, when it trains, while a checkpoint is written.
await_moment() {
    case $((COUNT == 1 ? 3 : RANDOM % 4)) in
        0) sleep 0.$((RANDOM % 10)) ;;
        1) await speaks && sleep 0.$((RANDOM % 5))$((RANDOM % 10)) ;;
        *) await writes && sleep 0.0$((RANDOM % 3))$((RANDOM % 10)) ;;
    esac
}
# leavings RANK…: what they have in shared memory, as paths
leavings() {
    local p
    for p; do grep -o '/dev/shm/[^ ]*$' "/proc/$p/maps" 2>/dev/null; done | sort -u
}
step_of() { sed -n 's/.*checkpoint-0*\([0-9][0-9]*\)\.h5.*/\1/p'; }

kills=0 hangs=0 bad=0 lost=0 stayed=0 in_writing=0 said=-1 newest=-1 litter=()
# What was said to be saved is there, and what is there is whole.
judge() {
    local file step=-1
    for file in run/checkpoint-*.h5; do
        [ -e "$file" ] || continue
        "$mpibert" inspect "$file" --verify >/dev/null 2>verify.err && step=$(step_of <<<"$file") && continue
        bad=$((bad + 1))
        echo "# kill $kills: $(cat verify.err)"
    done
    newest=$step
    step=$(grep '^saved .* in ' log | step_of | tail -1)
    [ "${step:--1}" -gt "$said" ] && said=$step
    [ "$newest" -ge "$said" ] && return
    lost=$((lost + 1))
    echo "# kill $kills: step $said was saved, the newest is $newest"
}
# A start that came so far that it speaks has removed what others left.
judge_litter() {
    local path
    [ -s log ] || return
    for path in "${litter[@]}"; do
        [ -e "$path" ] || continue
        stayed=$((stayed + 1))
        echo "# kill $kills: $path stays"
    done
    litter=()
}
# kill_one WORDS…: a start that is killed, and judged
kill_one() {
    local who=${whom[$((kills % ${#whom[@]}))]} ranks victims new path
    begin "$@"
    await_moment
    ranks=$(ranks_here)
    case ${ranks:+$who} in
        rank) victims=$(shuf -n 1 <<<"$ranks") ;;
        ranks) victims=$ranks ;;
        everybody) victims="$pid $ranks" ;;
        *) victims=$pid ;; # there are no ranks yet
    esac
    mapfile -t new < <(leavings $ranks)
    kill -KILL $victims 2>/dev/null
    kills=$((kills + 1))
    if ! ends; then
        hangs=$((hangs + 1))
        echo "# kill $kills, of $who: some go on: $(ps -o pid=,stat=,args= -p "$(echo $pid $(ranks_here) | tr ' ' ,)")"
        kill -KILL $pid $(ranks_here) 2>/dev/null
    fi
    wait $pid 2>/dev/null
    judge
    judge_litter
    for path in "${new[@]}" run/.tmp-* "$TMPDIR"/ompi.*/pid.$pid; do
        [ -e "$path" ] && litter+=("$path") && left=$((left + 1))
    done
    writes && in_writing=$((in_writing + 1))
}

left=0
for i in $(seq "$COUNT"); do
    kill_one --set train.steps=1000000 ${writers[$((i % ${#writers[@]}))]}
    [ $((i % 50)) != 0 ] || echo "# $i kills: $lost lost, $bad bad, $hangs hangs"
done 2>/dev/null # the shell tells of each that was killed
is "$lost lost, $bad bad, $hangs hangs" "0 lost, 0 bad, 0 hangs" \
    "$kills kills, $in_writing in a write; the last was saved at step $said"

# The end of it.
end=$((newest + 3))
begin --set train.steps=$end
wait $pid
is $? 0 "then it comes to its end"
judge
is "$said $newest $lost" "$end $end 0" "  with all it said"
judge_litter
is "$stayed $(ls -A run | grep -c tmp) $(ls "$TMPDIR"/ompi.* 2>/dev/null | grep -c '^pid')" "0 0 0" \
    "  and of $left things that the dead left nothing is there"

# Negative controls.
if [ "$COUNT" -gt 1 ]; then
    rm "run/checkpoint-$(printf %09d "$newest").h5"
    judge >/dev/null
    is $lost 1 "a checkpoint that is missing is seen"
    ${MPICC:-mpicc} -D_GNU_SOURCE -shared -fPIC -o hasty.so "$root/tests/long/hasty.c"
    ok $? "a library that has checkpoints written under their names at once"
    rm -rf run
    bad=0 kills=0 said=-1
    export OMPI_MCA_mca_base_env_list="LD_PRELOAD=$work/hasty.so"
    while [ $kills -lt 60 ] && [ $bad = 0 ]; do
        kill_one --set train.steps=1000000 >/dev/null 2>&1
    done
    [ $bad -gt 0 ]
    ok $? "  leaves a bad one, seen after $kills kills"
fi
finish
