#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: tests/unit/io/test_crash.c over many seeds, SEEDS (100,000: more than an hour); each
# that fails is named, and MPIBERT_TEST_SEED=N runs it alone.
set -euo pipefail
export MPIBERT_TEST_SEEDS=${SEEDS:-100000}
exec "$BUILD/tests/unit/io/test_crash"
