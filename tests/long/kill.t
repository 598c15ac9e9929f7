#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: tests/cli/kill.t with COUNT (500) kills.  About a second each.
export COUNT=${COUNT:-500}
exec tests/cli/kill.t
