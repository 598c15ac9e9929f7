#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: with the settings that mpibert-job gives Open MPI, four hosts notice within a minute
# that one of them cannot be reached any more, on both sides of the break, whoever it is, and the
# run goes on from its checkpoint to the same bits; a break of five seconds changes nothing.  With
# Open MPI's own settings nobody notices anything.  The hosts are network namespaces; as root.
# STEPS=150 where the machine is busy.
. "$(dirname "$0")/../cli/lib.sh"
. "$root/tests/cli/undisturbed.sh"
. "$root/tests/long/hosts.sh"
hosts_skip
trap 'hosts_down; [ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
make_corpus
make_config >run.yaml
export PATH=$root/jobs:$build:$PATH
unset OMPI_MCA_pml OMPI_MCA_btl # lib.sh's, for one host
hosts_up 4
steps=${STEPS:-1500} # which must take longer than ten seconds

# begin FOLDER LAUNCHER…: a run over four hosts, in the background; pid is the launcher's
begin() {
    local dir=$1
    shift
    host 1 "$@" "${hosts_mpirun[@]}" mpibert train run.yaml --set train.steps="$steps" --set checkpoint.dir="$dir" --set checkpoint.every_steps=10 \
        --set log.progress=none >"$dir.log" 2>"$dir.err" &
    pid=$!
}
shipped=(mpibert-job --settled 1 --again "touch again")
running() { kill -0 $pid 2>/dev/null; }
did() { # did FOLDER STEPS: waits for them
    until [ "$(lines "$1")" -ge "$2" ]; do running || return; sleep 0.05; done
}
all() { local i; for i in 1 2 3 4; do host_processes $i mpibert; done; }
# Until no rank is left anywhere, and nobody waits for them; false after so many seconds.
gone() {
    local end=$((SECONDS + $1))
    while running || [ -n "$(all)" ]; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}

begin calm "${shipped[@]}"
wait $pid
is $? 0 "four hosts: a run that nobody disturbs"

begin blip "${shipped[@]}"
did blip $((steps / 3))
pull 3
sleep 5
plug 3
wait $pid
is $? 0 "host 3 is away for 5 s: it goes on"
is "$(bits blip)" "$(bits calm)" "  to the same bits"

for lost in 3 1; do
    rm -f again
    begin lost-$lost "${shipped[@]}"
    did lost-$lost $((steps / 3))
    began=$SECONDS
    pull $lost
    gone 60
    ok $? "host $lost is lost: noticed on all four after $((SECONDS - began)) s"
    wait $pid
    code=$?
    plug $lost
    is "$code $(ls again 2>&1)" "75 again" "  which is to be started again"
    begin lost-$lost "${shipped[@]}"
    wait $pid
    is $? 0 "  goes on when it is back"
    is "$(bits lost-$lost)" "$(bits calm)" "  to the same bits"
done

begin default
did default $((steps / 3))
pull 3
! gone 60
ok $? "Open MPI's own settings: nobody notices for a minute"
plug 3
finish
