#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logic: a vocabulary that `mpibert vocab` learns must load in Hugging Face's tokenizers, whose
special tokens are found where the file has them, and both must make the same ids with it, in every
way of treating case and accents.  Learned by counts, it must hold the tokens that Hugging Face's
own trainer learns from the same text, but for the few that ties between pairs decide.

    python3 tests/interop/vocabulary.py [MPIBERT]

Needs the `tokenizers` package; the text is this project's licence.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from tokenizers import BertWordPieceTokenizer

from tap import done, ok

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "build/mpibert"
TEXT = Path(__file__).resolve().parents[2] / "LICENSE"
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WAYS = [  # options of vocab, of tokenize, of BertWordPieceTokenizer
    ([], [], {}),
    (["--cased"], ["--cased"], {"lowercase": False}),
    (["--unused", "99", "--round", "64"], [], {}),
    (["--likelihood", "--min-count", "10"], [], {}),
]


def ids_of(vocabulary, options, text):
    out = subprocess.run([PROGRAM, "tokenize", "--vocab", vocabulary, *options], input=text,
                         stdout=subprocess.PIPE, check=True).stdout.decode("ascii")
    return [list(map(int, line.split())) for line in out.splitlines()]


def check(folder, learning, tokenizing, theirs):
    path = str(folder / "vocab.txt")
    subprocess.run([PROGRAM, "vocab", "--size", "600", "--out", path, *learning, str(TEXT)],
                   stdout=subprocess.DEVNULL, check=True)
    tokenizer = BertWordPieceTokenizer(path, **theirs)
    lines = TEXT.read_text().split("\n")[:-1]
    want = [tokenizer.encode(line, add_special_tokens=False).ids for line in lines]
    got = ids_of(path, tokenizing, TEXT.read_bytes())
    name = " ".join(learning) or "as it is"
    ok(got == want, f"{name}: {len(lines)} lines, the same ids")
    tokens = Path(path).read_text().split("\n")[:-1]
    ok(all(tokenizer.token_to_id(s) == tokens.index(s) for s in SPECIALS),
       f"{name}: the special tokens are where they are")
    ok(len(set(tokens)) == len(tokens) == tokenizer.get_vocab_size(), f"{name}: {len(tokens)} tokens")


def compare_trainers(folder):
    """Down to a count, not to a size, which would cut through ties."""
    path = str(folder / "vocab.txt")
    subprocess.run([PROGRAM, "vocab", "--size", "5000", "--min-count", "20", "--out", path, str(TEXT)],
                   stdout=subprocess.DEVNULL, check=True)
    trainer = BertWordPieceTokenizer()
    trainer.train(str(TEXT), vocab_size=5000, min_frequency=20, show_progress=False)
    ours, theirs = set(Path(path).read_text().split("\n")[:-1]), set(trainer.get_vocab())
    differing = len(ours ^ theirs)
    ok(differing * 50 <= len(ours), f"{differing} of {len(ours)} tokens differ from their trainer's")


with tempfile.TemporaryDirectory() as name:
    for way in WAYS:
        check(Path(name), *way)
    compare_trainers(Path(name))
done()
