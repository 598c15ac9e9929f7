#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logic: what `mpibert export` writes must load in transformers without a missing, unexpected
or mismatched tensor, give the logits that we compute and the ids of our tokenizer, and come
back through `mpibert import` to the same bytes; what transformers saves must be imported with
the values that it has there, or refused for the reason that is there.

    BUILD=build python3 tests/interop/convert.py CHECKPOINT [MPIBERT]

Needs torch, transformers, tokenizers, safetensors and $BUILD/tests/interop/logits.  Text is
that of MPIBERT_TEST_DATA if set, else of this project.  Prints TAP; exits 1 on a failure.
"""
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import numpy as np
import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from huggingface_hub import ModelCard
from transformers import (AutoModel, AutoTokenizer, BertConfig, BertForMaskedLM,
                          BertForPreTraining, BertModel, ElectraConfig,
                          ElectraForMaskedLM, ElectraForPreTraining, ElectraModel,
                          MegatronBertConfig,
                          MegatronBertForMaskedLM, MegatronBertForPreTraining,
                          MegatronBertModel)
from transformers.utils import logging

from tap import done, ok

logging.disable_progress_bar()

CHECKPOINT = sys.argv[1]
PROGRAM = sys.argv[2] if len(sys.argv) > 2 else "build/mpibert"
LOGITS = Path(os.environ.get("BUILD", "build")) / "tests/interop/logits"
DATA = os.environ.get("MPIBERT_TEST_DATA")
CLASSES = {"pretraining": BertForPreTraining, "mlm": BertForMaskedLM, "encoder": BertModel}
# Of other kinds of model: the classes for each layout that there is.
KINDS = {
    "megatron-bert": (MegatronBertConfig, {"pretraining": MegatronBertForPreTraining,
                                           "mlm": MegatronBertForMaskedLM,
                                           "encoder": MegatronBertModel}),
    "electra": (ElectraConfig, {"mlm": ElectraForMaskedLM, "encoder": ElectraModel}),
    # two models: the second layout is the generator's, the others the discriminator's
    "rtd": (ElectraConfig, {"pretraining": ElectraForPreTraining, "mlm": ElectraForMaskedLM,
                            "encoder": ElectraModel}),
}
FILES = ["model.safetensors", "config.json", "vocab.txt", "tokenizer.json",
         "tokenizer_config.json", "special_tokens_map.json"]
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LINES = 2000
TOLERANCE = 1e-4


def mpibert(*args, **options):
    return subprocess.run([PROGRAM, *map(str, args)], capture_output=True, **options)


def shorten(message):
    """A program's message on one line."""
    return " ".join(message.decode().split())[:250]


def export(source, folder, layout):
    run = mpibert("export", source, folder, "--layout", layout)
    ok(run.returncode == 0, f"export --layout {layout} {shorten(run.stderr)}")


def load(folder, layout, classes=CLASSES, **options):
    model, info = classes[layout].from_pretrained(folder, output_loading_info=True, **options)
    wrong = {k: v for k, v in info.items() if k.endswith("_keys") and v}
    ok(not wrong, f"{layout}: every tensor is there, no other is {wrong or ''}")
    return model.eval()


def sequences(vocab_size, positions, count=6):
    """(where segment 1 begins, ids): random, of several lengths, the longest included."""
    rng = random.Random(7)
    lengths = [min(positions, n) for n in (1, 2, 17, 64, 128)][: count - 1] + [positions]
    return [(rng.randint(1, n), [rng.randrange(vocab_size) for _ in range(n)]) for n in lengths]


def ours(folder, config, columns, work):
    """Hidden states, logits and NSP's logits of each sequence, from the C program."""
    batch = sequences(config.vocab_size, config.max_position_embeddings)
    ids, out = work / "ids.txt", work / "logits.f32"
    ids.write_text("".join(f"{split} {' '.join(map(str, row))}\n" for split, row in batch))
    subprocess.run([LOGITS, folder, ids, out], check=True)
    numbers, at = np.fromfile(out, np.float32), 0
    for split, row in batch:
        n, parts = len(row), []
        for shape in ((n, config.hidden_size), (n, columns), (2,)):
            size = int(np.prod(shape))
            parts.append(torch.from_numpy(numbers[at:at + size].reshape(shape)))
            at += size
        yield split, row, parts
    assert at == len(numbers), "as many numbers as announced"


