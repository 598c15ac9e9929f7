# SPDX-License-Identifier: Apache-2.0
"""Logic: transformers' models on PyTorch, with each kind of head, given our weights and our
batches, must find our gradients (every tensor, the norm of the difference at most 1e-5 of the norm) and,
trained by torch's AdamW with clipping, warm-up and decay, our losses of every step (1e-5).

    make interop && python3 tests/interop/gradients.py [PROGRAM]

Prints TAP.  Needs torch and transformers, so `make check` leaves it to `make check-interop`."""

import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from transformers import (
    BertConfig, BertForPreTraining, BertForSequenceClassification, BertForTokenClassification,
    MegatronBertConfig, MegatronBertForPreTraining,
)

# name, L, H, A, F, V, P, gelu, sequences a step, steps, objectives, labels, kind (core/kinds.def)
ROWS = [
    ("erf", 2, 128, 2, 512, 3000, 128, 0, 16, 20, "mlm,nsp", 0, 0),
    ("tanh", 3, 96, 4, 384, 1001, 64, 1, 24, 20, "mlm,nsp", 0, 0),
    ("order", 2, 128, 2, 512, 500, 64, 0, 16, 20, "mlm,sop", 0, 0),
    ("megatron-bert", 2, 128, 2, 512, 3000, 128, 0, 16, 20, "mlm,nsp", 0, 1),
    ("megatron-bert, deep", 5, 96, 4, 384, 1001, 64, 1, 24, 20, "mlm,nsp", 0, 1),
    ("classify", 2, 128, 2, 512, 500, 64, 0, 16, 20, "classify", 3, 0),
    ("regress", 2, 96, 4, 384, 500, 64, 0, 16, 20, "regress", 1, 0),
    ("tag", 2, 128, 2, 512, 500, 64, 0, 16, 20, "tag", 17, 0),
    ("multilabel", 2, 128, 2, 512, 500, 64, 0, 16, 20, "multilabel", 7, 0),
]
CLASSES = {
    "mlm,nsp": BertForPreTraining, "mlm,sop": BertForPreTraining,
    "classify": BertForSequenceClassification,
    "regress": BertForSequenceClassification, "tag": BertForTokenClassification,
    "multilabel": BertForSequenceClassification,
}
SEGMENTS, WARMUP, RATE, LIMIT = 2, 4, 1e-3, 1e-5
verdicts = []


def ok(good, text):
    verdicts.append(good)
    print(f"{'ok' if good else 'not ok'} {len(verdicts)} - {text}", flush=True)


def make_label(rng, objectives, V, C):
    """An id, a class, or a score in thousandths."""
    return rng.randrange({"mlm,nsp": V, "mlm,sop": V, "regress": 5001}.get(objectives, C))


