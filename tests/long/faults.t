#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: tests/mpi/test_faults.c with every call of every file operation, every error and
# every rank of three.  Both writers, some 6,000 runs; minutes.
set -euo pipefail
. jobs/local/mpi.sh
mpi_prepare 3
export MPIBERT_TEST_LONG=1
exec "$MPIRUN" -n 3 "$BUILD/tests/mpi/test_faults"
