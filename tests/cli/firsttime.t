#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: what somebody meets in the first minutes: the program has its name in lists of
# processes, a rank alone needs no folder of Open MPI's, and a build folder of one's own has a
# Makefile that works.
. "$(dirname "$0")/lib.sh"

# Started again for faster kernels, it is still called what it is called.  A library that
# claims an old processor makes it start again on any machine.
mkfifo text
if echo 'char *openblas_get_corename(void) { return "Prescott"; }' >old.c &&
    cc -shared -fPIC -o old.so old.c 2>/dev/null; then
    LD_PRELOAD=$PWD/old.so "$mpibert" sentences <text >out &
    exec 3>text
    echo 'One. Two.' >&3
    for _ in $(seq 100); do
        case $(cat /proc/$!/comm) in bash) sleep 0.02 ;; *) break ;; esac
    done
    sleep 0.3 # it may not have started again yet
    is "$(cat /proc/$!/comm)" mpibert "ps and top call it mpibert"
    exec 3>&-
    wait $!
fi

# Two that end and begin at the same moment would meet in it.
OMPI_MCA_orte_tmpdir_base=/dev/null "$mpibert" bench codes --atoms 8 --width 8 --vectors 8 >alone.log 2>&1
ok $? "a rank alone makes no folder of Open MPI's" || cat alone.log

# The run.yaml of `help train` is one, and every command shows how it is typed.
"$mpibert" help train | sed -n '/^run.yaml/,$p' | sed 1d >run.yaml
"$mpibert" config print run.yaml >p.log
ok $? "help train shows a run.yaml"
for command in train eval vocab tokenize sentences export import fill inspect bench config; do
    "$mpibert" help $command | grep -q "^  .*mpibert $command"
    ok $? "help $command has an example"
done

# What configure writes in a folder of its own.
mkdir elsewhere
sed "s,@abs_top_srcdir@,$root,; s,@abs_top_builddir@,$PWD/elsewhere," \
    "$root/jobs/packaging/Makefile.in" >elsewhere/Makefile
make -C elsewhere -n objects >n.log 2>&1
ok $? "a Makefile of its own works"
grep -q "$PWD/elsewhere/build/src/cli/main.o" n.log
ok $? "  builds there"
printf 'PREFIX = /usr/there\n' >elsewhere/config.mk
make -C elsewhere -n install >n.log 2>&1
grep -q /usr/there/bin n.log
ok $? "  with the config.mk there"
finish
