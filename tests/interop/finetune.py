# SPDX-License-Identifier: Apache-2.0
"""Logic: a fine-tuned folder, loaded by transformers, must give the answers that `mpibert
finetune` kept, on every example, pairs that are cut included; and from the same weights, over
the same examples in the same order, without dropout, transformers' Trainer must find the losses
of our 20 steps (1e-5).

    python3 tests/interop/finetune.py CHECKPOINT PROGRAM

Prints TAP.  Both take the examples as the file has them; the last batch of an epoch is smaller.
The weights that both start from are those of a run whose learning rate is 0."""

import contextlib
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import torch
from transformers import (
    AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer,
    DataCollatorForTokenClassification, DataCollatorWithPadding, Trainer, TrainingArguments,
)

from tap import done, ok

EXAMPLES, BATCH, EPOCHS, STEPS = 45, 10, 4, 20  # an epoch: four batches of 10 and one of 5
LENGTH, RATE, LIMIT = 24, 1e-3, 1e-5
WORDS = """the work license source object form contributor copyright notice legal entity you
grant patent terms conditions distribution modification permission warranty""".split()
KINDS = {  # labels or None, options
    "classify": (["no", "yes", "maybe"], ["task.pair=second"]),
    "regress": (None, ["task.kind=regress"]),
    "tag": (["A", "B"], ["task.kind=tag", "task.format=conll"]),
    "multilabel": (["grants", "names", "terms"], ["task.kind=multilabel"]),
}
DECAY, FROZEN = 0.8, ("bert.embeddings.", "bert.encoder.layer.0.")
WEIGHTS = {"classify": [1, 4, 0.5], "tag": [0.25, 2]}


def make_text(rng):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(2, 20)))


def make_examples(rng, kind, count):
    """A label is told by a word, so that there is something to learn."""
    rows = []
    for _ in range(count):
        text, second = make_text(rng), make_text(rng)
        grants = text.count("grant") + text.count("patent")
        if kind == "tag":
            rows.append((text, "", ["A" if w in ("grant", "the") else "B" for w in text.split()]))
        elif kind == "regress":
            rows.append((text, "", grants / 2 - 1))
        elif kind == "multilabel":
            told = (grants, "copyright" in text or "notice" in text, "terms" in text)
            rows.append((text, "", ",".join(n for n, t in zip(KINDS[kind][0], told) if t)))
        else:
            rows.append((text, second, KINDS[kind][0][min(grants, 2)]))
    return rows


def write_examples(path, kind, rows):
    if kind == "tag":
        sentences = ("".join(f"{w} {t}\n" for w, t in zip(x.split(), y)) for x, _, y in rows)
        return Path(str(path) + ".txt").write_text("\n".join(sentences))
    lines = ["text\tsecond\tlabel"] + [f"{x}\t{s}\t{y}" for x, s, y in rows]
    return Path(str(path) + ".tsv").write_text("\n".join(lines) + "\n")


def finetune(program, checkpoint, folder, kind, out, *more):
    labels, options = KINDS[kind]
    text, label = ("word", "tag") if kind == "tag" else ("text", "label")
    settings = options + [f"task.text={text}", f"task.label={label}", *more]
    settings += [f"train.sequence_length={LENGTH}", f"finetune.batch={BATCH}",
                 "finetune.shuffle=false"]
    settings += [f"task.labels={' '.join(labels)}"] if labels else []
    words = [w for s in settings for w in ("--set", s)]
    command = [program, "finetune", "own", "--data", folder, "--from", checkpoint, "--out",
               folder / out, "--seeds", "1", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / out


def load(folder, kind):
    auto = AutoModelForTokenClassification if kind == "tag" else AutoModelForSequenceClassification
    return auto.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)


def encode(tokenizer, kind, rows):
    how = dict(truncation=True, max_length=LENGTH, padding=True, return_tensors="pt")
    texts, seconds = [r[0] for r in rows], [r[1] for r in rows]
    if kind == "tag":
        return tokenizer([t.split() for t in texts], is_split_into_words=True, **how)
    return tokenizer(texts, seconds, **how) if kind == "classify" else tokenizer(texts, **how)


def first_pieces(encoded, rows):
    """Row and word of every token that is the first piece of a word."""
    for b in range(len(rows)):
        words = encoded.word_ids(b)
        for t, w in enumerate(words):
            if w is not None and (t == 0 or words[t - 1] != w):
                yield b, t, w


def targets(encoded, kind, rows, labels):
    if kind == "regress":
        return torch.tensor([r[2] for r in rows], dtype=torch.float32)
    if kind == "multilabel":
        return torch.tensor([[float(n in r[2].split(",")) for n in labels] for r in rows])
    if kind == "classify":
        return torch.tensor([labels.index(r[2]) for r in rows])
    out = torch.full(encoded["input_ids"].shape, -100)
    for b, t, w in first_pieces(encoded, rows):
        out[b, t] = labels.index(rows[b][2][w])
    return out


def answers(model, encoded, kind, rows):
    with torch.no_grad():
        logits = model.eval()(**encoded).logits
    if kind == "regress":
        return logits[:, 0].tolist()
    if kind == "multilabel":
        return (logits > 0).long().flatten().tolist()
    best = logits.argmax(-1)
    if kind == "classify":
        return best.tolist()
    found = {(b, w): best[b, t].item() for b, t, w in first_pieces(encoded, rows)}
    return [found.get((b, w), -1) for b, r in enumerate(rows) for w in range(len(r[2]))]


