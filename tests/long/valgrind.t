#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: what a run does from its corpus to an answer touches no memory that is not its own and
# decides nothing by memory that was never written: valgrind sees it on one rank.  A program that
# does both is seen, too (the control).  A minute.
. "$(dirname "$0")/../cli/lib.sh"
command -v valgrind >/dev/null || {
    echo "1..0 # SKIP needs valgrind"
    exit 0
}
watched=(valgrind --quiet --error-exitcode=9)
known=/usr/share/openmpi/openmpi-valgrind.supp # what Open MPI's own people say is none
[ ! -e $known ] || watched+=("--suppressions=$known")
export OPENBLAS_CORETYPE=Haswell # valgrind knows no AVX-512

clean() { # clean WHAT WORD…: of mpibert
    local what=$1
    shift
    "${watched[@]}" "$mpibert" "$@" >log 2>err
    ok $? "$what" || grep '^==' err | head -40 | sed 's/^/# /'
}

cat >wrong.c <<'END'
#include <stdlib.h>
int main(int argc, char **argv) {
    int *numbers = malloc(4 * sizeof *numbers);
    (void)argv;
    return numbers[argc] > 7 ? numbers[argc + 3] : 0;
}
END
${CC:-cc} -g -O0 -o wrong wrong.c || exit 1
"${watched[@]}" ./wrong >wrong.log 2>&1
is $? 9 "a program that reads what was not written, and beyond a block, is seen"

make_corpus
make_config >run.yaml
clean "vocab" vocab --size 300 --format blankline --out other.txt shards/*.tar.gz
clean "train, saved in a thread, to step 6" train run.yaml --set train.steps=6 --set checkpoint.every_steps=3
clean "  goes on to step 9, by parallel HDF5" train run.yaml --set train.steps=9 --set checkpoint.writer=mpiio
clean "  bitwise, in bf16" train run.yaml --set train.steps=3 --set train.reproducible=bitwise \
    --set train.precision=bf16 --set train.emulate=true --set checkpoint.dir=half
clean "eval" eval run --data held.txt
clean "inspect --verify" inspect run --verify
clean "export" export run model
clean "fill" fill model "The old river [MASK] a town."
clean "import" import model back.h5
clean "corpus stats" corpus stats --format blankline shards/*.tar.gz
finish
