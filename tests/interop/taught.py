# SPDX-License-Identifier: Apache-2.0
"""Logic: what is learnt of a teacher, written here in PyTorch on transformers' BERT: codes by their
divergence, with rows that have none; logits at a temperature, the largest or all of them; states by their
cosine; relations of queries, keys and values.  Given our weights, our batches and what the teacher said,
it must find our gradients (every tensor, the norm of the difference at most 1e-5 of the norm) and, trained
by torch's AdamW with clipping, warm-up and decay, our losses of every step (1e-5): gradients.py does both.

    make interop && python3 tests/interop/taught.py [PROGRAM]

Prints TAP.  Needs torch and transformers, so `make check` leaves it to `make check-interop`."""

import numpy as np
import torch
from transformers import BertForMaskedLM, MegatronBertForMaskedLM

from gradients import PROGRAM, Subject, check, make_config, stir, tensors_of
from tap import done

# As in gradients.py.  What follows: atoms, relation heads, logits of a row that count (0: all).
ROWS = [
    (("codes", 2, 128, 2, 512, 500, 64, 0, 16, 20, "mlm,latent", 0, 0), (300, 0, 0)),
    (("codes alone", 3, 96, 4, 384, 500, 64, 1, 24, 20, "latent", 0, 0), (1000, 0, 0)),
    (("logits, all", 2, 128, 2, 512, 500, 64, 0, 16, 20, "mlm,soft", 0, 0), (0, 0, 0)),
    (("logits, some", 2, 96, 4, 384, 3000, 64, 1, 16, 20, "mlm,soft", 0, 0), (0, 0, 30)),
    (("states", 2, 128, 2, 512, 500, 64, 0, 16, 20, "mlm,cosine", 0, 0), (0, 0, 0)),
    (("relations", 2, 128, 2, 512, 500, 64, 0, 16, 20, "mlm,relation", 0, 0), (0, 8, 0)),
    (("relations, megatron-bert", 2, 96, 4, 384, 500, 64, 0, 16, 20, "mlm,relation", 0, 1), (0, 4, 0)),
    (("all of them", 2, 96, 4, 384, 500, 64, 0, 16, 20, "mlm,soft,relation,latent,cosine", 0, 0), (50, 6, 9)),
]
TEMPERATURE = 2
WIDTH = 144  # of the teacher's queries, keys and values


class Student(Subject):
    def __init__(self, row, K, heads):
        super().__init__()
        self.names, self.heads, self.attended = row[10].split(","), heads, {}
        self.model = (BertForMaskedLM, MegatronBertForMaskedLM)[row[12]](make_config(row))
        if "latent" in self.names:
            self.model.cls.latent = torch.nn.Linear(self.model.config.hidden_size, K)
        last = self.model.bert.encoder.layer[-1].attention.self
        for part in ("query", "key", "value"):
            getattr(last, part).register_forward_hook(
                lambda module, given, out, part=part: self.attended.__setitem__(part, out))
        self.config = self.model.config

    def tensors(self):
        tensors = tensors_of(self.model)
        if not {"mlm", "soft"} & set(self.names):
            del tensors["cls.predictions.bias"]  # of the words, which nothing is asked about
        return tensors

    def loss(self, inputs, labels, sequences):
        out = self.model(**inputs, output_hidden_states=True)
        rows = [(b, m) for b, s in enumerate(sequences) for m in s["masked"]]
        b, m = (torch.tensor(column) for column in zip(*rows))
        said = {key: [row for s in sequences for row in s[key]] for key in ("codes", "logits", "states")}
        at = out.hidden_states[-1][b, m]
        terms = {
            "mlm": lambda: torch.nn.functional.cross_entropy(out.logits[b, m], labels[b, m]),
            "latent": lambda: self.latent(at, said["codes"]),
            "soft": lambda: soft(out.logits[b, m], said["logits"]),
            "cosine": lambda: 1 - torch.nn.functional.cosine_similarity(
                at, torch.tensor(np.array(said["states"]), dtype=at.dtype)).mean(),
            "relation": lambda: self.relation(sequences),
        }
        return sum(terms[name]() for name in self.names)

    def latent(self, at, codes):
        """The mean over all rows, those without a code too."""
        log_p = self.model.cls.latent(self.model.cls.predictions.transform(at)).log_softmax(-1)
        return sum(divergence(torch.tensor(q, dtype=at.dtype), log_p[i, atoms])
                   for i, (atoms, q) in enumerate(codes)) / len(codes)

    def relation(self, sequences):
        """The mean over rows, kinds and heads."""
        total, rows = 0, sum(len(s["ids"]) for s in sequences)
        for kind, part in enumerate(("query", "key", "value")):
            for b, s in enumerate(sequences):
                own = self.attended[part][b, : len(s["ids"])]
                theirs = torch.tensor(s["attention"][:, kind * WIDTH : (kind + 1) * WIDTH], dtype=own.dtype)
                p, q = (relations(x, self.heads) for x in (own, theirs))
                total = total + divergence(q.exp(), p)
        return total / (3 * self.heads * rows)


