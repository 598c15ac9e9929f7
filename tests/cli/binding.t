#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: train and bench say where their threads run and warn of what slows them; made-up
# machines (hwloc's variable) show what this one cannot.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
unset OMP_NUM_THREADS OMP_PROC_BIND OMP_PLACES
train() { # train RANKS MACHINE
    rm -rf run
    HWLOC_SYNTHETIC=$2 ranks "$1" train run.yaml --set train.steps=1 >out 2>err
}

train 2 'numa:2 core:2 pu:2'
is $? 0 "a run on two domains"
is "$(sed -n 's/^binding *//p' out)" '2 ranks × 2 threads: cores 0,2 | 4,6 (2 NUMA domains)' \
    "  a domain each, a core a thread"
is "$(grep -c warning err)" 0 "  nothing to warn of"
train 1 'numa:2 core:1 pu:1'
grep -q 'warning:.*2 NUMA domains.*start a multiple of 2 ranks' err
ok $? "a rank over two domains: a warning with what to do"
train 3 'core:2 pu:1'
grep -q '^binding *3 ranks × 1 thread: not bound, on cores 0-1' out
ok $? "more ranks than cores: not bound"
grep -q 'warning: 3 ranks × 1 thread on a host of 2 cores.*OMP_NUM_THREADS' err
ok $? "  and a warning"
is "$(grep -c warning err)" 1 "  once, not by each rank"
OMP_NUM_THREADS=3 train 1 'core:4 pu:1'
is "$(sed -n 's/^binding *//p' out)" '1 rank × 3 threads: not bound, on cores 0-3 (one NUMA domain)' \
    "OMP_NUM_THREADS is obeyed; a rank alone that leaves a core is not bound"
OMP_PROC_BIND=false train 2 'core:2 pu:1'
grep -q "^binding *2 ranks × 1 thread: bound as OpenMP's variables say" out
ok $? "and so is OMP_PROC_BIND"

# What binds here: each thread on one core, the thread that reads ahead on any.
"$mpibert" train run.yaml --set checkpoint.dir=long --set train.steps=100000 \
    --set checkpoint.every_steps=null >out 2>err &
pid=$!
for _ in $(seq 100); do
    grep -q '^ *step' out && break
    sleep 0.02
done
cores=$(sed -n 's/^binding *1 rank × \([0-9]*\) thread.*: cores* .*/\1/p' out)
grep -h Cpus_allowed_list /proc/$pid/task/*/status | sort | uniq -c >masks
kill -9 $pid
wait $pid 2>/dev/null
[ "$(grep -c . masks)" -ge "${cores:-99}" ]
ok $? "$cores threads are kept on different cores"
finish
