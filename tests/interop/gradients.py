# SPDX-License-Identifier: Apache-2.0
"""Logic: transformers' models on PyTorch, with each kind of head (those of span boundaries and of
marked words are written here, as they have none), given our weights and our
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
    BertConfig, BertForMaskedLM, BertForMultipleChoice, BertForPreTraining,
    BertForQuestionAnswering, BertForSequenceClassification, BertForTokenClassification,
    BertModel,
    ElectraConfig, ElectraForMaskedLM, ElectraForMultipleChoice, ElectraForPreTraining,
    ElectraForSequenceClassification, MegatronBertConfig, MegatronBertForMaskedLM,
    MegatronBertForPreTraining,
)
from transformers.activations import ACT2FN

from tap import done, ok

# name, L, H, A, F, V, P, gelu, sequences a step, steps, objectives, labels, kind (core/kinds.def),
# E if it is not H, whether a generator has the same embeddings
ROWS = [
    ("erf", 2, 128, 2, 512, 3000, 128, 0, 16, 20, "mlm,nsp", 0, 0),
    ("tanh", 3, 96, 4, 384, 1001, 64, 1, 24, 20, "mlm,nsp", 0, 0),
    ("order", 2, 128, 2, 512, 500, 64, 0, 16, 20, "mlm,sop", 0, 0),
    ("megatron-bert", 2, 128, 2, 512, 3000, 128, 0, 16, 20, "mlm,nsp", 0, 1),
    ("megatron-bert, deep", 5, 96, 4, 384, 1001, 64, 1, 24, 20, "mlm,nsp", 0, 1),
    ("spans", 2, 128, 2, 512, 3000, 128, 0, 16, 20, "mlm,sbo", 0, 0),
    ("spans, tanh", 3, 96, 4, 384, 1001, 64, 1, 24, 20, "mlm,sbo", 0, 0),
    ("spans, megatron-bert", 2, 128, 2, 512, 500, 64, 0, 16, 20, "mlm,sbo", 0, 1),
    ("classify", 2, 128, 2, 512, 500, 64, 0, 16, 20, "classify", 3, 0),
    ("regress", 2, 96, 4, 384, 500, 64, 0, 16, 20, "regress", 1, 0),
    ("tag", 2, 128, 2, 512, 500, 64, 0, 16, 20, "tag", 17, 0),
    ("answer", 2, 96, 4, 384, 500, 64, 0, 16, 20, "answer", 2, 0),
    ("choose", 2, 96, 4, 384, 500, 64, 0, 8, 20, "choose", 1, 0),
    ("multilabel", 2, 128, 2, 512, 500, 64, 0, 16, 20, "multilabel", 7, 0),
    ("electra", 2, 128, 2, 512, 3000, 128, 0, 16, 20, "mlm", 0, 2, 48),
    ("electra, wide", 3, 96, 4, 384, 1001, 64, 0, 24, 20, "mlm", 0, 2, 128),
    ("electra, of one width", 2, 96, 4, 384, 500, 64, 0, 16, 20, "mlm", 0, 2),
    ("rtd", 2, 128, 2, 512, 500, 64, 0, 16, 20, "mlm,rtd", 0, 2, 48),
    ("rtd, of one width", 2, 128, 4, 384, 3000, 128, 0, 16, 20, "mlm,rtd", 0, 2),
    ("rtd, untied", 2, 128, 2, 512, 500, 64, 0, 16, 20, "mlm,rtd", 0, 2, 48, False),
    ("classify, electra", 2, 128, 2, 512, 500, 64, 0, 16, 20, "classify", 3, 2, 48),
    ("regress, electra", 2, 96, 4, 384, 500, 64, 1, 16, 20, "regress", 1, 2),
    ("multilabel, electra", 2, 96, 4, 384, 500, 64, 0, 16, 20, "multilabel", 7, 2, 48),
    ("marked", 2, 128, 2, 512, 500, 64, 0, 16, 20, "marked", 2, 0),
    ("choose, electra", 2, 96, 4, 384, 500, 64, 0, 8, 20, "choose", 1, 2, 48),
]


class Marked(torch.nn.Module):
    """Logits of the pooled [CLS] and the states of two words."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.bert = BertModel(config)
        self.word_classifier = torch.nn.Linear(3 * config.hidden_size, config.num_labels)

    def loss(self, inputs, sequences):
        out = self.bert(**inputs)
        words = [torch.tensor([s["masked"][k] for s in sequences]) for k in (1, 2)]
        each = torch.arange(len(sequences))
        states = [out.last_hidden_state[each, w] for w in words]
        logits = self.word_classifier(torch.cat([out.pooler_output, *states], -1))
        labels = torch.tensor([s["labels"][0] for s in sequences])
        return torch.nn.functional.cross_entropy(logits, labels)


