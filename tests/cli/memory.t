#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: where the system gives no more memory, one line says how much was wanted and which
# options to lower, with 70; what is known before it is taken ends a run without an abort.  The
# same where the memory that ranks share has no room.
. "$(dirname "$0")/lib.sh"
case $build in
*asan*) echo "1..0 # SKIP sanitizers take terabytes of addresses"; exit 0 ;;
esac
make_corpus
make_config >run.yaml

# lacks LIMIT-KiB 'pattern' RANKS COMMAND…: with so much address space it ends with 70
lacks() {
    local limit=$1 pattern=$2 n=$3
    shift 3
    (ulimit -v "$limit" && if [ "$n" = 1 ]; then "$mpibert" "$@"; else ranks "$n" "$@"; fi) \
        >out 2>err
    is $? 70 "${*:1:2} on $n with $((limit / 1024)) MiB: exit 70"
    is "$(grep -c "$pattern" err)" 1 "  says $pattern"
    [ "$(grep -c 'MiB' err)" -ge 1 ]
    ok $? "  and how much was wanted"
}
large=(--set train.chunk_tokens=1000000 --set model.hidden=1024 --set model.ffn=4096)
for n in 1 2; do
    lacks 3000000 'error: .*refuses .*lower train.chunk_tokens, data.block_bytes' $n \
        train run.yaml "${large[@]}"
    is "$(grep -c MPI_ABORT err)" 0 "  without an abort"
    is "$(ls run 2>/dev/null | wc -l)" 0 "  and writes nothing"
done
lacks 3000000 'mem.c:.*lower train.chunk_tokens, data.block_bytes' 1 train run.yaml \
    --set train.lane_batch=65536 --set train.lanes=65536
"$mpibert" train run.yaml --set train.steps=1 >t.log 2>&1
lacks 1200000 'mem.c:.*lower --set train.chunk_tokens' 1 eval run --data held.txt \
    --format blankline --set train.chunk_tokens=1000000

# small_shm COMMAND…: with 64 MiB of memory to share
small_shm() { unshare -m sh -c 'mount -t tmpfs -o size=64m none /dev/shm && exec "$@"' sh "$@"; }
if small_shm true 2>/dev/null; then
    small_shm ${MPIRUN:-mpirun} -n 2 "$mpibert" bench reduce --preset base >out 2>err
    is $? 70 "more than ranks can share: exit 70"
    grep -q 'ranks of a host can share (No space left on device): [48][24]0.0 MiB a rank were wanted; .*/dev/shm' err
    ok $? "  says what was wanted, and where there is no room"
else
    ok 0 "memory that ranks share # SKIP may not mount any"
fi
finish