def make_sequences(rng, count, V, P, objectives, C):
    for _ in range(count):
        n = rng.randint(8, P)
        masked = sorted(rng.sample(range(1, n), max(1, n * 15 // 100)))
        if objectives in ("classify", "regress"):
            masked = [0]
        labels = [make_label(rng, objectives, V, C) for _ in masked]
        if objectives == "multilabel":  # any of them, all at the first row
            labels = [c for c in range(C) if rng.random() < 0.4]
            masked = [0] * len(labels)
        yield {
            "ids": [rng.randrange(V) for _ in range(n)],
            "split": rng.randint(2, n),
            "next": rng.choice([-1, 0, 1]),
            "masked": masked,
            "labels": labels,
        }


def write_batch(path, sequences):
    numbers = []
    for s in sequences:
        numbers += [len(s["ids"]), s["split"], s["next"], len(s["masked"])]
        numbers += s["ids"] + s["masked"] + s["labels"]
    np.array(numbers, np.int32).tofile(path)


def loss_of(model, sequences):
    B, T = len(sequences), max(len(s["ids"]) for s in sequences)
    ids, segments, there = (torch.zeros(B, T, dtype=torch.long) for _ in range(3))
    labels = torch.full((B, T), -100)
    for b, s in enumerate(sequences):
        n = len(s["ids"])
        ids[b, :n] = torch.tensor(s["ids"])
        segments[b, s["split"] : n] = 1
        there[b, :n] = 1
        labels[b, s["masked"]] = torch.tensor(s["labels"], dtype=torch.long)
    inputs = dict(input_ids=ids, token_type_ids=segments, attention_mask=there)
    if isinstance(model, BertForTokenClassification):
        return model(**inputs, labels=labels).loss
    if model.config.problem_type == "multi_label_classification":
        sets = torch.zeros(B, model.config.num_labels, dtype=model.dtype)
        for b, s in enumerate(sequences):
            sets[b, s["labels"]] = 1
        return model(**inputs, labels=sets).loss
    if isinstance(model, BertForSequenceClassification):
        label = labels[:, 0]
        regress = model.config.num_labels == 1
        return model(**inputs, labels=label.to(model.dtype) / 1000 if regress else label).loss
    out = model(**inputs)
    ce = torch.nn.functional.cross_entropy
    mlm = ce(out.prediction_logits.flatten(0, 1), labels.flatten())
    nsp = torch.tensor([s["next"] for s in sequences])
    return mlm + ce(out.seq_relationship_logits, nsp, ignore_index=-1)


def make_model(row, seed):
    _, L, H, A, F, V, P, gelu, _, _, objectives, C, kind = row
    torch.manual_seed(seed)
    model = (MegatronBertForPreTraining if kind else CLASSES[objectives])(
        (MegatronBertConfig if kind else BertConfig)(
            vocab_size=V, hidden_size=H, num_hidden_layers=L, num_attention_heads=A,
            intermediate_size=F, max_position_embeddings=P, type_vocab_size=SEGMENTS,
            hidden_act="gelu_pytorch_tanh" if gelu else "gelu", hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0, layer_norm_eps=1e-12, pad_token_id=None,
            attn_implementation="eager", num_labels=C or 2,
            problem_type="multi_label_classification" if objectives == "multilabel" else None,
        )
    )
    with torch.no_grad():  # biases and LayerNorm too, so that no gradient is special
        for name, p in model.named_parameters():
            p += torch.randn_like(p) * 0.05
    return model


def train(model, sequences, batch, steps):
    tensors = dict(model.named_parameters())
    exempt = lambda name: name.endswith("bias") or "LayerNorm" in name or "ln." in name
    groups = [
        {"params": [p for n, p in tensors.items() if not exempt(n)], "weight_decay": 0.01},
        {"params": [p for n, p in tensors.items() if exempt(n)], "weight_decay": 0.0},
    ]
    adam = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.999), eps=1e-8)
    rate = torch.optim.lr_scheduler.LambdaLR(adam, lambda k: min(1.0, k / WARMUP))
    losses = []
    for t in range(steps):
        adam.zero_grad()
        loss = loss_of(model, sequences[t * batch : (t + 1) * batch])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        rate.step()
        losses.append(loss.item())
    return losses


def compare(what, ours, theirs, names, table):
    """The worst tensor.  The gradient of a key bias is 0 (softmax ignores a shift), in theirs
    too, so what is left of it by rounding is measured by the norm of the query bias's."""
    far = {}
    for n in names:
        mine = ours[table[n][0] : sum(table[n])].astype(np.float64)
        truth = theirs[n].astype(np.float64).ravel()
        norm = np.linalg.norm(theirs[n.replace("self.key.bias", "self.query.bias")])
        far[n] = np.linalg.norm(mine - truth) / norm
    worst = max(far, key=far.get)
    ok(far[worst] <= LIMIT, f"{what}: worst of {len(far)} is {worst}, {far[worst]:.2e}")


def check(program, row, seed):
    name, L, H, A, F, V, P, gelu, batch, steps, objectives, C, kind = row
    rng = random.Random(seed)
    sequences = list(make_sequences(rng, batch * steps, V, P, objectives, C))
    model = make_model(row, seed)
    tensors = dict(model.named_parameters())
    with tempfile.TemporaryDirectory() as folder:
        shape = [L, H, A, F, V, P, SEGMENTS, C, gelu, batch, steps, WARMUP, kind]
        folder = Path(folder)
        np.array(shape, np.int64).tofile(folder / "shape.i64")
        (folder / "objectives.txt").write_text(objectives)
        subprocess.run([program, folder, "table"], check=True)
        lines = (folder / "table.txt").read_text().split("\n")[:-1]
        table = {n: (int(o), int(c)) for n, o, c in (line.split() for line in lines)}
        assert set(table) == set(tensors), set(table) ^ set(tensors)
        flat = [tensors[n].detach().numpy().ravel() for n in table]
        np.concatenate(flat).tofile(folder / "weights.f32")
        write_batch(folder / "batch.i32", sequences)
        subprocess.run([program, folder, "run"], check=True)
        grads = np.fromfile(folder / "grads.f32", np.float32)
        losses = np.fromfile(folder / "losses.f64", np.float64)

    for precision in (torch.float64, torch.float32):
        twin = make_model(row, seed).to(precision)
        loss_of(twin, sequences[:batch]).backward()
        theirs = {n: p.grad.numpy() for n, p in twin.named_parameters()}
        compare(f"{name}, gradients in {precision}", grads, theirs, list(table), table)
    theirs = np.array(train(model, sequences, batch, steps))
    far = np.max(np.abs(losses - theirs) / theirs)
    ok(far <= LIMIT, f"{name}, losses of {steps} steps: worst {far:.2e}")


if __name__ == "__main__":
    program = sys.argv[1] if len(sys.argv) > 1 else "build/tests/interop/gradients"
    for seed, row in enumerate(ROWS):
        check(program, row, seed)
    print(f"1..{len(verdicts)}")
    sys.exit(not all(verdicts))