TEXTS = (BertForSequenceClassification, None, ElectraForSequenceClassification)
CHOICES = (BertForMultipleChoice, None, ElectraForMultipleChoice)
# Classes by what is trained, of BERT and, if they are there, of Megatron and ELECTRA.
CLASSES = {
    "pairs": (BertForPreTraining, MegatronBertForPreTraining),
    "masked": (BertForMaskedLM, MegatronBertForMaskedLM, ElectraForMaskedLM),
    "classify": TEXTS, "regress": TEXTS, "multilabel": TEXTS,
    "tag": (BertForTokenClassification,),
    "marked": (Marked,), "choose": CHOICES, "answer": (BertForQuestionAnswering,),
}
CONFIGS = (BertConfig, MegatronBertConfig, ElectraConfig)
# How ELECTRA's tensors are called here, by the beginnings of their names.
ELECTRA = {"electra.": "bert.", "generator_predictions.": "cls.predictions.transform.",
           "generator_lm_head.bias": "cls.predictions.bias",
           "classifier.dense.": "bert.pooler.dense.", "classifier.out_proj.": "classifier.",
           "sequence_summary.summary.": "bert.pooler.dense."}
DISCRIMINATOR = {"electra.": "bert."}  # other names are the same
RTD_WEIGHT = 50
SEGMENTS, WARMUP, RATE, LIMIT = 2, 4, 1e-3, 1e-5


class Subject(torch.nn.Module):
    """What has a loss of its own, and names for its parameters."""


