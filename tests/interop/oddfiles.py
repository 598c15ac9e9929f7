#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logic: a vocabulary or tokenizer file, however odd, gives the ids that transformers gives for
a thousand lines, or is refused with 65 and words that name the file; never other ids in silence.
What is accepted with weights must export to a folder whose every file says the same again.

    python3 tests/interop/oddfiles.py [MPIBERT]

Needs transformers, tokenizers, safetensors and numpy.  Special tokens in text are text on both
sides, so the lines have none.
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
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer
from transformers import BertTokenizer

from tap import done, ok

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "build/mpibert"
S = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"
W = b"the\ndog\ncat\n##s\n.\n,\na\nb\n##c\n##a\n##at\nc\n"

# Files of a vocabulary; True: refused.
FILES = [
    ("as it should be", S + W, False),
    ("a blank after a token", S + W.replace(b"dog", b"dog "), False),
    ("tabs after a token", S + W.replace(b"dog", b"dog\t \t"), False),
    ("a no-break space after a token", S + W.replace(b"dog", b"dog\xc2\xa0"), False),
    ("an ideographic space after a token", S + W.replace(b"dog", b"dog\xe3\x80\x80"), False),
    ("U+0085 after a token", S + W.replace(b"dog", b"dog\xc2\x85"), False),
    ("U+2028 after a token", S + W.replace(b"dog", b"dog\xe2\x80\xa8"), False),
    ("a zero-width space after a token", S + W.replace(b"dog", b"dog\xe2\x80\x8b"), False),
    ("a form feed after a token", S + W.replace(b"dog", b"dog\f\v"), False),
    ("U+001F after a token", S + W.replace(b"dog", b"dog\x1f"), False),
    ("a blank before a token", S + W.replace(b"dog", b" dog"), False),
    ("a blank inside a token", S + W.replace(b"dog", b"d og"), False),
    ("a count after a tab", S + W.replace(b"dog", b"dog\t17"), False),
    ("U+0085 inside a token", S + W.replace(b"dog", b"d\xc2\x85og"), False),
    ("U+2028 inside a token", S + W.replace(b"dog", b"d\xe2\x80\xa8og"), False),
    ("an empty line", S + W.replace(b"dog", b""), False),
    ("an empty line first", b"\n" + S + W, False),
    ("empty lines last", S + W + b"\n\n\n", False),
    ("a line of blanks", S + W.replace(b"dog", b" \t "), False),
    ("a line of U+3000", S + W.replace(b"dog", b"\xe3\x80\x80"), False),
    ("no LF at the end", S + W[:-1], False),
    ("CR LF", (S + W).replace(b"\n", b"\r\n"), False),
    ("CR LF and LF", S + W.replace(b"\n", b"\r\n"), False),
    ("CR LF, a blank before it", S + W.replace(b"\n", b" \r\n"), False),
    ("CR CR LF", S + W.replace(b"\n", b"\r\r\n"), False),
    ("CR alone", (S + W).replace(b"\n", b"\r"), True),
    ("a CR inside", S + W.replace(b"dog", b"d\rog"), True),
    ("a byte order mark", b"\xef\xbb\xbf" + S + W, True),
    ("UTF-16", (S + W).decode().encode("utf-16"), True),
    ("Latin-1", S + W + "caf\u00e9\n".encode("latin-1"), True),
    ("half a character", S + W + b"caf\xc3\n", True),
    ("a surrogate", S + W + b"\xed\xa0\x80\n", True),
    ("a NUL inside", S + W + b"x\0y\n", True),
    ("a token twice", S + W + b"dog\n", False),
    ("a token three times", S + b"dog\n" + W + b"dog\n", False),
    ("twice but for a blank", S + W + b"dog \n", False),
    ("a piece twice", S + W + b"##s\n", False),
    ("[UNK] twice", S + W + b"[UNK]\n", False),
    ("special tokens last", W + S, False),
    ("special tokens in another order", b"[MASK]\n[SEP]\n[CLS]\n[UNK]\n[PAD]\n" + W, False),
    ("special tokens among words", W[:16] + S + W[16:], False),
    ("no [MASK]", S.replace(b"[MASK]\n", b"") + W, True),
    ("no [UNK]", S.replace(b"[UNK]\n", b"") + W, True),
    ("no special tokens", W, True),
    ("special tokens in small letters", S.lower() + W, True),
    ("an empty file", b"", True),
    ("## by itself", S + W + b"##\n###\n####\n#\n", False),
    ("capitals", S + W + b"Dogs\nTHE\nA\n", False),
    ("accents, composed and not", S + W + "\u00e9\ne\u0301\n##\u00e9\n".encode(), False),
    ("[unused] and 120,000 lines", S + W + b"".join(b"[unused%d]\n" % i for i in range(120000)), False),
    ("a token of 300 letters", S + W + b"a" * 300 + b"\n", False),
    ("a token of 40 ideographs", S + W + "\u4e2d".encode() * 40 + b"\n\xe4\xb8\xad\n", False),
    ("quotation marks and backslashes", S + W + b'"\n\\\n##"\n\\n\n"dog"\n', False),
    ("controls inside", S + W.replace(b"dog", b"d\x01og"), False),
]


