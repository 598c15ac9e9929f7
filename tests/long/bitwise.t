#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: tests/cli/bitwise.t with 1, 2, 3, 4 and 8 ranks and up to 3 threads.
export ALL=1
exec tests/cli/bitwise.t
