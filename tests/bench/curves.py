# SPDX-License-Identifier: Apache-2.0
"""Losses of a model that learns words of real text, in fp32 and in bf16, ours and PyTorch's (autocast):
from the same weights, on the same batches, without dropout.  Prints the mean of every tenth of the
steps, and how far each curve is from PyTorch's in fp32, and writes all losses to a table.

    make interop && build/venv/bin/python tests/bench/curves.py --text TAR.GZ --vocab VOCAB.TXT
        [--preset tiny|mini] [--steps 400] [--batch 32] [--seeds 2] [--out curves.tsv]

It wants an hour or more of a core for tiny (the peer makes logits of all tokens); BUILD (build) has
mpibert and the program of the tests."""

import argparse
import os
import random
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "tests/interop/gradients"
sys.argv, ARGUMENTS = [sys.argv[0], str(PROGRAM)], sys.argv[1:]
sys.path[0] = str(ROOT / "tests/interop")  # not this folder: it has a tokenizers.py

from gradients import make_model, run, train  # noqa: E402
from rounded import rounded_loss  # noqa: E402

SHAPES = {"tiny": (2, 128, 2, 512), "mini": (4, 256, 4, 1024)}
LENGTH, HALF, MASKED, CLS, SEP, MASK = 128, 64, 19, "[CLS]", "[SEP]", "[MASK]"


def read_ids(text, vocab):
    """Of all texts of an archive, one after the other."""
    with tempfile.NamedTemporaryFile("wb") as file, tarfile.open(text) as tar:
        for member in tar:
            if member.isfile():
                file.write(tar.extractfile(member).read())
        file.flush()
        lines = subprocess.run([BUILD / "mpibert", "tokenize", file.name, "--vocab", vocab],
                               check=True, capture_output=True, text=True).stdout
    return [int(word) for word in lines.split()]


def hide(rng, ids, words):
    """As BERT: of some tokens eight of ten are [MASK], one another word, one itself."""
    masked = sorted(rng.sample([i for i in range(LENGTH) if i not in (0, HALF, LENGTH - 1)], MASKED))
    labels = [ids[i] for i in masked]
    for i in masked:
        draw = rng.random()
        if draw < 0.9:
            ids[i] = words[MASK] if draw < 0.8 else rng.randrange(len(words))
    return {"ids": ids, "masked": masked, "labels": labels}


def make_sequences(ids, words, count, seed):
    """Two pieces each, of which the second follows the first or comes from elsewhere."""
    rng = random.Random(seed)
    first, second = HALF - 1, LENGTH - HALF - 2
    for _ in range(count):
        at, follows = rng.randrange(len(ids) - LENGTH), rng.randrange(2)
        next_at = at + first if follows else rng.randrange(len(ids) - LENGTH)
        row = [words[CLS], *ids[at : at + first], words[SEP], *ids[next_at : next_at + second], words[SEP]]
        yield {"cuts": [], "split": HALF + 1, "next": 1 - follows, **hide(rng, row, words)}


def curves(options, words, ids, seed):
    row = ("curve", *SHAPES[options.preset], len(words), LENGTH, 0, options.batch, options.steps,
           "mlm,nsp", 0, 0)
    sequences = list(make_sequences(ids, words, options.batch * options.steps, seed))
    model = lambda: make_model(row, seed)
    theirs = lambda *loss: train(model(), sequences, options.batch, options.steps, *loss)
    return {"PyTorch fp32": theirs(), "PyTorch bf16": theirs(rounded_loss),
            "ours fp32": run(PROGRAM, row, model(), sequences)[2],
            "ours bf16": run(PROGRAM, row, model(), sequences, how="rounded")[2]}


def show(all_curves, steps):
    means = {name: np.mean([c[name] for c in all_curves], axis=0) for name in all_curves[0]}
    print("steps", *means, sep="\t")
    for part in np.array_split(np.arange(steps), 10):
        print(f"{part[0] + 1}–{part[-1] + 1}", *(f"{m[part].mean():.4f}" for m in means.values()), sep="\t")
    truth = means["PyTorch fp32"]
    for name, mean in means.items():
        far = mean / truth - 1
        print(f"{name}: at most {abs(far).max():.2%} from PyTorch's fp32 at a step, "
              f"{far[-steps // 10:].mean():+.3%} over the last tenth")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--text", required=True)
    parser.add_argument("--vocab", required=True)
    parser.add_argument("--preset", choices=SHAPES, default="tiny")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", default="curves.tsv")
    options = parser.parse_args(ARGUMENTS)
    words = {word: n for n, word in enumerate(Path(options.vocab).read_text().split("\n")[:-1])}
    ids = read_ids(options.text, options.vocab)
    found = [curves(options, words, ids, seed) for seed in range(options.seeds)]
    with open(options.out, "w") as file:
        print("seed", "step", *found[0], sep="\t", file=file)
        for seed, each in enumerate(found):
            for step, losses in enumerate(zip(*each.values()), 1):
                print(seed, step, *losses, sep="\t", file=file)
    show(found, options.steps)


if __name__ == "__main__":
    main()
