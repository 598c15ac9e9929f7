#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: what Open MPI's mpirun says when it ends is what the table of exit codes in the README
# says that it says: each row is made to happen, and asked.  (That a host is lost: network.t.)
. "$(dirname "$0")/../cli/lib.sh"
mpirun=${MPIRUN:-mpirun}
cat >rank <<'END'
#!/bin/sh
# A rank: `rank CODE [OTHERS]` ends with CODE as rank 0, with OTHERS as another; a signal's name
# kills it, `wait` waits for ever.
what=$1
[ "$OMPI_COMM_WORLD_RANK" = 0 ] || what=${2:-$1}
case $what in
    wait) >ready; exec sleep 60 ;;
    [0-9]*) exit "$what" ;;
    *) kill -"$what" $$; sleep 5 ;;
esac
END
chmod +x rank

# says CODE WHAT RANK0 RANK1
says() {
    timeout 60 "$mpirun" -n 2 ./rank "$3" "$4" >log 2>&1
    is $? "$1" "$2"
}
says 0 "all ranks end with 0" 0 0
for code in 64 65 66 70 74 75 78; do says $code "all ranks end with $code" $code $code; done
says 75 "a rank ends with 75, which ends the others" wait 75
says 137 "a rank is killed by kill -9, or for lack of memory" KILL wait
says 139 "a rank is killed by a fault of memory" SEGV wait
says 140 "a rank is killed by USR2, as it does not listen yet" USR2 wait

# What happens to mpirun itself.
told() { # told CODE SIGNAL WHAT
    rm -f ready
    "$mpirun" -n 2 ./rank wait wait >log 2>&1 &
    local pid=$!
    for _ in $(seq 500); do [ -e ready ] && break; sleep 0.01; done
    sleep 0.2
    kill -"$2" $pid
    wait $pid 2>/dev/null
    is $? "$1" "$3"
}
told 1 TERM "TERM to mpirun"
told 1 INT "INT to mpirun"
told 137 KILL "kill -9 of mpirun"
told 140 USR2 "USR2 to mpirun, whose ranks do not listen"
for _ in $(seq 100); do pgrep -f "^sleep 60" >/dev/null || break; sleep 0.1; done

timeout 60 "$mpirun" --mca rmaps_base_oversubscribe 0 --host localhost:1 -n 2 ./rank 0 >log 2>&1
is $? 1 "more ranks than places"
timeout 60 "$mpirun" -n 2 ./nobody >log 2>&1
is $? 132 "no such program"
timeout 60 "$mpirun" --timeout 1 -n 2 ./rank wait >log 2>&1
is $? 110 "mpirun --timeout"
finish
