# SPDX-License-Identifier: Apache-2.0
# What a run that was disturbed is judged by: whether anything of it is lost, and whether it has
# the bits of one that nobody disturbed.  To be sourced after lib.sh; FOLDER is a run's.

# How many steps were computed, and of which step the newest checkpoint is.
lines() { cat "$1/metrics.jsonl" 2>/dev/null | wc -l; }
newest() { ls "$1"/checkpoint-*.h5 2>/dev/null | tail -1 | sed 's/.*-0*\([0-9]\)/\1/; s/\.h5//'; }
# nothing_lost FOLDER: what was computed is what is saved
nothing_lost() { [ "$(newest "$1")" = "$(lines "$1")" ]; }
# What is the same in two runs: all but speeds and times.
bits() {
    "$mpibert" inspect "$1" --verify --json | grep -o '"state_hash": "[^"]*"'
    sed -E 's/, "(tokens_per_s|useful_gflops|data_wait|step_seconds|time)": [^,}]*//g' \
        "$1/metrics.jsonl" "$1/evaluations.jsonl"
}
# The step at which a run says that it was stopped, in the file FOLDER.err.
stopped_at() { sed -n 's/^mpibert: stopped at step \([0-9]*\); start it again to go on.*/\1/p' "$1.err"; }
