#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: tests/unit/io/test_crash.c over many seeds, SEEDS (1,000,000: about half an hour of a
# core) from FIRST on; each that fails is named, and MPIBERT_TEST_SEED=N runs it alone.
set -euo pipefail
export MPIBERT_TEST_SEEDS=${SEEDS:-1000000} MPIBERT_TEST_FIRST=${FIRST:-1}
exec "${BUILD:-build}/tests/unit/io/test_crash"
