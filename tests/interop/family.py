#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logic: a family of five seeds with the 29 snapshots of the MultiBERTs, exported by one command,
is 145 folders that transformers loads with both heads, no tensor missing or left over, each
under the name and with the metadata of its seed and step; snapshots are different models, and
step 0 of a seed is a fresh beginning of that seed.

    python3 tests/interop/family.py CHECKPOINT MPIBERT     # beside CHECKPOINT lies its run.yaml
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch
from huggingface_hub import ModelCard
from transformers import BertForPreTraining
from transformers.utils import logging

from tap import done, ok

logging.disable_progress_bar()
CONFIG, PROGRAM = Path(sys.argv[1]).parent / "run.yaml", sys.argv[2]
SEEDS, STEPS, SNAPSHOTS = range(5), 100, 29


def mpibert(*words):
    run = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True)
    ok(run.returncode == 0, f"{words[0]} {' '.join(run.stderr.split())[:250]}")
    return run.stdout


def train(command, folder, *settings):
    words = [f"checkpoint.dir={folder}", "train.data_seed=7", *settings]
    mpibert(command, CONFIG, *(word for pair in words for word in ("--set", pair)))


def load(folder):
    """The model's tensors, or None where they do not fit the class."""
    model, info = BertForPreTraining.from_pretrained(folder, output_loading_info=True)
    whole = not any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    return model.state_dict() if whole else None


def is_of(folder, row):
    card = ModelCard.load(folder / "README.md").data.to_dict()["mpibert"]
    return all(card[key] == row[key] for key in ("seed", "step", "tokens", "state_hash"))


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def main(work):
    train("family", work / "tiny", f"train.steps={STEPS}", "family.seeds=0..4",
          "checkpoint.snapshots=multiberts", "checkpoint.snapshot_moments=false",
          "checkpoint.every_steps=null", "train.warmup_steps=10")
    mpibert("export", work / "tiny", work / "models")
    rows = json.loads(mpibert("inspect", work / "tiny", "--json"))["checkpoints"]
    ok(len(rows) == len(SEEDS) * SNAPSHOTS, f"{len(rows)} snapshots")
    models, named = {}, 0
    for row in rows:
        step = "0k" if row["step"] == 0 else str(row["step"])
        folder = work / "models" / f"tiny-seed_{row['seed']}-step_{step}"
        models[row["seed"], row["step"]] = load(folder)
        named += is_of(folder, row)
    ok(len(models) == len(rows) and None not in models.values(),
       f"{len(models)} folders load with both heads")
    ok(named == len(rows), "each is of the seed, step, tokens and hash that its card says")
    for seed in SEEDS:
        steps = [models[seed, row["step"]] for row in rows if row["seed"] == seed]
        ok(not any(same(a, b) for a, b in zip(steps[1:], steps[2:])),
           f"seed {seed}: from step 1 on, whose rate is 0, each snapshot is another model")
        train("train", work / f"fresh-{seed}", f"train.seed={seed}", "train.steps=0")
        mpibert("export", work / f"fresh-{seed}", work / f"fresh-{seed}-model")
        ok(same(models[seed, 0], load(work / f"fresh-{seed}-model")),
           "  and step 0 is a fresh beginning")


with tempfile.TemporaryDirectory() as folder:
    main(Path(folder))
done()