class Pair(Subject):
    """ELECTRA: a generator of one layer and half the width, and its discriminator."""

    def __init__(self, config, tied):
        super().__init__()
        half = ElectraConfig(**{**config.to_dict(), "num_hidden_layers": 1,
                                "hidden_size": config.hidden_size // 2,
                                "num_attention_heads": max(1, config.hidden_size // 128),
                                "attn_implementation": "eager",
                                "intermediate_size": 2 * config.hidden_size})
        self.discriminator = ElectraForPreTraining(config)
        self.generator = ElectraForMaskedLM(half)
        self.config = config
        if tied:
            self.generator.electra.embeddings = self.discriminator.electra.embeddings
            self.generator.generator_lm_head.weight = self.words()
        else:
            self.generator.tie_weights()

    def words(self):
        return self.discriminator.electra.embeddings.word_embeddings.weight

    def tensors(self):
        """What the two share, the first has."""
        first = tensors_of(self.discriminator, DISCRIMINATOR)
        shared = {id(p) for p in first.values()}
        second = tensors_of(self.generator)
        return first | {"generator." + n: p for n, p in second.items() if id(p) not in shared}

    def loss(self, inputs, labels, sequences):
        logits = self.generator(**inputs).logits
        mlm = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        replaced = inputs["input_ids"].clone()
        fake = torch.zeros_like(replaced)
        for b, s in enumerate(sequences):
            replaced[b, s["masked"]] = torch.tensor(s["drawn"], dtype=torch.long)
            fake[b, s["masked"]] = (replaced[b, s["masked"]] != labels[b, s["masked"]]).long()
        z = self.discriminator(**{**inputs, "input_ids": replaced}).logits
        bce = torch.nn.functional.binary_cross_entropy_with_logits(
            z, fake.to(z.dtype), reduction="none")
        there = inputs["attention_mask"].bool()
        return mlm + RTD_WEIGHT * bce[there].mean()


class Transform(torch.nn.Module):
    def __init__(self, config, width):
        super().__init__()
        self.dense = torch.nn.Linear(width, config.hidden_size)
        self.LayerNorm = torch.nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.gelu = ACT2FN[config.hidden_act]

    def forward(self, x):
        return self.LayerNorm(self.gelu(self.dense(x)))


class Boundaries(torch.nn.Module):
    """SpanBERT's objective: logits of masked rows by the states beside their spans."""

    PLACES = 20

    def __init__(self, config):
        super().__init__()
        H = config.hidden_size
        self.position_embeddings = torch.nn.Embedding(self.PLACES, H)
        self.transform = torch.nn.ModuleList([Transform(config, 3 * H), Transform(config, H)])
        self.bias = torch.nn.Parameter(torch.zeros(config.vocab_size))

    def forward(self, states, borders, words):
        before, after, place = (torch.tensor(column) for column in zip(*borders))
        x = torch.cat([states[before], states[after], self.position_embeddings(place)], -1)
        for layer in self.transform:
            x = layer(x)
        return x @ words.T + self.bias


def borders_of(masked, n):
    """Of each masked row the rows beside its run and its place in it."""
    for i in masked:
        first = last = i
        while first - 1 in masked:
            first -= 1
        while last + 1 in masked:
            last += 1
        yield max(first - 1, 0), min(last + 1, n - 1), min(i - first, Boundaries.PLACES - 1)


def read_words(program):
    """Objectives by name: what their losses are of, and whether they are of text."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, folder, "words"], check=True)
        lines = (Path(folder) / "words.txt").read_text().split("\n")[:-1]
    return {name: (of, text == "1") for name, of, text in (line.split() for line in lines)}


def kind_of(objectives):
    """Which of CLASSES: a task's own, or whether pairs are asked for."""
    names = objectives.split(",")
    if not WORDS[names[0]][1]:
        return names[0]
    return "pairs" if any(WORDS[name][0] == "pairs" for name in names) else "masked"


def make_label(rng, kind, V, C):
    """An id, a class, or a score in thousandths."""
    return rng.randrange({"pairs": V, "masked": V, "regress": 5001}.get(kind, C))


def choose_masked(rng, n, kind, spans):
    if kind in ("classify", "regress"):
        return [0]
    if not spans:
        return sorted(rng.sample(range(1, n), max(1, n * 15 // 100)))
    masked = set()
    while len(masked) < max(1, n * 30 // 100):
        first = rng.randrange(n)
        masked.update(range(first, min(n, first + rng.randint(1, 25))))
    return sorted(masked)


def make_sequences(rng, count, V, P, objectives, C):
    kind = kind_of(objectives)
    for _ in range(count):
        n = rng.randint(8, P)
        masked = choose_masked(rng, n, kind, "sbo" in objectives)
        labels = [make_label(rng, kind, V, C) for _ in masked]
        if kind == "multilabel":  # any of them, all at the first row
            labels = [c for c in range(C) if rng.random() < 0.4]
            masked = [0] * len(labels)
        cuts = []
        if objectives == "choose":  # spans of two tokens at least; the right one's first row
            cuts = sorted(rng.sample(range(2, n - 1, 2), rng.randint(0, 2)))
            masked, labels = [rng.choice([0] + cuts)], [0]
        if objectives == "marked":  # the first, and two words
            masked = [0, *sorted(rng.sample(range(1, n), 2))]
            labels = [rng.randrange(C)] * 3
        if objectives == "answer":  # where it begins and ends
            masked, labels = sorted(rng.choices(range(n), k=2)), [0, 0]
        yield {
            "cuts": cuts,
            "ids": [rng.randrange(V) for _ in range(n)],
            "split": rng.randint(2, n),
            "next": rng.choice([-1, 0, 1]),
            "masked": masked,
            "labels": labels,
        }


def write_batch(path, sequences):
    numbers = []
    for s in sequences:
        numbers += [len(s["ids"]), s["split"], s["next"], len(s["masked"]), len(s["cuts"])]
        numbers += s["ids"] + s["masked"] + s["labels"] + s["cuts"]
    np.array(numbers, np.int32).tofile(path)


def loss_of_choices(model, sequences):
    """The mean over sequences, each with its spans as candidates.  None is padded."""
    losses = []
    for s in sequences:
        begins, ends = [0] + s["cuts"], s["cuts"] + [len(s["ids"])]
        longest = max(e - b for b, e in zip(begins, ends))
        ids, segments, there = (torch.zeros(1, len(begins), longest, dtype=torch.long)
                                for _ in range(3))
        for k, (b, e) in enumerate(zip(begins, ends)):
            ids[0, k, : e - b] = torch.tensor(s["ids"][b:e])
            segments[0, k, max(s["split"] - b, 0) : e - b] = 1
            there[0, k, : e - b] = 1
        right = torch.tensor([begins.index(s["masked"][0])])
        losses.append(model(input_ids=ids, token_type_ids=segments, attention_mask=there,
                            labels=right).loss)
    return torch.stack(losses).mean()


def loss_of_answers(model, sequences):
    """The mean over sequences, one by one: padding would be among the rows to choose from."""
    losses = []
    for s in sequences:
        segments = [int(t >= s["split"]) for t in range(len(s["ids"]))]
        begin, end = (torch.tensor([row]) for row in s["masked"])
        losses.append(model(input_ids=torch.tensor([s["ids"]]),
                            token_type_ids=torch.tensor([segments]),
                            start_positions=begin, end_positions=end).loss)
    return torch.stack(losses).mean()


def loss_of(model, sequences):
    if isinstance(model, BertForQuestionAnswering):
        return loss_of_answers(model, sequences)
    if isinstance(model, CHOICES[::2]):
        return loss_of_choices(model, sequences)
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
    if isinstance(model, Subject):
        return model.loss(inputs, labels, sequences)
    if isinstance(model, Marked):
        return model.loss(inputs, sequences)
    if isinstance(model, BertForTokenClassification):
        return model(**inputs, labels=labels).loss
    if model.config.problem_type == "multi_label_classification":
        sets = torch.zeros(B, model.config.num_labels, dtype=model.dtype)
        for b, s in enumerate(sequences):
            sets[b, s["labels"]] = 1
        return model(**inputs, labels=sets).loss
    if isinstance(model, TEXTS[::2]):
        label = labels[:, 0]
        regress = model.config.num_labels == 1
        return model(**inputs, labels=label.to(model.dtype) / 1000 if regress else label).loss
    out = model(**inputs, output_hidden_states=True)
    ce = torch.nn.functional.cross_entropy
    if isinstance(model, CLASSES["pairs"]):
        nsp = torch.tensor([s["next"] for s in sequences])
        mlm = ce(out.prediction_logits.flatten(0, 1), labels.flatten())
        return mlm + ce(out.seq_relationship_logits, nsp, ignore_index=-1)
    mlm = ce(out.logits.flatten(0, 1), labels.flatten())
    if isinstance(model, ElectraForMaskedLM):
        return mlm
    return mlm + boundary_loss(model, out, sequences)


def boundary_loss(model, out, sequences):
    states, words = out.hidden_states[-1], model.get_input_embeddings().weight
    logits = [
        model.cls.sbo(states[b], list(borders_of(s["masked"], len(s["ids"]))), words)
        for b, s in enumerate(sequences)
    ]
    labels = torch.tensor([label for s in sequences for label in s["labels"]])
    return torch.nn.functional.cross_entropy(torch.cat(logits), labels)


def make_config(row):
    _, L, H, A, F, V, P, gelu, _, _, objectives, C, kind, *E = row
    return CONFIGS[kind](
        vocab_size=V, hidden_size=H, num_hidden_layers=L, num_attention_heads=A,
        intermediate_size=F, max_position_embeddings=P, type_vocab_size=SEGMENTS,
        hidden_act="gelu_pytorch_tanh" if gelu else "gelu", hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, summary_last_dropout=0.0, layer_norm_eps=1e-12, pad_token_id=None,
        attn_implementation="eager", num_labels=C or 2,
        problem_type="multi_label_classification" if objectives == "multilabel" else None,
        embedding_size=E[0] if E else H,  # of ELECTRA alone
    )


def stir(model):
    """Biases and LayerNorm too, so that no gradient is special."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            p += torch.randn_like(p) * 0.05
    return model


def make_model(row, seed):
    objectives, _, kind, *E = row[10:]
    torch.manual_seed(seed)
    config = make_config(row)
    if "rtd" in objectives:
        model = Pair(config, E[1] if len(E) > 1 else True)
    else:
        model = CLASSES[kind_of(objectives)][kind](config)
    if "sbo" in objectives:
        model.cls.sbo = Boundaries(model.config)
    return stir(model)


def tensors_of(model, names=ELECTRA):
    """Its parameters, by our names."""
    if isinstance(model, Subject):
        return model.tensors()

    def ours(name):
        for theirs, mine in names.items():
            if name.startswith(theirs):
                return mine + name[len(theirs):]
        return name
    return {ours(name): p for name, p in model.named_parameters()}


def train(model, sequences, batch, steps, loss_of=loss_of):
    tensors = tensors_of(model)
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
    too, so what is left of it by rounding is measured by the norm of the query bias's; as is
    that of the bias that all choices share by its weight's."""
    far = {}
    for n in names:
        mine = ours[table[n][0] : sum(table[n])].astype(np.float64)
        truth = theirs[n].astype(np.float64).ravel()
        measure = n.replace("self.key.bias", "self.query.bias")
        if what.startswith(("choose", "answer")):
            last = [m for m in names if m.endswith("output.LayerNorm.bias")][-1]
            if what.startswith("answer") and n == last:  # nor by a shift of all rows
                measure = n.replace(".bias", ".weight")
            for head in ("classifier", "qa_outputs"):
                measure = measure.replace(f"{head}.bias", f"{head}.weight")
        norm = np.linalg.norm(theirs[measure])
        far[n] = np.linalg.norm(mine - truth) / norm
    worst = max(far, key=far.get)
    ok(far[worst] <= LIMIT, f"{what}: worst of {len(far)} is {worst}, {far[worst]:.2e}")


def sequences_of(row, seed):
    V, P, _, batch, steps, objectives, C = row[5:12]
    return list(make_sequences(random.Random(seed), batch * steps, V, P, objectives, C))


def run(program, row, model, sequences, teacher=None, how="run"):
    """Ours, from the weights of a model: where tensors are, the gradients of the first step, the
    losses of all, and what a generator drew."""
    name, L, H, A, F, V, P, gelu, batch, steps, objectives, C, kind, *E = row
    tensors = tensors_of(model)
    with tempfile.TemporaryDirectory() as folder:
        shape = [L, H, A, F, V, P, SEGMENTS, C, gelu, batch, steps, WARMUP, kind,
                 E[0] if E else H, E[1] if len(E) > 1 else True,
                 *(teacher.sizes if teacher else (0, 0))]
        folder = Path(folder)
        np.array(shape, np.int64).tofile(folder / "shape.i64")
        (folder / "objectives.txt").write_text(objectives)
        subprocess.run([program, folder, "table"], check=True)
        lines = (folder / "table.txt").read_text().split("\n")[:-1]
        table = {n: (int(o), int(c)) for n, o, c in (line.split() for line in lines)}
        if objectives == "answer":  # transformers' name for the same head
            table = {n.replace("classifier.", "qa_outputs."): at for n, at in table.items()}
        assert set(table) == set(tensors), set(table) ^ set(tensors)
        flat = [tensors[n].detach().numpy().ravel() for n in table]
        np.concatenate(flat).tofile(folder / "weights.f32")
        write_batch(folder / "batch.i32", sequences)
        if teacher:
            teacher.teach(sequences, folder)
        subprocess.run([program, folder, how], check=True)
        return (table, np.fromfile(folder / "grads.f32", np.float32),
                np.fromfile(folder / "losses.f64", np.float64),
                np.fromfile(folder / "drawn.i32", np.int32).tolist())


def check(program, row, seed, make=make_model, teacher=None):
    """`teacher`: says something of each sequence, and writes it to the folder."""
    name, batch, steps = row[0], *row[8:10]
    sequences, model = sequences_of(row, seed), make(row, seed)
    table, grads, losses, drawn = run(program, row, model, sequences, teacher)
    for s in sequences if drawn else []:
        s["drawn"] = [drawn.pop(0) for _ in s["masked"]]

    for precision in (torch.float64, torch.float32):
        twin = make(row, seed).to(precision)
        loss_of(twin, sequences[:batch]).backward()
        theirs = {n: p.grad.numpy() for n, p in tensors_of(twin).items()}
        compare(f"{name}, gradients in {precision}", grads, theirs, list(table), table)
    theirs = np.array(train(model, sequences, batch, steps))
    far = np.max(np.abs(losses - theirs) / theirs)
    ok(far <= LIMIT, f"{name}, losses of {steps} steps: worst {far:.2e}")


PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "build/tests/interop/gradients"
WORDS = read_words(PROGRAM)

if __name__ == "__main__":
    for seed, row in enumerate(ROWS):
        check(PROGRAM, row, seed)
    done()
