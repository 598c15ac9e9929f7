#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logic: `mpibert tokenize` must give the ids of Hugging Face's fast BERT tokenizer, for every
character by itself and inside a word, for random strings of difficult characters, for the
published cases and for real text.

    MPIBERT_TEST_DATA=… python3 tests/interop/tokenizer.py [MPIBERT]

Needs the `tokenizers` package.  MPIBERT is build/mpibert unless given.  Prints one TAP line a
part with the number of different lines; exits 1 if there are any.

Lines end with LF alone, so a text with LF inside cannot be a line.  Where LF is white space
between words (in the cases) it is replaced by CR, which BERT treats the same way.  Special
tokens in the text are text on both sides (encode_special_tokens).
"""
import gzip
import itertools
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
from pathlib import Path

from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece

from tap import done, ok, skip_all

DATA = Path(os.environ.get("MPIBERT_TEST_DATA", ""))
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "build/mpibert"
LINES_A_SHARD = 20000
BATCH = 50000


def vocabulary(name):
    return name if "/" in name else str(DATA / f"vocab/{name}.txt")


def oracle(name, lower):
    tokenizer = Tokenizer(WordPiece.from_file(vocabulary(name), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.encode_special_tokens = True
    return tokenizer


def ours(name, lower, lines):
    """The ids of lines (bytes without LF)."""
    command = [PROGRAM, "tokenize", "--vocab", vocabulary(name)]
    command += [] if lower else ["--cased"]
    out = subprocess.run(command, input=b"".join(line + b"\n" for line in lines),
                         stdout=subprocess.PIPE, check=True).stdout
    rows = out.decode("ascii").split("\n")
    assert rows.pop() == "", "the last line of ids is not ended"
    return rows


def theirs(tokenizer, lines):
    rows = []
    for start in range(0, len(lines), BATCH):
        texts = [line.decode("utf-8", "ignore") for line in lines[start:start + BATCH]]
        rows += [" ".join(map(str, encoding.ids)) for encoding in
                 tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    return rows


def report(part, lines, got, want):
    bad = [i for i in range(len(lines)) if i >= len(got) or got[i] != want[i]]
    if len(got) > len(lines):
        bad.append(len(lines))
    ok(not bad, f"{part}: {len(bad)} of {len(lines)} lines differ")
    for i in bad[:5]:
        line = ascii(lines[i][:200]) if i < len(lines) else "(a line too many)"
        print(f"# line {i} {line}\n#   got {got[i][:200] if i < len(got) else None}"
              f"\n#  want {want[i][:200] if i < len(want) else None}")


def compare(part, name, lower, lines):
    part += "" if lower else ", cased"
    report(part, lines, ours(name, lower, lines), theirs(oracle(name, lower), lines))


def scalar_values():
    return [chr(c) for c in range(0x110000) if c != 0x0A and not 0xD800 <= c <= 0xDFFF]


def write_character_vocabulary(path):
    """Every assigned character but ideographs and syllables, and its "##" form: with these ids
    no two normal forms look alike, as they do where both are [UNK]."""
    letters = [c for c in scalar_values() if not c.isspace() and c != "\0" and
               unicodedata.category(c) not in ("Cc", "Cn", "Co") and
               not unicodedata.name(c, "").startswith(("CJK UNIFIED", "HANGUL SYLLABLE"))]
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + letters
    tokens += ["##" + c for c in letters]
    path.write_text("\n".join(tokens) + "\n", encoding="utf-8")


def every_character(name, lower):
    characters = scalar_values()
    for form in ("{}", "a{}b"):
        lines = [form.format(c).encode() for c in characters]
        compare(f"every character as {form.format('<c>')}, {Path(name).stem}", name, lower, lines)


def random_strings(name, lower, count=100000):
    """Characters that normalisation changes or may reorder, many together."""
    fold = normalizers.BertNormalizer(lowercase=True)
    changed = [c for c in scalar_values() if fold.normalize_str(c) != c]
    pool = [c for c in changed if unicodedata.category(c) not in ("Co", "Lo")]
    pool += [c for c in changed if "\uac00" <= c <= "\uaf00" or "\uf900" <= c <= "\ufaff"]
    pool += [c for c in scalar_values() if unicodedata.combining(c)] * 5
    draw = random.Random(1)
    common = "aZ .,'é中Σ\u0301\u0323"
    lines = ["".join(draw.choice(pool if draw.random() < .7 else common)
                     for _ in range(draw.randint(1, 12))).encode() for _ in range(count)]
    compare(f"random strings, {Path(name).stem}", name, lower, lines)


def random_bytes(name, lower, count=50000):
    """What is not UTF-8 is dropped as Python's "ignore" drops it."""
    draw = random.Random(2)
    leads = [0x41, 0x20, 0x7F, 0x80, 0xBF, 0xC2, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xFF]
    lines = [bytes(draw.choice(leads) if draw.random() < .6 else draw.randint(0x0B, 0xFF)
                   for _ in range(draw.randint(0, 16))) for _ in range(count)]
    compare(f"random bytes, {Path(name).stem}", name, lower, lines)


def published_cases():
    with open(DATA / "tokenizer/cases.jsonl", encoding="utf-8") as file:
        cases = [json.loads(line) for line in file]
    key = lambda case: (case["vocab"], case["lower"])
    for (name, lower), group in itertools.groupby(sorted(cases, key=key), key):
        group = list(group)
        lines = [case["text"].replace("\n", "\r").encode() for case in group]
        want = [" ".join(map(str, case["ids"][1:-1])) for case in group]
        report(f"published cases, {name}", lines, ours(name, lower, lines), want)


def contents(shard):
    """The bytes of a shard's members, one after the other."""
    with tarfile.open(shard) as tar:
        for member in tar:
            if member.isfile():
                data = tar.extractfile(member).read()
                yield gzip.decompress(data) if member.name.endswith(".gz") else data


def first_lines(shard):
    lines = (line for data in contents(shard) for line in data.split(b"\n"))
    return list(itertools.islice(lines, LINES_A_SHARD))


def main():
    if not (DATA / "vocab/bert-base-uncased.txt").exists():
        skip_all("MPIBERT_TEST_DATA does not name the folder of real data")
    with tempfile.TemporaryDirectory() as folder:
        characters = Path(folder) / "characters.txt"
        write_character_vocabulary(characters)
        for name, lower in (("bert-base-uncased", True), ("bert-base-cased", False),
                            (str(characters), True), (str(characters), False)):
            every_character(name, lower)
            random_strings(name, lower)
            random_bytes(name, lower)
    published_cases()
    compare("special tokens in text", "bert-base-uncased", True,
            [b"[SEP] hello [MASK]", b"[CLS]", b"x[PAD]x [UNK]", b"##ing [unused1]"])
    for shard in sorted((DATA / "train").iterdir()):
        compare(f"lines of {shard.name}", "bert-base-uncased", True, first_lines(shard))
    done()


if __name__ == "__main__":
    main()
