#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: tests/cli/signals.t with TURNS (50) stops on each of 1 to 4 ranks.
export TURNS=${TURNS:-50} STEPS=${STEPS:-600} RANKS=${RANKS:-1 2 3 4}
exec tests/cli/signals.t