def answers(model, split, row):
    """The same from transformers; what the class does not compute is absent."""
    ids = torch.tensor([row])
    segments = (torch.arange(len(row)) >= split).long()[None]
    with torch.no_grad():
        out = model(input_ids=ids, token_type_ids=segments, output_hidden_states=True)
    logits = out.get("prediction_logits", out.get("logits"))
    nsp = out.get("seq_relationship_logits")
    return [out["hidden_states"][-1][0],
            None if logits is None else logits[0].reshape(len(row), -1),
            None if nsp is None else nsp[0]]


def compare_numbers(model, folder, work, what):
    worst = [0.0, 0.0, 0.0]
    detects = isinstance(model, ElectraForPreTraining)
    columns = 1 if detects else model.config.vocab_size
    for split, row, mine in ours(folder, model.config, columns, work):
        for k, (a, b) in enumerate(zip(mine, answers(model, split, row))):
            if b is not None:
                worst[k] = max(worst[k], (a - b).abs().max().item())
    ok(max(worst) < TOLERANCE, f"{what}: hidden states, logits and NSP differ by "
                               f"{worst[0]:.1e}, {worst[1]:.1e}, {worst[2]:.1e} at most")


def text_lines():
    """Lines without names of special tokens, which transformers would take for the tokens."""
    path = Path(DATA) / "heldout/wikitext-2.valid.txt" if DATA else Path("LICENSE")
    lines = [line.strip() for line in path.read_text("utf-8").split("\n")]
    lines = [line for line in lines if line and not any(s in line for s in SPECIALS)]
    hard = ["naïve café", "İstanbul a≠b", "株式会社アリババ", "한국어", "e\u0301 ẞ Straße",
            "foo\u200bbar\u00adbaz", "a\u2028b\u0085c", "x" * 101 + " " + "y" * 100,
            "IĞDIR I\u0307zmir ISPARTA İİ I", "$1,000.50",
            "##ing # ##", "\ue000p\ufffdq", "😀🤔 Ⅷ ſs ǅ", "ΌΣΟΣ ΣΑΣ"]
    while len(lines) < LINES:
        lines += lines
    return hard + lines[: LINES - len(hard)]


def check_tokenizer(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    lines = text_lines()
    theirs = [tokenizer(line, add_special_tokens=False)["input_ids"] for line in lines]
    lower = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))["do_lower_case"]
    flags = [] if lower else ["--cased"]
    run = mpibert("tokenize", "--vocab", folder / "vocab.txt", *flags,
                  input="".join(line + "\n" for line in lines).encode(), check=True)
    mine = [[int(i) for i in row.split()] for row in run.stdout.decode().split("\n")[:-1]]
    different = sum(a != b for a, b in zip(mine, theirs))
    ok(len(mine) == len(theirs) and different == 0,
       f"AutoTokenizer: {different} of {len(lines)} lines differ")
    cls, sep = tokenizer.cls_token_id, tokenizer.sep_token_id
    both = tokenizer("a", "b")
    ok(both["input_ids"][0] == cls and both["input_ids"][-1] == sep and
       both["token_type_ids"][-1] == 1, "AutoTokenizer puts [CLS] and [SEP] around pairs")
    vocab = (folder / "vocab.txt").read_bytes().decode().split("\n")[:-1]
    ok([vocab.index(s) for s in SPECIALS] == tokenizer.convert_tokens_to_ids(SPECIALS),
       "special tokens have the ids of their lines")
    text = (folder / "tokenizer.json").read_text("utf-8")
    ok(Tokenizer.from_str(text).to_str(pretty=True) == text,
       "tokenizer.json is what the tokenizers library writes, byte for byte")


