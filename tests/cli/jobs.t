#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: each job script, with the variables that its scheduler sets and with launchers and
# schedulers of a few lines in place of the real ones, starts the ranks by the words that it
# should; 75 puts the job back into the queue by the scheduler's words, and neither 0 nor a fault
# does.  Signals of a scheduler come to what they are said to in jobs/mpibert-job.
# (tests/long/slurm.t does it with a real Slurm.)
. "$(dirname "$0")/lib.sh"
mkdir bin
cat >bin/mpirun <<EOF
#!/bin/sh
name=\$(basename "\$0")
case "\$name \$1" in
    sleep*) ;;
    "scontrol show") echo "JobId=\$3 PreemptTime=\${PREEMPTED:-None}" ;;
    *) echo "\$name \$*" >>"$work/calls" ;;
esac
case "\$name \$1 \$2" in
    "flux job timeleft") echo 3600 ;;
    "flux getattr size") echo 4 ;;
    "flux getattr jobid") echo f7 ;;
    "mpirun "* | "flux run "*)
        env | grep '^O' >"$work/environment"
        [ "\$CODE" = wait ] || exit \$CODE
        trap 'exit 75' USR2
        trap 'echo saved >>"$work/calls"' USR1
        >"$work/ready"
        while :; do /bin/sleep 0.01; done ;;
    "date +%s "*) echo 1000 ;;
    sleep*) /bin/sleep 0.1 ;;
esac
EOF
chmod +x bin/mpirun
for name in flux scontrol qsub date sleep; do ln bin/mpirun bin/$name; done
export PATH=$work/bin:$root/jobs:$PATH

printf 'a\na\nb\nb\n' >hosts
mpirun="mpirun -n 4 --map-by ppr:2:node --bind-to none mpibert"
by_file="mpirun -n 4 --hostfile hosts --map-by slot --bind-to none mpibert"
in_slurm="SLURM_JOB_ID=7 SLURM_NTASKS=4 SLURM_NTASKS_PER_NODE=2"
in_array="$in_slurm SLURM_ARRAY_JOB_ID=5 SLURM_ARRAY_TASK_ID=3"
in_pbs="PBS_JOBID=7 PBS_O_WORKDIR=$work PBS_NODEFILE=hosts CONFIG=run.yaml"

# run CODE VARIABLES SCRIPT WORD…: what it called is in `calls`
run() {
    local code=$1 variables=$2 script=$root/jobs/$3
    shift 3
    rm -f calls
    # shellcheck disable=SC2086
    env CODE="$code" OMP_NUM_THREADS=4 $variables bash "$script" "$@" >log 2>&1
}
# script FILE VARIABLES "WORDS" "WHAT IT STARTS" "HOW IT COMES BACK" [CODE]
# CODE: the job's, where 75 is not what the scheduler wants to hear.
script() {
    local file=$1 variables=$2 words=$3 starts=$4 back=$5 code rc
    for code in 0 65 205 75; do
        # shellcheck disable=SC2086
        run $code "$variables" "$file" $words
        rc=$?
        [ $code = 75 ] || { is "$rc $(tail -1 calls)" "$code $starts" "$file: $code"; continue; }
        is $rc "${6:-75}" "  75"
        [ -z "$back" ] || is "$(sed -n '/^\(scontrol\|qsub\|flux --parent\)/p' calls)" "$back" "  comes back: $back"
        grep -qxF -- "$starts" calls
        ok $? "  after it started: $starts"
    done
}
script slurm/pretrain.sbatch "$in_slurm" "run.yaml --set a=b" "$mpirun train run.yaml --set a=b" \
    "scontrol requeue 7"
script slurm/family.sbatch "$in_slurm" "run.yaml" "$mpirun family run.yaml" "scontrol requeue 7"
script slurm/seeds.sbatch "$in_array" "run.yaml" "$mpirun family run.yaml --set family.seeds=3" \
    "scontrol requeue 5_3"
script slurm/finetune.sbatch "$in_slurm" "glue.yaml" "$mpirun finetune glue.yaml" "scontrol requeue 7"
script slurm/finetune.sbatch "$in_array" "glue.yaml runs tables" \
    "$mpirun finetune glue.yaml --from runs/seed_3 --out tables/seed_3" "scontrol requeue 5_3"
