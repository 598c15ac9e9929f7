# SPDX-License-Identifier: Apache-2.0
# A throw-away Slurm of virtual nodes on this machine, as root: munge's and Slurm's daemons with
# files and ports of their own, nothing below /etc, no other Slurm touched.  To be sourced by a
# script that has a folder $work.
#   slurm_skip         says why not, and ends the script
#   slurm_up NODES     n1, n2, … in partitions `low` (default; preempted) and `high`
#   slurm_down
#   slurm_processes N  what runs on node nN
slurm=$work/slurm
export SLURM_CONF=$slurm/slurm.conf

slurm_skip() {
    local tool
    [ "$(id -u)" = 0 ] || slurm_no "needs root"
    for tool in munged slurmctld slurmd sbatch; do
        command -v $tool >/dev/null || slurm_no "needs $tool (Debian: slurm-wlm, munge, libpmix-dev)"
    done
}
slurm_no() {
    echo "# $(basename "$0"): SKIPPED, nothing was tried: $*" >&2
    echo "1..0 # SKIP $*"
    exit 0
}

# slurm_conf NODES PORT
slurm_conf() {
    local cores memory host
    cores=$(nproc) host=$(hostname -s)
    memory=$(awk -v n="$1" '/MemTotal/ { print int($2 / 1024 * 0.9 / n) }' /proc/meminfo)
    cat <<END
ClusterName=throwaway
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$2
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# Slurm holds a job that was put back until its credentials have expired.
AuthInfo=socket=$slurm/munge/socket,cred_expire=5
StateSaveLocation=$slurm/state
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdPidFile=$slurm/%n/slurmd.pid
SlurmdLogFile=$slurm/%n/slurmd.log
SlurmdSpoolDir=$slurm/%n/spool
# PMIx's folders of several nodes would collide in one /tmp.
TmpFS=$slurm/%n/tmp
SlurmdTimeout=20
KillWait=30
ReturnToService=2
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=n[1-$1] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$(($2 + 1))-$(($2 + $1))] CPUs=$cores RealMemory=$memory State=UNKNOWN
PartitionName=low Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=30
PartitionName=high Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
END
}
slurm_up() {
    local nodes=$1 i port=$((20000 + $$ % 5000 * 2))
    mkdir -p "$slurm"/{munge,state}
    chmod 755 "$work" "$slurm"
    chmod 700 "$slurm/munge"
    (umask 077 && head -c 1024 /dev/urandom >"$slurm/munge/key")
    munged --force --key-file="$slurm/munge/key" --socket="$slurm/munge/socket" \
        --pid-file="$slurm/munge/pid" --log-file="$slurm/munge/log" \
        --seed-file="$slurm/munge/seed" || slurm_no "munged does not start"
    slurm_conf "$nodes" "$port" >"$SLURM_CONF"
    slurmctld || slurm_no "slurmctld does not start"
    for i in $(seq "$nodes"); do
        mkdir -p "$slurm/n$i"/{spool,tmp}
        slurmd -N "n$i" || slurm_no "slurmd does not start"
    done
    for _ in $(seq 100); do
        [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = "$nodes" ] && return
        sleep 0.1
    done
    slurm_no "not all nodes came up: $(sinfo -N -h -o '%N %T' 2>&1 | sort -u | tr '\n' ' ')"
}
slurm_processes() {
    grep -lsz "^SLURM_CONF=$SLURM_CONF$" /proc/[0-9]*/environ |
        xargs grep -lsz "^SLURMD_NODENAME=n$1$" | cut -d/ -f3
    cat "$slurm/n$1/slurmd.pid"
}
# A daemon that is asked to end waits for its jobs, and longer where a node was lost.
slurm_down() {
    local pids
    pids=$(cat "$slurm"/slurmctld.pid "$slurm"/n*/slurmd.pid "$slurm/munge/pid" 2>/dev/null)
    scancel --quiet --user=root 2>/dev/null
    sleep 3
    scontrol shutdown 2>/dev/null
    sleep 2
    # shellcheck disable=SC2086
    kill -9 $pids 2>/dev/null
    return 0
}
