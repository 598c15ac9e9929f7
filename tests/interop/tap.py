# SPDX-License-Identifier: Apache-2.0
"""TAP for the scripts beside this file: what each shows, a line at a time, and how it ends."""
import sys

verdicts = []


def ok(good, what):
    verdicts.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(verdicts)} - {what}", flush=True)


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def done():
    """Ends the script: 1 if a test failed, or if there was none."""
    print(f"1..{len(verdicts)}")
    sys.exit(not (verdicts and all(verdicts)))