def check_answers(out, kind, rows, name):
    model, tokenizer = load(out / "seed-0", kind)
    theirs = np.array(answers(model, encode(tokenizer, kind, rows), kind, rows))
    with h5py.File(out / "jobs" / "seed-0.h5") as file:
        ours = file["own/predicted"][0]
    if kind == "regress":
        far = np.max(np.abs(ours - theirs))
        ok(far <= LIMIT, f"{name}: {len(ours)} numbers, worst {far:.2e}")
        return
    ok(np.array_equal(ours, theirs), f"{name}: all {len(ours)} labels are the same")
    ok(len(set(theirs)) > 1, "  and not all one")
    names = [model.config.id2label[i] for i in range(len(KINDS[kind][0]))]
    ok(names == KINDS[kind][0], "  by the same words")


class Recorder(Trainer):
    """Keeps the loss of each step, which Trainer's own log rounds; may weigh labels."""

    def __init__(self, class_weights=None, **options):
        super().__init__(**options)
        self.losses = []
        self.weigh = class_weights and torch.nn.CrossEntropyLoss(torch.tensor(class_weights))

    def compute_loss(self, model, inputs, *more, **options):
        if self.weigh:
            logits = model(**inputs).logits
            loss = self.weigh(logits.view(-1, logits.shape[-1]), inputs["labels"].view(-1))
        else:
            loss = super().compute_loss(model, inputs, *more, **options)
        self.losses.append(loss.item())
        return loss


def layer_rate(name, layers):
    """ELECTRA's formula: depth 0 for embeddings, 1 for layer 0, layers + 2 for the head."""
    parts = name.split(".")
    depth = int(parts[3]) + 1 if parts[1] == "encoder" else layers + 2
    return DECAY ** (layers + 2 - (0 if parts[1] == "embeddings" else depth))


def layered_adam(model):
    """Layer-wise rates, and what is frozen has no gradient."""
    groups = []
    for name, tensor in model.named_parameters():
        tensor.requires_grad = not name.startswith(FROZEN)
        exempt = name.endswith("bias") or "LayerNorm" in name
        groups.append({"params": [tensor], "weight_decay": 0.0 if exempt else 0.01,
                       "lr": RATE * layer_rate(name, model.config.num_hidden_layers)})
    adam = torch.optim.AdamW([g for g in groups if g["params"][0].requires_grad])
    return adam, torch.optim.lr_scheduler.LambdaLR(adam, lambda k: (STEPS - k) / STEPS)


def train(folder, kind, rows, layered):
    """The losses of Trainer from a folder's weights."""
    model, tokenizer = load(folder, kind)
    encoded = encode(tokenizer, kind, rows)
    columns = {**encoded, "labels": targets(encoded, kind, rows, KINDS[kind][0])}
    examples = [{name: column[i] for name, column in columns.items()} for i in range(len(rows))]
    collate = DataCollatorForTokenClassification if kind == "tag" else DataCollatorWithPadding
    options = TrainingArguments(
        output_dir=str(folder / "trainer"), learning_rate=RATE, weight_decay=0.01,
        num_train_epochs=EPOCHS, per_device_train_batch_size=BATCH, use_cpu=True,
        train_sampling_strategy="sequential", save_strategy="no", logging_strategy="no",
        report_to="none", disable_tqdm=True)
    trainer = Recorder(
        model=model, args=options, train_dataset=examples, data_collator=collate(tokenizer),
        class_weights=WEIGHTS[kind] if layered else None,
        optimizers=layered_adam(model) if layered else (None, None))
    with contextlib.redirect_stdout(sys.stderr):
        trainer.train()
    return np.array(trainer.losses)


def compare_losses(start, run, kind, rows, layered=False):
    theirs = train(start / "seed-0", kind, rows, layered)
    ours = np.array(json.loads((run / "jobs" / "seed-0.json").read_text())["losses"])
    ok(len(theirs) == len(ours) == STEPS, f"{kind}: {len(theirs)} steps of Trainer"
       + layered * ", labels weighted, rates by layers, some frozen")
    far = np.max(np.abs(ours - theirs) / theirs)
    ok(far <= LIMIT, f"  the same losses, {ours[0]:.3f} to {ours[-1]:.3f}: {far:.2e}")


def check(program, checkpoint, kind, name, layered=True, epochs=EPOCHS):
    """epochs: until which a model of this kind tells labels apart."""
    rng = random.Random(7)
    train_rows, dev_rows = make_examples(rng, kind, EXAMPLES), make_examples(rng, kind, 500)
    still = ["model.hidden_dropout=0", "model.attention_dropout=0", "train.weight_decay=0.01"]
    moving = [*still, f"train.learning_rate={RATE}", f"finetune.epochs={EPOCHS}"]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write_examples(folder / "train", kind, train_rows)
        write_examples(folder / "dev", kind, dev_rows)
        start = finetune(program, checkpoint, folder, kind, "start", "train.learning_rate=0",
                         "finetune.epochs=1", *still)
        run = finetune(program, checkpoint, folder, kind, "run", *moving)
        longer = run if epochs == EPOCHS else finetune(
            program, checkpoint, folder, kind, "longer", *moving, f"finetune.epochs={epochs}")
        check_answers(longer, kind, dev_rows, name)
        compare_losses(start, run, kind, train_rows)
        if layered and kind in WEIGHTS:
            run = finetune(program, checkpoint, folder, kind, "layered", *moving,
                           f"finetune.layer_decay={DECAY}", "finetune.freeze_embeddings=true",
                           "finetune.freeze_layers=1",
                           f"finetune.class_weights={' '.join(map(str, WEIGHTS[kind]))}")
            compare_losses(start, run, kind, train_rows, layered=True)


if __name__ == "__main__":
    for kind in KINDS:
        check(sys.argv[2], sys.argv[1], kind, kind)
    for kind in ("classify", "regress", "multilabel"):  # a discriminator
        check(sys.argv[2], sys.argv[1] + "-rtd", kind, kind + ", electra", layered=False, epochs=20)
    done()