def check_dotted_i(work):
    """Text lower-cased as in Turkish: tokenizer.json alone makes our ids of it."""
    folder = work / "dotted"
    export(f"{CHECKPOINT}-dotted", folder, "mlm")
    check_tokenizer(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ok(tokenizer.backend_tokenizer.normalizer.normalize_str("I\u0130I\u0307i") == "\u0131iii",
       "I and its kin are lower-cased as in Turkish")
    check_round_trip(folder, "mlm", work / "dotted-again")


def check_safetensors(folder, model):
    with safe_open(folder / "model.safetensors", "pt") as file:
        names = list(file.keys())
        state = model.state_dict()
        same = all(torch.equal(file.get_tensor(name), state[name]) for name in names)
        ok(same and file.metadata() == {"format": "pt"},
           f"the safetensors library reads {len(names)} tensors as transformers does")


def check_round_trip(folder, layout, work):
    checkpoint, again = work / f"{layout}.h5", work / f"{layout}-again"
    run = mpibert("import", folder, checkpoint)
    ok(run.returncode == 0, f"import {shorten(run.stderr)}")
    export(checkpoint, again, layout)
    for name in FILES:
        ok((folder / name).read_bytes() == (again / name).read_bytes(),
           f"{layout}: imported and exported again, {name} has the same bytes")


def check_layout(layout, work):
    folder = work / layout
    export(CHECKPOINT, folder, layout)
    model = load(folder, layout)
    compare_numbers(model, folder, work, layout)
    check_safetensors(folder, model)
    check_tokenizer(folder)
    check_round_trip(folder, layout, work)


def check_default(work):
    """README's own line: all that was trained is loaded, and the card is a card."""
    run = mpibert("export", CHECKPOINT, work / "default", "--license", "apache-2.0")
    ok(run.returncode == 0, f"export {shorten(run.stdout)}")
    model, info = AutoModel.from_pretrained(work / "default", output_loading_info=True)
    trained = BertForPreTraining.from_pretrained(work / "pretraining").bert.state_dict()
    ok(not info["missing_keys"] and all(torch.equal(a, trained[k])
                                        for k, a in model.state_dict().items()),
       "AutoModel has the trained weights, the pooler's too")
    card = ModelCard.load(work / "default" / "README.md").data
    results = card.eval_results or []
    ok(card.language and card.license == "apache-2.0" and card.library_name == "transformers",
       f"the model card parses: {card.language}, {card.license}")
    ok(all(isinstance(r.metric_value, float) for r in results), f"with {len(results)} results")
    config = json.loads((work / "default" / "config.json").read_text("utf-8"))
    model.save_pretrained(work / "saved")
    saved = json.loads((work / "saved" / "config.json").read_text("utf-8"))
    ok(config["mpibert"] and saved["mpibert"] == config["mpibert"],
       "transformers keeps what is said of reading text")


def check_fill(work):
    """`mpibert fill --json` against the probabilities of transformers."""
    text = "The licence of this [MASK] is here ."
    run = mpibert("fill", CHECKPOINT, text, "--top", 5, "--json", check=True)
    mine = json.loads(run.stdout)["masks"][0]
    tokenizer = AutoTokenizer.from_pretrained(work / "mlm")
    model = BertForMaskedLM.from_pretrained(work / "mlm").eval()
    batch = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        logits = model(**batch).logits
    at = (batch["input_ids"][0] == tokenizer.mask_token_id).nonzero().item()
    theirs = logits[0, at].softmax(-1)
    worst = max(abs(row["probability"] - theirs[row["id"]].item()) for row in mine)
    ok(len(mine) == 5 and worst < TOLERANCE, f"fill: probabilities differ by {worst:.1e} at most")


# ---- the other way: what transformers saves ----

def foreign(source, work, name, config={}, change=None, make=BertForPreTraining,
            make_config=BertConfig, **save):
    """A folder saved by transformers: a random model over the tokenizer of `source`."""
    folder = work / name
    tokenizer = AutoTokenizer.from_pretrained(source)
    torch.manual_seed(5)
    sizes = {"vocab_size": len(tokenizer), "hidden_size": 64, "num_hidden_layers": 2,
             "num_attention_heads": 4, "intermediate_size": 96, "max_position_embeddings": 40}
    model = make(make_config(**{**sizes, **config})).eval()
    if change:
        model = change(model)
    model.save_pretrained(folder, **save)
    tokenizer.save_pretrained(folder)
    return model, folder


def check_foreign(source, work):
    rows = [("gelu", {}, None), ("gelu-new", {"hidden_act": "gelu_new"}, None),
            ("gelu-tanh", {"hidden_act": "gelu_pytorch_tanh"}, None),
            ("half", {}, lambda m: m.half()), ("bfloat16", {}, lambda m: m.bfloat16())]
    for name, config, change in rows:
        model, folder = foreign(source, work, name, config, change)
        compare_numbers(model.float(), folder, work, f"saved by transformers, {name}")
    model, folder = foreign(source, work, "back")
    export(folder, work / "forth", "pretraining")
    again = load(work / "forth", "pretraining")
    ok(all(torch.equal(a, again.state_dict()[k]) for k, a in model.state_dict().items()),
       "transformers to mpibert to transformers: the same values")


def untie(model):
    model.cls.predictions.decoder.weight = torch.nn.Parameter(
        model.bert.embeddings.word_embeddings.weight.detach() + 1)
    return model


def check_refused(source, work):
    rows = [("shards", {"max_shard_size": "50KB"}, {}, None, 65, "several files"),
            ("untied", {}, {"tie_word_embeddings": False}, untie, 65, "untied"),
            ("relu", {}, {"hidden_act": "relu"}, None, 65, "hidden_act relu")]
    for name, save, config, change, code, reason in rows:
        _, folder = foreign(source, work, name, config, change, **save)
        run = mpibert("import", folder, work / "refused.h5")
        ok(run.returncode == code and reason in run.stderr.decode(),
           f"{name}: refused with {run.returncode}: {shorten(run.stderr)}")
    model, folder = foreign(source, work, "pickle")
    (folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    run = mpibert("import", folder, work / "refused.h5")
    ok(run.returncode == 66 and "save_pretrained" in run.stderr.decode(),
       f"pytorch_model.bin: refused with {run.returncode}")


# ---- other kinds of model ----

def stir(model):
    """Biases and gains that are neither 0 nor 1, so that none can stand for another."""
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.1 * torch.randn_like(p))
    return model


def check_trained_kind(kind, classes, work):
    """What we trained: each layout loads, answers as we do, and comes back as it was."""
    run = f"{CHECKPOINT}-{kind}"
    for layout in classes:
        folder, again = work / f"{kind}-{layout}", work / f"{kind}-{layout}-again"
        export(run, folder, layout)
        compare_numbers(load(folder, layout, classes), folder, work, f"{kind}, {layout}")
        checkpoint = work / f"{kind}-{layout}.h5"
        ok(mpibert("import", folder, checkpoint).returncode == 0, f"{kind}: imports {layout}")
        export(checkpoint, again, layout)
        ok(all((folder / name).read_bytes() == (again / name).read_bytes() for name in FILES),
           f"{kind}, {layout}: imported and exported again, the same bytes")
    model, info = AutoModel.from_pretrained(folder, output_loading_info=True)
    ok(isinstance(model, classes["encoder"]) and not info["missing_keys"],
       f"{kind}: AutoModel makes a {type(model).__name__} of it")


def check_foreign_kind(kind, config, classes, source, work):
    """What transformers saves: the same answers from us, the same values back."""
    for layout, cls in classes.items():
        model, folder = foreign(source, work, f"{kind}-{layout}-saved", {}, stir, cls, config)
        compare_numbers(model, folder, work, f"{kind}, {layout} saved by transformers")
        export(folder, work / f"{kind}-{layout}-forth", layout)
        again = load(work / f"{kind}-{layout}-forth", layout, classes)
        ok(all(torch.equal(a, again.state_dict()[k]) for k, a in model.state_dict().items()),
           f"{kind}, {layout}: transformers to mpibert to transformers: the same values")


def check_latent(work):
    """What learnt codes: without its atoms, and with them as the last tokens."""
    for kind, layouts in (("latent", ["encoder"]), ("both", ["mlm", "encoder"])):
        for layout in layouts:
            folder = work / f"{kind}-{layout}"
            export(f"{CHECKPOINT}-{kind}", folder, layout)
            bare = {"add_pooling_layer": False} if layout == "encoder" else {}  # none was trained
            compare_numbers(load(folder, layout, **bare), folder, work, f"{kind}, {layout}")
        folder = work / f"{kind}-kept"
        run = mpibert("export", f"{CHECKPOINT}-{kind}", folder, "--keep-latent")
        ok(run.returncode == 0, f"export --keep-latent {shorten(run.stdout + run.stderr)}")
        model, tokenizer = load(folder, "mlm"), AutoTokenizer.from_pretrained(folder)
        words = len((work / "mlm" / "vocab.txt").read_text("utf-8").split("\n")) - 1
        ok(model.config.vocab_size == len(tokenizer) == words + 40 and
           tokenizer.convert_tokens_to_ids("[MASK-39]") == words + 39,
           f"{kind}: {words} words and 40 atoms are its vocabulary")
        compare_numbers(model, folder, work, f"{kind}, with its atoms")


def check_kinds(source, work):
    for kind, (config, classes) in KINDS.items():
        check_trained_kind(kind, classes, work)
        check_foreign_kind(kind, config, classes, source, work)


def main():
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for layout in CLASSES:
            check_layout(layout, work)
        check_default(work)
        (work / "dotted-again").mkdir()
        check_dotted_i(work)
        check_fill(work)
        check_foreign(work / "mlm", work)
        check_refused(work / "mlm", work)
        check_kinds(work / "mlm", work)
        check_latent(work)
    done()


main()