def lines():
    """A thousand: words of the vocabularies, whole, joined, and with what is odd between."""
    draw = random.Random(5)
    parts = ["the", "dog", "cat", "s", ".", ",", "a", "b", "c", "at", "aaa", "THE", "Dogs", "#",
             "##", "###", "\u00e9", "e\u0301", "\u4e2d", "\u4e2d\u4e2d", "x", "y", '"', "\\",
             "\t", "17", "d og", "covid", "covidien", "Covid", "ibuprofen", "\u2028", "\u00a0",
             "a" * 101, "a" * 100]
    return ["".join(draw.choice(parts) + draw.choice(["", "", " ", "  "])
                    for _ in range(draw.randint(1, 12))).replace("\n", " ") for _ in range(1000)]


LINES = lines()


def theirs(folder):
    tokenizer = BertTokenizer.from_pretrained(folder)
    return [tokenizer.encode(line, add_special_tokens=False) for line in LINES]


def ours(vocabulary):
    run = subprocess.run([PROGRAM, "tokenize", "--vocab", vocabulary], capture_output=True,
                         input="".join(line + "\n" for line in LINES).encode())
    ids = [list(map(int, row.split())) for row in run.stdout.decode().split("\n")[:-1]]
    return run.returncode, ids, " ".join(run.stderr.decode().split())


def check_file(folder, what, content, refused):
    path = folder / "vocab.txt"
    path.write_bytes(content)
    rc, ids, words = ours(path)
    if refused:
        ok(rc == 65 and "vocab.txt" in words and not ids, f"{what}: refused ({rc}): {words[-100:]}")
        return
    want = theirs(folder)
    bad = sum(a != b for a, b in zip(ids, want)) + abs(len(ids) - len(want))
    ok(rc == 0 and not bad, f"{what}: {bad} of {len(want)} lines differ {words[-100:]}")


# ---- folders with weights ----

def write_model(folder, rows):
    """A BERT of one layer, H 4."""
    draw = np.random.default_rng(1)
    H, F, layer = 4, 8, "bert.encoder.layer.0."
    shapes = {"bert.embeddings.word_embeddings.weight": (rows, H),
              "bert.embeddings.position_embeddings.weight": (16, H),
              "bert.embeddings.token_type_embeddings.weight": (2, H),
              "cls.predictions.bias": (rows,)}
    dense = {layer + f"attention.self.{name}": (H, H) for name in ("query", "key", "value")}
    dense |= {layer + "attention.output.dense": (H, H), layer + "intermediate.dense": (F, H),
              layer + "output.dense": (H, F), "cls.predictions.transform.dense": (H, H)}
    for name, shape in dense.items():
        shapes |= {name + ".weight": shape, name + ".bias": shape[:1]}
    for name in ("bert.embeddings.", layer + "attention.output.", layer + "output.",
                 "cls.predictions.transform."):
        shapes |= {name + "LayerNorm.weight": (H,), name + "LayerNorm.bias": (H,)}
    save_file({name: draw.standard_normal(shape, np.float32) for name, shape in shapes.items()},
              folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(
        {"model_type": "bert", "vocab_size": rows, "hidden_size": H, "num_hidden_layers": 1,
         "num_attention_heads": 2, "intermediate_size": F, "max_position_embeddings": 16}))


def edit(folder, name, change):
    path = folder / name
    root = json.loads(path.read_text())
    change(root)
    path.write_text(json.dumps(root))


def swap_ids(root):
    vocab = root["model"]["vocab"]
    vocab["dog"], vocab["cat"] = vocab["cat"], vocab["dog"]


def with_added(*tokens):
    def change(folder):
        tokenizer = BertTokenizer.from_pretrained(folder)
        tokenizer.add_tokens(list(tokens))
        tokenizer.save_pretrained(folder)
    return change


def without(*names):
    def change(folder):
        for name in names:
            (folder / name).unlink(missing_ok=True)
    return change