def divergence(q, log_p):
    """Of all that is given together."""
    return (torch.special.xlogy(q, q) - q * log_p).sum()


def soft(logits, said):
    """Times the temperature squared; of all classes the student's, of some the teacher's."""
    log_p = (logits / TEMPERATURE).log_softmax(-1)
    total = 0
    for i, (which, values) in enumerate(said):
        q = (torch.tensor(values, dtype=logits.dtype) / TEMPERATURE).softmax(-1)
        total = total + divergence(q, log_p[i, which])
    return TEMPERATURE**2 * total / len(said)


def relations(x, heads):
    """Of (n, width): logarithms of softmax(X X' / sqrt(d)) by heads."""
    parts = x.unflatten(-1, (heads, -1)).transpose(0, 1)
    return (parts @ parts.transpose(1, 2) / parts.shape[-1] ** 0.5).log_softmax(-1)


class Teacher:
    """What it says is made up; it is of single precision, as ours is."""

    def __init__(self, row, K, heads, top, seed):
        self.sizes, self.top = (K, heads), top
        self.H, self.V, self.names = row[2], row[5], row[10].split(",")
        self.rng = np.random.default_rng(seed)

    def normal(self, *shape):
        return self.rng.standard_normal(shape).astype(np.float32)

    def code(self):
        """Some atoms; of one row in eight none."""
        n = 0 if self.rng.random() < 0.125 else self.rng.integers(1, 12)
        atoms = np.sort(self.rng.choice(max(self.sizes[0], 12), n, replace=False))
        shares = self.rng.random(n) + 0.05
        return atoms, (shares / max(shares.sum(), 1e-9)).astype(np.float32)

    def words(self):
        which = np.arange(self.V)
        if self.top:
            which = np.sort(self.rng.choice(self.V, self.top, replace=False))
        return which, 3 * self.normal(len(which))

    def teach(self, sequences, folder):
        for s in sequences:
            s["codes"] = [self.code() for _ in s["masked"]]
            s["logits"] = [self.words() for _ in s["masked"]]
            s["states"] = self.normal(len(s["masked"]), self.H)
            s["attention"] = self.normal(len(s["ids"]), 3 * WIDTH)
        if "cosine" in self.names:
            np.concatenate([s["states"] for s in sequences]).tofile(folder / "states.f32")
        if "relation" in self.names:
            np.concatenate([s["attention"] for s in sequences]).tofile(folder / "attention.f32")
        if "latent" in self.names:
            write_sparse(folder, "codes", [row for s in sequences for row in s["codes"]], True)
        if "soft" in self.names:
            write_sparse(folder, "logits", [row for s in sequences for row in s["logits"]], self.top)


def write_sparse(folder, name, rows, some):
    starts = np.cumsum([0] + [len(which) for which, _ in rows])
    starts.astype(np.int64).tofile(folder / f"{name}.i64")
    np.concatenate([values for _, values in rows]).astype(np.float32).tofile(folder / f"{name}.f32")
    if some:
        np.concatenate([which for which, _ in rows]).astype(np.int32).tofile(folder / f"{name}.i32")


if __name__ == "__main__":
    for seed, (row, (K, heads, top)) in enumerate(ROWS):
        def make(row, seed, K=K, heads=heads):
            torch.manual_seed(seed)
            return stir(Student(row, K, heads))
        check(PROGRAM, row, seed, make, Teacher(row, K, heads, top, seed))
    done()
