# SPDX-License-Identifier: Apache-2.0
"""Logic: folders of kinds whose examples are several sequences, loaded by transformers, must
give the answers that `mpibert finetune` kept, on every example.

    python3 tests/interop/questions.py CHECKPOINT PROGRAM

Prints TAP."""

import json
import random
import re
import string
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

import h5py
import numpy as np
import torch
from transformers import (
    AutoModelForMultipleChoice, AutoModelForQuestionAnswering, AutoTokenizer,
)

from tap import done, ok

EXAMPLES, LENGTH, STRIDE, THRESHOLD = 500, 32, 8, 0.25
WORDS = """the work license source object form contributor copyright notice legal entity you
grant patent terms conditions distribution modification permission warranty""".split()


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


def check_choices(program, checkpoint, name):
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
        ok(kept(out).tolist() == theirs, f"{name}: all {len(theirs)} choices are the same")
        ok(len(set(theirs)) > 1, "  and not all one")
        lines = "".join("\t".join([e["text"], *e["choices"]]) + "\n" for e in files["dev"])
        (folder / "lines.txt").write_text(lines)
        told = subprocess.run([program, "predict", out / "seed-0", folder / "lines.txt"],
                              check=True, capture_output=True, text=True).stdout
        ok([int(x.split("\t")[0]) for x in told.splitlines()] == theirs, "  as predict tells")


# ---- answer ----

def make_articles(rng, count, none):
    """Texts with accents, of one character or two, whose letters answer a question."""
    odd = ["the", "caf\u00e9", "cafe\u0301", "GRANT,", "\u00dcber-work", "a", "(notice)"]
    paragraphs = []
    for i in range(count):
        words = [rng.choice(WORDS + odd) for _ in range(rng.randint(3, 90))]
        begin = rng.randrange(len(words))
        answer = " ".join(words[begin : begin + rng.randint(1, 4)])
        context = " ".join(words)
        start = len(" ".join(words[:begin])) + (begin > 0)
        qa = {"id": f"{i}", "question": "what of the " + words[begin] + "?",
              "answers": [{"text": answer, "answer_start": start}]}
        if none and rng.random() < 0.3:
            qa.update(answers=[], is_impossible=True)
        paragraphs.append({"context": context, "qas": [qa]})
    return {"version": "1", "data": [{"title": "t", "paragraphs": paragraphs}]}


def best_spans(model, tokenizer, paragraph, question, longest, none):
    """All answers whose score is the highest, and whether that is by far."""
    encoded = tokenizer(question, paragraph, truncation="only_second", max_length=LENGTH,
                        stride=STRIDE, return_overflowing_tokens=True,
                        return_offsets_mapping=True, return_tensors=None)
    best, null = [], []
    for k in range(len(encoded["input_ids"])):
        inputs = {n: torch.tensor([encoded[n][k]])
                  for n in ("input_ids", "token_type_ids", "attention_mask")}
        with torch.no_grad():
            out = model(**inputs)
        starts, ends = out.start_logits[0].numpy(), out.end_logits[0].numpy()
        null.append(starts[0] + ends[0])
        of = [t for t, s in enumerate(encoded.sequence_ids(k)) if s == 1]
        best += [(starts[i] + ends[j], encoded["offset_mapping"][k][i][0],
                  encoded["offset_mapping"][k][j][1])
                 for i in of for j in of if i <= j < i + longest]
    best.sort(reverse=True)
    beaten = min(null) - best[0][0] - THRESHOLD
    if none and beaten > 0:
        return "", beaten
    near = [b for b in best if b[1:] != best[0][1:]]
    gap = best[0][0] - near[0][0] if near else 1
    return paragraph[best[0][1] : best[0][2]], min(gap, -beaten) if none else gap


def plain(text):
    """Without marks at the end, of which transformers leaves some out."""
    return unicodedata.normalize("NFD", text).rstrip("\u0301")


def normal(text):
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def worth(answer, golds, none):
    """The official rules, once more."""
    golds = [g for g in golds if normal(g)] or [""] if none else golds
    scores = []
    for gold in golds:
        a, g = normal(answer).split(), normal(gold).split()
        same = sum((Counter(a) & Counter(g)).values())
        f1 = 2 * same / (len(a) + len(g)) if same else 0.0
        if not (a and g) and none:
            f1 = float(a == g)
        scores.append((float(a == g), f1))
    return max(s[0] for s in scores), max(s[1] for s in scores)


def check_answers(program, checkpoint, none):
    rng = random.Random(8)
    name = "answer, some without" if none else "answer"
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        files = {n: make_articles(rng, count, none) for n, count in
                 (("train", 100), ("dev", EXAMPLES))}
        for n, articles in files.items():
            (folder / f"{n}.json").write_text(json.dumps(articles))
        out = finetune(program, checkpoint, folder, "task.kind=answer", "task.format=squad",
                       f"task.stride={STRIDE}", "task.longest_answer=6",
                       "finetune.epochs=20", f"task.null_threshold={THRESHOLD}")
        model = AutoModelForQuestionAnswering.from_pretrained(out / "seed-0").eval()
        tokenizer = AutoTokenizer.from_pretrained(out / "seed-0")
        said = json.loads((out / "jobs" / "seed-0.own.json").read_text())
        scores, equal, close = kept(out).reshape(-1, 2), 0, 0
        right = 0
        for i, p in enumerate(files["dev"]["data"][0]["paragraphs"]):
            qa = p["qas"][0]
            theirs, gap = best_spans(model, tokenizer, p["context"], qa["question"], 6, none)
            equal += plain(said[qa["id"]]) == plain(theirs)
            close += gap < 1e-5
            golds = [a["text"] for a in qa["answers"]] or [""]
            right += np.allclose(worth(said[qa["id"]], golds, none), scores[i], atol=1e-6)
        ok(equal + close >= EXAMPLES, f"{name}: {equal} of {EXAMPLES} answers are the same, "
           f"{close} are as good as another")
        several = len(set(said.values()))
        ok(several > EXAMPLES / 50, f"  and are {several} different ones")
        ok(right == EXAMPLES, f"  {right} are worth what the official rules say")
        told = subprocess.run([program, "predict", out / "seed-0", folder / "dev.json"],
                              check=True, capture_output=True, text=True).stdout
        ok(json.loads(told) == said, "  as predict tells")


if __name__ == "__main__":
    check_choices(sys.argv[2], sys.argv[1], "choose")
    check_choices(sys.argv[2], sys.argv[1] + "-rtd", "choose, electra")
    check_answers(sys.argv[2], sys.argv[1], none=False)
    check_answers(sys.argv[2], sys.argv[1], none=True)
    done()
