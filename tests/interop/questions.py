# SPDX-License-Identifier: Apache-2.0
"""Logic: folders of kinds whose examples are several sequences, loaded by transformers, must
give the answers that `mpibert finetune` kept, on every example.

    python3 tests/interop/questions.py CHECKPOINT PROGRAM

Prints TAP."""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import torch
from transformers import AutoModelForMultipleChoice, AutoTokenizer

EXAMPLES, LENGTH = 500, 32
WORDS = """the work license source object form contributor copyright notice legal entity you
grant patent terms conditions distribution modification permission warranty""".split()
verdicts = []


def ok(good, text):
    verdicts.append(good)
    print(f"{'ok' if good else 'not ok'} {len(verdicts)} - {text}", flush=True)


def make_text(rng, least=2, most=20):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, most)))


def finetune(program, checkpoint, folder, *settings):
    words = [w for s in settings for w in ("--set", s)]
    command = [program, "finetune", "own", "--data", folder, "--from", checkpoint, "--out",
               folder / "out", "--seeds", "1", "--set", f"train.sequence_length={LENGTH}",
               "--set", "train.learning_rate=1e-3", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "out"


def kept(out):
    with h5py.File(out / "jobs" / "seed-0.h5") as file:
        return file["own/predicted"][0]


# ---- choose ----

def make_choices(rng, count):
    """Unequal numbers of them; the one with most grants and patents is right."""
    for _ in range(count):
        choices = [make_text(rng) for _ in range(rng.randint(2, 5))]
        told = [c.count("grant") + c.count("patent") for c in choices]
        yield {"text": make_text(rng), "choices": choices, "label": told.index(max(told))}


def choose(model, tokenizer, example):
    encoded = tokenizer([example["text"]] * len(example["choices"]), example["choices"],
                        truncation=True, max_length=LENGTH, padding=True, return_tensors="pt")
    with torch.no_grad():
        return model(**{k: v[None] for k, v in encoded.items()}).logits[0].argmax().item()


def check_choices(program, checkpoint):
    rng = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        files = {name: list(make_choices(rng, n)) for name, n in
                 (("train", 200), ("dev", EXAMPLES))}
        for name, rows in files.items():
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
        out = finetune(program, checkpoint, folder, "task.kind=choose", "task.format=jsonl",
                       "task.text=text", "task.choices=choices", "task.label=label")
        model = AutoModelForMultipleChoice.from_pretrained(out / "seed-0").eval()
        tokenizer = AutoTokenizer.from_pretrained(out / "seed-0")
        theirs = [choose(model, tokenizer, e) for e in files["dev"]]
        ok(kept(out).tolist() == theirs, f"choose: all {len(theirs)} choices are the same")
        ok(len(set(theirs)) > 1, "  and not all one")
        lines = "".join("\t".join([e["text"], *e["choices"]]) + "\n" for e in files["dev"])
        (folder / "lines.txt").write_text(lines)
        told = subprocess.run([program, "predict", out / "seed-0", folder / "lines.txt"],
                              check=True, capture_output=True, text=True).stdout
        ok([int(x.split("\t")[0]) for x in told.splitlines()] == theirs, "  as predict tells")


if __name__ == "__main__":
    check_choices(sys.argv[2], sys.argv[1])
    print(f"1..{len(verdicts)}")
    sys.exit(not all(verdicts))