def both(*changes):
    def change(folder):
        for one in changes:
            one(folder)
    return change


def json_edit(change, name="tokenizer.json"):
    return lambda folder: edit(folder, name, change)


FOLDERS = [  # what, vocabulary, change of the folder that transformers saved, refused
    ("as saved", S + W, None, False),
    ("vocab.txt alone", S + W, without("tokenizer.json", "tokenizer_config.json"), False),
    ("no vocab.txt", S + W, without("vocab.txt"), False),
    ("a repeated token", S + W + b"dog\n", None, False),
    ("a repeated token, tokenizer.json alone", S + W + b"dog\nend\n", without("vocab.txt"), False),
    ("empty lines", S + W.replace(b"dog", b"") + b"\nend\n", None, False),
    ("empty lines, tokenizer.json alone", S + W.replace(b"dog", b"") + b"\nend\n",
     without("vocab.txt"), False),
    ("blanks after tokens", S + W.replace(b"dog", b"dog "), None, False),
    ("a hole among ids", S + W, both(without("vocab.txt"), json_edit(
        lambda root: root["model"]["vocab"].pop("dog"))), False),
    ("ids that two tokens have", S + W, both(without("vocab.txt"), json_edit(
        lambda root: root["model"]["vocab"].update(dog=6, cat=6))), True),
    ("an id below 0", S + W, both(without("vocab.txt"), json_edit(
        lambda root: root["model"]["vocab"].update(dog=-1))), True),
    ("a vast id", S + W, both(without("vocab.txt"), json_edit(
        lambda root: root["model"]["vocab"].update(dog=1 << 40))), True),
    ("a token with LF", S + W, both(without("vocab.txt"), json_edit(
        lambda root: root["model"]["vocab"].update({"x\ny": 17}))), True),
    ("two vocabularies", S + W, both(lambda f: (f / "vocab.txt").write_bytes(S + W),
                                     json_edit(swap_ids)), True),
    ("added words", S + W, with_added("covid", "ibuprofen"), True),
    ("an added word that is there", S + W, with_added("dog"), True),
    ("added words, no tokenizer.json", S + W, both(
        without("tokenizer.json"), lambda f: (f / "vocab.txt").write_bytes(S + W),
        lambda f: (f / "added_tokens.json").write_text('{"covid": 17}')), True),
    ("an added special token", S + W, with_added(AddedToken("<E1>", special=True)), True),
    ("special tokens last", W + S, None, False),
    ("cased", S + W + b"The\nDog\n", json_edit(
        lambda root: root["normalizer"].update(lowercase=False)), True),  # the other file says true
]


def check_round(folder, work, what, want):
    """What is accepted: exported, it says the same again, and is imported again."""
    steps = [["import", folder, work / "a.h5"],
             ["export", work / "a.h5", work / "out", "--layout", "mlm"],
             ["import", work / "out", work / "b.h5"]]
    for step in steps:
        run = subprocess.run([PROGRAM, *map(str, step)], capture_output=True)
        if run.returncode:
            ok(False, f"{what}: {step[0]}: {' '.join(run.stderr.decode().split())[-150:]}")
            return
    rc, ids, words = ours(work / "out/vocab.txt")
    whole = Tokenizer.from_file(str(work / "out/tokenizer.json"))
    by_json = [whole.encode(line, add_special_tokens=False).ids for line in LINES]
    ok(rc == 0 and ids == want and theirs(work / "out") == want and by_json == want,
       f"{what}: vocab.txt and tokenizer.json of the export give the same ids {words}")


def check_folder(what, content, change, refused):
    with tempfile.TemporaryDirectory() as name:
        work, folder = Path(name), Path(name) / "model"
        folder.mkdir()
        (folder / "vocab.txt").write_bytes(content)
        BertTokenizer.from_pretrained(folder).save_pretrained(folder)
        if change:
            change(folder)
        write_model(folder, content.count(b"\n") + 3)
        if not refused:
            check_round(folder, work, what, theirs(folder))
            return
        run = subprocess.run([PROGRAM, "import", str(folder), str(work / "a.h5")],
                             capture_output=True)
        words = " ".join(run.stderr.decode().split())
        ok(run.returncode == 65 and str(folder) in words and not (work / "a.h5").exists(),
           f"{what}: refused ({run.returncode}): {words[-120:]}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        for row in FILES:
            check_file(Path(folder), *row)
    for row in FOLDERS:
        check_folder(*row)
    done()


if __name__ == "__main__":
    main()