script pbs/pretrain.pbs "$in_pbs" "" "$by_file train run.yaml --set train.max_time=23h50m" \
    "qsub -W depend=afterany:7 -v CONFIG=run.yaml $root/jobs/pbs/pretrain.pbs"
script lsf/pretrain.lsf "LSB_DJOB_HOSTFILE=hosts CONFIG=run.yaml" "" "$by_file train run.yaml" ""
script sge/pretrain.sge "NSLOTS=4" "run.yaml" \
    "mpirun -n 4 --bind-to none mpibert train run.yaml --set train.max_time=23h50m" "" 99
script flux/pretrain.flux "" "run.yaml" \
    "flux run --nodes=4 --tasks-per-node=8 --exclusive -o cpu-affinity=off mpibert train run.yaml --deadline 4600" \
    "flux --parent batch --dependency=afterany:f7 $root/jobs/flux/pretrain.flux run.yaml"
grep -qx '#BSUB -Q "75"' "$root/jobs/lsf/pretrain.lsf"
ok $? "LSF knows 75 by its own"
for name in pretrain family seeds; do
    grep -q '^#SBATCH --signal=B:USR2@300$' "$root/jobs/slurm/$name.sbatch"
    ok $? "slurm/$name.sbatch: has the signal in time"
    run 0 "" slurm/$name.sbatch
    is $? 64 "  and wants a configuration"
done

# What mpirun is told, and what not.
run 0 "$in_slurm OMPI_MCA_oob_tcp_keepalive_probes=9" slurm/pretrain.sbatch run.yaml
is "$(grep -c '^OMPI_MCA_\(oob_tcp_keepalive\|odls_base_sigkill\)' environment)" 4 "settings of the network"
grep -qx OMPI_MCA_oob_tcp_keepalive_probes=9 environment
ok $? "  of which the user's own count"
! grep -q '^OMP_\(NUM_THREADS\|PLACES\|PROC_BIND\)' environment
ok $? "  and no number of threads"

# job SIGNAL…: to a job that runs; its code and what it called last
job() {
    local signal pid
    rm -f calls ready
    CODE=wait mpibert-job --again "scontrol requeue 7" mpirun x >log 2>&1 &
    pid=$!
    for _ in $(seq 500); do [ -e ready ] && break; /bin/sleep 0.01; done
    for signal in "$@"; do kill "-$signal" $pid && /bin/sleep 0.05; done
    wait $pid
    echo "$? $(tail -1 calls)"
}
is "$(job USR2)" "75 scontrol requeue 7" "USR2: saves, and comes back"
is "$(job USR1 USR2)" "75 scontrol requeue 7" "USR1, then USR2"
grep -qx saved calls
ok $? "  saved before"
job TERM >out
is "$(cut -d' ' -f1 out) $(grep -c requeue calls)" "143 0" "TERM: saves, and does not come back"
# The signal meets a launcher that does not listen yet.
for row in "USR2 140" "USR2 244" "USR1 138" "USR1 246"; do
    read -r signal code <<<"$row"
    mpibert-job bash -c "trap '' $signal; kill -$signal \$PPID; /bin/sleep 0.05; exit $code" 2>log
    is $? 75 "$signal to a launcher that does not listen yet ($code)"
    mpibert-job bash -c "exit $code" 2>log
    is $? $code "  but without it that is a fault"
done
mpibert-job --settled 0 --again "touch back" bash -c "exit 205" 2>log
is "$? $(ls back)" "75 back" "a lost host, after a while"
rm back
for row in "None 205" "2026-11-30T04:08:09 75"; do
    read -r when code <<<"$row"
    PREEMPTED=$when SLURM_JOB_ID=7 mpibert-job --again "touch back" bash -c "exit 205" 2>log
    is "$? $(ls back 2>/dev/null)" "$code $([ $code = 205 ] || echo back)" "  at once, when preempted: $when"
done
mpibert-job --again false bash -c "exit 75" 2>log
is "$? $(grep -c 'submit the job again' log)" "75 1" "a scheduler that does not take it back"
for words in "" "--again" "--again x" "--help" "-n 3"; do
    # shellcheck disable=SC2086
    mpibert-job $words 2>log
    is $? 64 "mpibert-job $words"
done
finish
