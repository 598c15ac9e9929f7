#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: the job script does what it says with a scheduler of a few lines in place of Slurm: the
# signal before the end of time reaches the run, which saves; 75 puts the job back into the
# queue, and neither 0 nor a fault does.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
mkdir bin
cat >bin/mpirun <<EOF
#!/bin/sh
while [ "\$1" != mpibert ]; do shift; done
shift
exec "$mpibert" "\$@" --set train.steps=\$STEPS --set log.progress=none
EOF
printf '#!/bin/sh\necho "$@" >>queue\n' >bin/scontrol
printf '#!/bin/sh\n:\n' >bin/sleep
chmod +x bin/*
touch queue
export SLURM_NTASKS=1 SLURM_NTASKS_PER_NODE=1 SLURM_JOB_ID=7

# job STEPS CONFIG: as Slurm runs it; pid is the script's
job() {
    STEPS=$1 PATH=$PWD/bin:$PATH bash "$root/jobs/slurm/pretrain.sbatch" "$2" >log 2>&1 &
    pid=$!
}
grep -q '^#SBATCH --signal=B:USR2@300$' "$root/jobs/slurm/pretrain.sbatch"
ok $? "Slurm sends USR2 to the script, in time"
job 100000 run.yaml
until [ -s run/metrics.jsonl ] || ! kill -0 $pid 2>/dev/null; do sleep 0.05; done
kill -USR2 $pid
wait $pid
is $? 75 "a job whose time ends"
grep -q '^mpibert: stopped at step' log
ok $? "  has saved"
is "$(cat queue)" "requeue 7" "  and is put back into the queue"
job "$(tail -1 run/metrics.jsonl | field step)" run.yaml
wait $pid
is $? 0 "a job that comes to its end"
is "$(wc -l <queue)" 1 "  is not"
job 4 none.yaml
wait $pid
is $? 66 "a job that fails"
is "$(wc -l <queue)" 1 "  is not, either"
finish
