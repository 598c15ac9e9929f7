#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: tests/cli/watchdog.t with each of 4 ranks stopped, looping, and away from a collective.
export ALL=1
exec tests/cli/watchdog.t
