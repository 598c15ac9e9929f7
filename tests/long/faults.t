#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: tests/mpi/test_faults.c with every call of every file operation, every error and
# every rank of three.  Both writers, or WRITER=posix or mpiio; some 6,000 runs, minutes where
# three cores are free.
set -euo pipefail
. jobs/local/mpi.sh
mpi_prepare 3
export MPIBERT_TEST_LONG=${WRITER:-all}
exec "${MPIRUN:-mpirun}" -n 3 "${BUILD:-build}/tests/mpi/test_faults"
