#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tokenisers beside each other: this program, Hugging Face's `tokenizers` and GigaToken, in turns
on one core, over the second halves of texts.

    tests/bench/tokenizers.py VOCAB FILE… [--cased] [--turns N] [--gpt2 tokenizer.json] [--program P]

Prints medians in MB/s of processor time, and the medians of the ratios of each turn, since a busy
machine changes speed from minute to minute but not between two neighbours.  Says for how many lines
the ids differ from Hugging Face's.  GigaToken has no WordPiece: it runs GPT-2's BPE, whose
tokenizer.json has to be given.  A peer that is not there is skipped, and said to be.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.pop(0)  # this file has the name of a package that it imports
os.environ["TOKENIZERS_PARALLELISM"] = "false"
PEER_BYTES = 4_000_000   # what the slow ones are timed on, a turn
CHECK_BYTES = 8_000_000  # what ids are compared on


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("vocab")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--cased", action="store_true")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--gpt2", help="GPT-2's tokenizer.json, for GigaToken")
    parser.add_argument("--program", default="build/mpibert")
    return parser.parse_args()


def skip(peer, why):
    print(f"SKIPPED {peer}: {why}", file=sys.stderr)


def halves(data):
    """Cut behind the line that holds the middle, as `bench tokenize` does."""
    middle = data.find(b"\n", len(data) // 2) + 1 or len(data) // 2
    return data[:middle], data[middle:]


def first_lines(data, limit):
    return data[:data.rfind(b"\n", 0, limit) + 1] if len(data) > limit else data


def timed(call):
    start = time.process_time()
    call()
    return time.process_time() - start


class Ours:
    def __init__(self, options):
        self.flags = ["--vocab", options.vocab] + ["--cased"] * options.cased
        self.options, self.report = options, {}

    def turn(self):
        command = [self.options.program, "bench", "tokenize", "--json", *self.flags]
        out = subprocess.run(command + self.options.files, stdout=subprocess.PIPE, check=True)
        self.report = json.loads(out.stdout)
        return {"mpibert": self.report["mb_per_s"],
                "mpibert, empty caches": self.report["mb_per_s_cold"]}

    def ids(self, data):
        command = [self.options.program, "tokenize", *self.flags]
        out = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
        return out.decode("ascii").split("\n")


class HuggingFace:
    def __init__(self, options, data):
        from tokenizers import Tokenizer, normalizers, pre_tokenizers
        from tokenizers.models import WordPiece
        tokenizer = Tokenizer(WordPiece.from_file(options.vocab, unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=not options.cased)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        self.tokenizer = tokenizer
        part = first_lines(halves(data)[1], PEER_BYTES)
        self.bytes, self.lines = len(part), part.decode("utf-8", "ignore").split("\n")

    def encode(self, lines):
        return self.tokenizer.encode_batch_fast(lines, add_special_tokens=False)

    def turn(self):
        seconds = timed(lambda: self.encode(self.lines))
        return {"tokenizers, encode_batch_fast": 1e-6 * self.bytes / seconds}

    def different(self, ours, data):
        """How many lines have other ids in ours, and of how many."""
        data = first_lines(data, CHECK_BYTES)
        got, bad = ours.ids(data), 0
        lines = data.decode("utf-8", "ignore").split("\n")
        for row, encoding in zip(got, self.encode(lines)):
            bad += row != " ".join(map(str, encoding.ids))
        return bad, len(lines)


class GigaToken:
    def __init__(self, options, data):
        import gigatoken
        self.make = lambda: gigatoken.Tokenizer.from_json(Path(options.gpt2).read_text())
        self.before, self.after = halves(data)

    def turn(self):
        cold, warm = self.make(), self.make()
        warm.encode(self.before)
        size = 1e-6 * len(self.after)
        return {"gigatoken, GPT-2": size / timed(lambda: warm.encode(self.after)),
                "gigatoken, GPT-2, empty caches": size / timed(lambda: cold.encode(self.after))}


def peers(options, data):
    found = [Ours(options)]
    try:
        found.append(HuggingFace(options, data))
    except ImportError as error:
        skip("tokenizers", error)
    if options.gpt2 is None:
        skip("gigatoken", "no --gpt2 tokenizer.json")
        return found
    try:
        found.append(GigaToken(options, data))
    except (ImportError, OSError) as error:
        skip("gigatoken", error)
    return found


def main():
    options = arguments()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    data = b"".join(Path(name).read_bytes() for name in options.files)
    found = peers(options, data)
    turns = []
    for _ in range(options.turns):
        turns.append({})
        for peer in found:
            turns[-1].update(peer.turn())
    report = found[0].report
    print(f"{report['bytes'] / 1e6:.1f} MB of {' '.join(options.files)}, {report['kernels']}, "
          f"caches of {report['cache_bytes'] / 1e6:.1f} MB, {100 * report['unknown_share']:.2f} % "
          f"[UNK], medians of {options.turns} turns")
    for name in turns[0]:
        speed = statistics.median(turn[name] for turn in turns)
        ratio = statistics.median(turn["mpibert"] / turn[name] for turn in turns)
        print(f"  {speed:8.1f} MB/s  {name}" +
              (f"  (mpibert is {ratio:.2f} times as fast)" if name != "mpibert" else ""))
    for peer in found:
        if isinstance(peer, HuggingFace):
            bad, lines = peer.different(found[0], data)
            print(f"  {bad} of {lines} lines have other ids than Hugging Face's")
            return 1 if bad else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
