#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: two hosts with disks and environments of their own (two_hosts.sh).  Where the second has
# all files the run is that of one host, whatever it lacks of configuration and variables; where
# a file, a shard or the program is another there, one line and 78 say which and on which host.
# Takes a minute; needs root:  tests/bench/hosts.sh [build]
here=$(cd "$(dirname "$0")" && pwd)
export BUILD=${1:-${BUILD:-build}}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
. "$here/two_hosts.sh"
two_hosts_skip
. "$here/../cli/lib.sh"
leave() {
    two_hosts_leave
    rm -rf "$work"
}
trap leave EXIT
two_hosts_join 20 10000

mkdir disk disk-1 shared
(cd disk-1 && make_corpus && make_config >run.yaml && cp "$mpibert" program)
cp -r disk-1 disk-2
m=./program

# on_both COMMAND…: on both hosts, in the folder that each has for itself; 60 s are a hang
on_both() { (cd disk && two_hosts timeout -k 1 60 "$@") >out 2>err; }
hash_of() { "$mpibert" inspect "$1" --json | field state_hash; }
refused() { # refused 'what differs' COMMAND…
    local what=$1
    shift
    on_both "$@"
    is $? 78 "refused: $what"
    is "$(grep -c 'mpibert: error:' err)" 1 "  in one line"
    grep -q "error: rank 1 on $space-2: .*$what" err
    local rc=$?
    ok $rc "  with rank, host and what"
    [ $rc -eq 0 ] || sed 's/^/#   /' err
    grep 'mpibert: error:' err | sed 's/^/# /'
}

t=($m train run.yaml --set "checkpoint.dir=$work/shared/two")
on_both "${t[@]}"
is $? 0 "two hosts train"
(cd disk-1 && ranks 2 train run.yaml --set checkpoint.dir=../shared/one) >out 2>err
is "$(hash_of shared/two)" "$(hash_of shared/one)" "  what one host does"
rm disk-2/run.yaml
t=($m train run.yaml --set "checkpoint.dir=$work/shared/bare")
MPIBERT_TRAIN_SEED=5 on_both "${t[@]}"
is $? 0 "a host without the configuration, and variables on the first alone"
(cd disk-1 && MPIBERT_TRAIN_SEED=5 ranks 2 train run.yaml --set checkpoint.dir=../shared/seed) >out 2>err
is "$(hash_of shared/bare)" "$(hash_of shared/seed)" "  train the same"

t=($m train run.yaml --set "checkpoint.dir=$work/shared/none")
e=($m eval "$work/shared/two" --data held.txt)
v=($m vocab --size 300 --format blankline --out "$work/shared/v.txt" 'shards/*')
c=($m corpus stats 'shards/*' --vocab vocab.txt)
on_both "${e[@]}" && on_both "${v[@]}" && on_both "${c[@]}"
is $? 0 "eval, vocab and corpus stats run"
mv disk-2/shards/1.tar.gz there
refused 'shard shards/1.tar.gz: is missing there' "${t[@]}"
refused 'shard shards/1.tar.gz: is missing there' "${v[@]}"
refused 'shard shards/1.tar.gz: is missing there' "${c[@]}"
(cat there; echo) >disk-2/shards/1.tar.gz
refused 'shard shards/1.tar.gz: is .[0-9]* bytes' "${t[@]}"
mv there disk-2/shards/1.tar.gz && cp disk-2/shards/1.tar.gz disk-2/shards/2b.tar.gz
refused 'shard shards/2b.tar.gz: is .*, but missing' "${t[@]}"
mv disk-2/shards nowhere
refused 'shards: is .*No such file' "${t[@]}"
mv nowhere disk-2/shards && rm disk-2/shards/2b.tar.gz
mv disk-2/vocab.txt there
refused 'data.vocab vocab.txt: is' "${t[@]}"
refused 'vocab vocab.txt: is' "${c[@]}"
sed 's/^##s$/##z/' there >disk-2/vocab.txt
refused 'data.vocab vocab.txt: is' "${t[@]}"
mv there disk-2/vocab.txt && mv disk-2/held.txt there
refused 'held.txt: no such file' "${t[@]}"
refused 'held.txt: no such file' "${e[@]}"
mv there disk-2/held.txt && cp shared/two/*12.h5 disk-1/first.h5 && cp shared/two/*00.h5 disk-2/first.h5
refused 'weights' "${t[@]}" --set train.init_from=first.h5
refused 'step: is' $m eval first.h5 --data held.txt
echo more >>disk-2/program
refused 'the program: is' "${t[@]}"
cp disk-1/program disk-2/program
[ -z "$(ls shared/none/*.h5 2>/dev/null)" ]
ok $? "no run was begun by any of these"
on_both $m train run.yaml --set checkpoint.dir=own
rc=$?
[ $rc -ne 0 ] && [ $rc -ne 124 ] && [ $rc -lt 128 ] && grep -q 'mpibert: error' err
ok $? "checkpoints on disks of their own: an error in words ($rc)"
grep 'mpibert: error:' err | sed 's/^/# /'
finish
