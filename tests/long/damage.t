#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: tests/unit/io/test_damage.c with COUNT (2000) damaged checkpoints.  A minute.
export COUNT=${COUNT:-2000}
exec "${BUILD:-build}/tests/unit/io/test_damage"
