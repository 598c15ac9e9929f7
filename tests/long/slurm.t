#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: what Slurm does to a job, the job scripts of jobs/slurm outlive: its time ends, it is
# preempted, loses a node, is stopped and put back again and again; nothing that was computed is
# lost, and in the end the run has the bits of one that nobody disturbed.  One that is cancelled
# stays so.  A job that starts mpirun by itself must fail the same test.
# A Slurm of its own with four virtual nodes, as root; minutes, of which most is Slurm waiting.
# STEPS=80 where the machine is busy.
. "$(dirname "$0")/../cli/lib.sh"
. "$root/tests/cli/undisturbed.sh"
. "$root/tests/long/slurm.sh"
slurm_skip
trap 'slurm_down; [ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
make_corpus
make_config >run.yaml
export PATH=$root/jobs:$build:$PATH
# All nodes have one name here, by which Open MPI's shared memory of two would be one.
export OMPI_MCA_btl=self,tcp
slurm_up 4

# submit NAME SCRIPT WORDS…: a job of two nodes, a rank each, in the folder NAME; id is the job's.
# `options` are more of sbatch's.
steps=${STEPS:-400}
submit() {
    local name=$1 script=$2
    shift 2
    id=$(sbatch --parsable --job-name="$name" --nodes=2 --ntasks-per-node=1 --cpus-per-task=1 \
        --time=60 --output="$name.err" "${options[@]}" "$script" run.yaml --set train.steps=$steps \
        --set checkpoint.every_steps=null --set checkpoint.dir="$name" \
        --set evaluation.every_steps=$((steps / 2)) --set log.progress=none "$@") || exit 1
}
options=()
pretrain=$root/jobs/slurm/pretrain.sbatch

state() { scontrol -o show job "$1" 2>/dev/null | grep -o 'JobState=[A-Z_]*' | cut -d= -f2; }
restarts() { scontrol -o show job "$1" | grep -o 'Restarts=[0-9]*' | cut -d= -f2; }
# until_true SECONDS COMMAND…
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}
in_state() { [[ $(state "$1") =~ ^($2)$ ]]; }
ends() { until_true "${2:-300}" in_state "$1" 'COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|PREEMPTED'; }
did() { [ "$(lines "$1")" -ge "$2" ]; } # did FOLDER STEPS
# How often a run of this name was stopped and said so.
stops() { cat "$1.err" 2>/dev/null | grep -c '^mpibert: stopped at step'; }
stopped() { [ "$(stops "$1")" -ge "$2" ]; }
waits() { in_state "$1" PENDING; }
# nothing was lost when it was stopped, and then it came to its end with these bits
judge() { # judge ID NAME LIKE WHAT
    ends "$1"
    is "$(state "$1")" COMPLETED "$4: comes to its end"
    is "$(bits "$2")" "$(bits "$3")" "  with the bits of a run that nobody disturbed"
}

submit calm "$pretrain"
ends $id
is "$(state $id) $(newest calm)" "COMPLETED $steps" "a run that nobody disturbs"

submit cancelled "$pretrain" --set train.steps=100000
until_true 180 did cancelled 20
scancel $id
ends $id
is "$(state $id)" CANCELLED "scancel"
nothing_lost cancelled
ok $? "  saves before it ends: step $(newest cancelled) of $(lines cancelled)"
sleep 2
is "$(state $id)" CANCELLED "  and does not come back"

submit saved "$pretrain" --set checkpoint.keep=all
until_true 180 did saved $((steps / 8))
scancel --batch --signal=USR1 $id
judge $id saved calm "USR1"
is "$(ls saved/checkpoint-*.h5 | wc -l) $(restarts $id)" "3 0" "  saves and goes on"

# Five starts.  Slurm holds a job that was put back for half a minute or so.
submit chain "$pretrain"
lost=0
for turn in 1 2 3 4; do
    until_true 180 did chain $((turn * steps / 5))
    scancel --batch --signal=USR2 $id
    until_true 180 stopped chain $turn
    nothing_lost chain || lost=$((lost + 1))
    until_true 180 waits $id
