# SPDX-License-Identifier: Apache-2.0
"""Logic: products in bf16 train as PyTorch's autocast does.  Each rounds, at other places; so from the
same weights, on the same batches and without dropout, ours may be as far from single and double
precision as autocast is, and little more: of the gradients of the first step each tensor at most
TENSOR times, and their mean MEAN times; and the losses of all steps LOSSES times.  Rounding
toward zero, or twice, would be farther.

    make interop && python3 tests/interop/rounded.py [PROGRAM]

Prints TAP, as gradients.py, which has models and batches."""

import numpy as np
import torch

from gradients import PROGRAM, ROWS, loss_of, make_model, run, sequences_of, tensors_of, train
from tap import done, ok

NAMES = ("erf", "tanh", "order", "megatron-bert", "spans", "tag")
TENSOR, MEAN, LOSSES = 2, 1.25, 2


def in_single(logits, *words, **options):
    """On CPUs autocast leaves losses in bf16, which has but 8 bits; elsewhere in single precision."""
    return cross_entropy(logits.to(torch.promote_types(logits.dtype, torch.float32)), *words, **options)


cross_entropy = torch.nn.functional.cross_entropy
torch.nn.functional.cross_entropy = in_single


def rounded_loss(model, sequences):
    """In a context of its own, as autocast keeps what it rounded until it ends."""
    with torch.autocast("cpu", torch.bfloat16):
        return loss_of(model, sequences)


def gradients(model, sequences, loss=loss_of):
    loss(model, sequences).backward()
    return {n: p.grad.double().numpy().ravel() for n, p in tensors_of(model).items()}


def distances(grads, truth):
    """Of each tensor, by its norm.  A key bias has no gradient but by rounding: by the query's."""
    return {n: np.linalg.norm(grads[n] - truth[n])
            / np.linalg.norm(truth[n.replace("self.key.bias", "self.query.bias")]) for n in truth}


def check_gradients(name, ours, theirs):
    worst = max(ours, key=lambda n: ours[n] / theirs[n])
    ok(ours[worst] <= TENSOR * theirs[worst],
       f"{name}: of {len(ours)} tensors {worst} is farthest, {ours[worst]:.2e}, autocast's {theirs[worst]:.2e}")
    means = [float(np.mean(list(d.values()))) for d in (ours, theirs)]
    ok(means[0] <= MEAN * means[1], f"{name}: on average {means[0]:.2e}, autocast's {means[1]:.2e}")


def root_mean_square(x):
    return float(np.sqrt(np.mean(np.square(x))))


def check(row, seed):
    name, batch, steps = row[0], *row[8:10]
    sequences, model = sequences_of(row, seed), make_model(row, seed)
    table, grads, losses, _ = run(PROGRAM, row, model, sequences, how="rounded")
    first = sequences[:batch]
    truth = gradients(make_model(row, seed).double(), first)
    theirs = distances(gradients(make_model(row, seed), first, rounded_loss), truth)
    ours = distances({n: grads[o : o + c] for n, (o, c) in table.items()}, truth)
    check_gradients(name, ours, theirs)

    exact = np.array(train(make_model(row, seed), sequences, batch, steps))
    rounded = np.array(train(model, sequences, batch, steps, rounded_loss))
    far = [root_mean_square(x / exact - 1) for x in (losses, rounded)]
    ok(far[0] <= LOSSES * far[1],
       f"{name}: losses of {steps} steps differ from fp32's by {far[0]:.2e}, autocast's by {far[1]:.2e}")


if __name__ == "__main__":
    for seed, row in enumerate(ROWS):
        if row[0] in NAMES:
            check(row, seed)
    done()
