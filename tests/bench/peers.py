#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`mpibert bench step` and one peer after the other in turns, on the same cores and batches.
Started by peers.sh, which makes the peers' environments and says what the options mean.

A peer is a process that lives through all its turns, so it compiles once; while ours runs it waits
for a line.  A ratio is that of two neighbours in time, since a busy machine changes speed from
minute to minute; medians, least and most are printed of ratios, never ratios of medians.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

PRESETS = ("tiny", "mini", "small", "medium", "base", "large")
BATCHES = {"tiny": 32, "mini": 16, "small": 16, "medium": 16, "base": 16, "large": 8}
NAMES = {"hf": "Hugging Face's script", "torch": "best stock PyTorch", "tpp": "Intel's TPP"}
PEER = Path(__file__).with_name("peer.py")


def arguments():
    parser = argparse.ArgumentParser(prog="peers.sh", description=__doc__.split("\n")[0])
    parser.add_argument("presets", nargs="*", metavar="PRESET", help="tiny … large (all but large)")
    parser.add_argument("--modes", default="hf,torch,tpp", help="which peers (hf,torch,tpp)")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="of products")
    parser.add_argument("--sequence-length", type=int, default=128)
    parser.add_argument("--batch", type=int, help="sequences a step, of all ranks")
    parser.add_argument("--micro-batch", type=int, help="sequences that a peer takes at once")
    parser.add_argument("--lengths", help="real lengths, one a line, for both")
    parser.add_argument("--ranks", type=int, default=len(os.sched_getaffinity(0)), help="of ours")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="of a peer's turn")
    parser.add_argument("--set", action="append", default=[], help="options for ours")
    parser.add_argument("--json", action="store_true", help="an object a line")
    options = parser.parse_args()
    options.presets = options.presets or list(PRESETS[:-1])
    for name in options.presets:
        if name not in PRESETS:
            parser.error(f"'{name}' is none of {' '.join(PRESETS)}")
    return options


def batch_of(options, preset):
    batch = options.batch or BATCHES[preset]
    if batch % options.ranks:
        sys.exit(f"peers.sh: a batch of {batch} sequences is not for {options.ranks} ranks")
    return batch


def common(options, preset):
    """What both are told in the same words."""
    words = ["--preset", preset, "--sequence-length", str(options.sequence_length),
             "--precision", options.precision]
    return words + (["--lengths", options.lengths] if options.lengths else [])


def ours(options, preset):
    program = os.path.join(os.environ.get("BUILD", "build"), "mpibert")
    command = [os.environ.get("MPIRUN", "mpirun"), "-n", str(options.ranks), program, "bench",
               "step", "--json", "--windows", "3", *common(options, preset),
               "--batch", str(batch_of(options, preset) // options.ranks)]
    for setting in options.set:
        command += ["--set", setting]
    out = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True)
    return json.loads(out.stdout)


class Peer:
    """The process of one mode, in the environment that peers.sh made for it."""

    def __init__(self, options, mode, preset):
        command = [os.environ[f"PYTHON_{mode}"], str(PEER), mode, *common(options, preset),
                   "--batch", str(batch_of(options, preset))]
        if options.micro_batch:
            command += ["--micro-batch", str(options.micro_batch)]
        preload = os.environ.get("PRELOAD", "") if mode != "hf" else ""
        environment = {**os.environ, **({"LD_PRELOAD": preload} if preload else {})}
        if mode != "hf":
            environment.update(word.split("=", 1) for word in os.environ["TUNED"].split())
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=environment)
        self.about = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"ended with {self.process.wait()}")
        return json.loads(line)

    def turn(self, seconds):
        print(f"go {seconds}", file=self.process.stdin, flush=True)
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(options, mode, preset):
    """Turns of both: what each said, in pairs."""
    peer = Peer(options, mode, preset)
    try:
        pairs = [(ours(options, preset), peer.turn(options.seconds)) for _ in range(options.turns)]
    finally:
        peer.close()
    return peer.about, pairs


def middle(values):
    return statistics.median(values)


def report(options, mode, preset, about, pairs):
    ratios = [a["tokens_per_s"] / b["tokens_per_s"] for a, b in pairs]
    row = {"preset": preset, "peer": mode, "precision": options.precision,
           "sequence_length": options.sequence_length, "batch": batch_of(options, preset),
           "lengths": options.lengths, **about,
           "ours_tokens_per_s": middle(a["tokens_per_s"] for a, _ in pairs),
           "ours_useful_gflops": middle(a["useful_gflops"] for a, _ in pairs),
           "fma_peak_gflops": middle(a["fma_peak_gflops"] for a, _ in pairs),
           "peer_tokens_per_s": middle(b["tokens_per_s"] for _, b in pairs),
           "peer_useful_gflops": middle(b["useful_gflops"] for _, b in pairs),
           "ratio": middle(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios)}
    if options.json:
        print(json.dumps(row), flush=True)
        return
    peak = row["fma_peak_gflops"]
    print(f"{preset:7}{mode:7}{row['ours_tokens_per_s']:9.0f}{row['ours_useful_gflops']:8.1f} "
          f"({100 * row['ours_useful_gflops'] / peak:3.0f} %){row['peer_tokens_per_s']:10.0f}"
          f"{row['peer_useful_gflops']:8.1f} ({100 * row['peer_useful_gflops'] / peak:3.0f} %)"
          f"{row['ratio']:9.2f}   {row['ratio_min']:.2f}–{row['ratio_max']:.2f}", flush=True)


def head(options, modes):
    if options.json:
        return
    machine = subprocess.run([os.path.join(os.environ.get("BUILD", "build"), "mpibert"), "bench",
                              "peak"], stdout=subprocess.PIPE, text=True, check=True).stdout
    print("\n".join(machine.split("\n")[:2]))
    print(f"{options.precision}; {options.ranks} ranks of ours; {options.turns} turns; "
          + ("real lengths, at most " if options.lengths else "")
          + f"{options.sequence_length} tokens a sequence; useful GFLOP/s and their share of the peak")
    for mode in modes:
        print(f"  {mode:6}{NAMES[mode]}")
    print(f"{'model':7}{'peer':7}{'tokens/s':>9}{'GFLOP/s':>8}{'peer tokens/s':>17}{'GFLOP/s':>8}"
          f"{'ratio':>16}   spread", flush=True)


def main():
    options = arguments()
    modes = [mode for mode in options.modes.split(",") if os.environ.get(f"PYTHON_{mode}")]
    head(options, modes)
    failed = 0
    for preset in options.presets:
        for mode in modes:
            try:
                report(options, mode, preset, *compare(options, mode, preset))
            except (RuntimeError, BrokenPipeError) as error:
                print(f"FAILED: {preset} {mode}: the peer {error}", file=sys.stderr)
                failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