done
is "$lost" 0 "USR2, four times: nothing is lost"
judge $id chain calm "five starts"
is "$(restarts $id) $(stops chain)" "4 4" "  of one job"

# What srun starts.
sed 's/^ *mpirun .*/    srun --mpi=pmix --cpu-bind=none \\/' "$pretrain" >srun.sbatch
submit pmix srun.sbatch
until_true 180 did pmix $((steps / 4))
scancel --batch --signal=USR2 $id
until_true 180 stopped pmix 1 && nothing_lost pmix
ok $? "srun --mpi=pmix: stopped by USR2, and nothing lost"
judge $id pmix calm "srun --mpi=pmix"
is "$(restarts $id)" 1 "  at its second start"

# Time ends: a minute is the least that Slurm gives, and its signal may come half of it early.
options=(--time=1 --signal=B:USR2@10)
submit limited "$pretrain" --set train.steps=100000
until_true 180 stopped limited 1 && nothing_lost limited
ok $? "the signal before the end of time: saved at step $(newest limited) of $(lines limited)"
until_true 180 waits $id
ok $? "  and back in the queue"
scancel $id

# The same job without the script.  What it loses follows from who hears of the end first, mpirun,
# which then waits a second, or its ranks, which save; but nobody puts it back.
cat >bare.sbatch <<'END'
#!/bin/bash
mpirun --bind-to none mpibert train "$@"
END
submit bare bare.sbatch --set train.steps=100000
until_true 150 in_state $id 'COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL'
! waits $id
ok $? "mpirun by itself stays $(state $id), with $(newest bare) of $(lines bare) steps saved"

# Preemption: by a job that wants all nodes.
options=()
submit preempted "$pretrain"
until_true 180 did preempted $((steps / 4))
options=(--partition=high --nodes=4)
low=$id
submit high "$pretrain" --set train.steps=20
until_true 180 waits $low
ok $? "preemption: back in the queue"
nothing_lost preempted
ok $? "  saved first: step $(newest preempted) of $(lines preempted)"
ends $id
is "$(state $id)" COMPLETED "  makes room"
judge $low preempted calm "preemption"

# A node that is lost: all that runs there is killed.
options=()
sed 's/--again/--settled 1 --again/' "$pretrain" >settled.sbatch
submit torn settled.sbatch --set checkpoint.every_steps=$((steps / 8))
until_true 180 did torn $((steps / 4))
node=$(scontrol show hostnames "$(squeue -h -j $id -o %N)" | tail -1)
kill -9 $(slurm_processes "${node#n}")
judge $id torn calm "$node is lost"
is "$(restarts $id)" 1 "  at its second start"
[[ ,$(scontrol show hostnames "$(scontrol -o show job $id | grep -o ' NodeList=[^ ]*' | cut -d= -f2)" | tr '\n' ',') != *,$node,* ]]
ok $? "  on other nodes"
rm -rf "${slurm:?}/$node/slurmd.pid"
slurmd -N "$node"

# An array of seeds, of which the element that has the number of the whole array is put back.
options=(--array=0-2)
submit seeds "$root/jobs/slurm/seeds.sbatch" --set train.data_seed=3
element=$(scontrol -o show job $id | grep "^JobId=$id " | grep -o 'ArrayTaskId=[0-9]*' | cut -d= -f2)
until_true 180 did "seeds/seed_$element" $((steps / 8))
scancel --batch --signal=USR2 "${id}_$element"
done_all() { [ "$(ls seeds/seed_*/checkpoint-*0$steps.h5 2>/dev/null | wc -l)" = 3 ]; }
until_true 180 done_all
ok $? "three seeds, as an array of jobs"
scancel $id 2>/dev/null
options=()
submit family "$root/jobs/slurm/family.sbatch" --set train.data_seed=3 --set family.seeds=0..2
ends $id
is "$(state $id)" COMPLETED "three seeds, as one job"
hashes() { "$mpibert" inspect "$1" | awk -v step=$steps '$2 == step { print $1, $5 }'; }
is "$(hashes seeds)" "$(hashes family)" "  are the same models"
finish
