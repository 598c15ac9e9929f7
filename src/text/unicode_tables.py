#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes unicode_tables.c: what Hugging Face's fast BERT tokenizer knows of each character.

    python3.11 src/text/unicode_tables.py > src/text/unicode_tables.c

That tokenizer mixes three versions of Unicode, one for each library it is built from.  Python
3.11 knows one (14.0.0), so each table below is Python's with the differences spelled out.
tests/interop/tokenizer.py compares the outcome with the `tokenizers` wheel, for every
character.  A change of the tables changes VERSION, because it changes what data a run sees.
"""
import sys
import unicodedata

VERSION = "hf: categories 8.0, normalization 9.0, case 17.0; tables 1"
PYTHON_UNICODE = "14.0.0"
BLOCK = 128

# Crate unicode_categories 0.1.1 has the categories of Unicode 8.0: these came later ...
MN_NEWER = """
    07FD 0898-089F 08CA-08E1 09FE 0AFA-0AFF 0B55 0C04 0C3C 0D00 0D3B-0D3C 0D81 0EBA 180F
    1885-1886 1ABF-1ACE 1DF6-1DFB A82C A8C5 A8FF A9BD 10D24-10D27 10EAB-10EAC 10F46-10F50
    10F82-10F85 11070 11073-11074 110C2 111C9 111CF 1123E 1133B 11438-1143F 11442-11444 11446
    1145E 1182F-11837 11839-1183A 1193B-1193C 1193E 11943 119D4-119D7 119DA-119DB 119E0
    11A01-11A0A 11A33-11A38 11A3B-11A3E 11A47 11A51-11A56 11A59-11A5B 11A8A-11A96 11A98-11A99
    11C30-11C36 11C38-11C3D 11C3F 11C92-11CA7 11CAA-11CB0 11CB2-11CB3 11CB5-11CB6 11D31-11D36
    11D3A 11D3C-11D3D 11D3F-11D45 11D47 11D90-11D91 11D95 11D97 11EF3-11EF4 16F4F 16FE4
    1CF00-1CF2D 1CF30-1CF46 1E000-1E006 1E008-1E018 1E01B-1E021 1E023-1E024 1E026-1E02A
    1E130-1E136 1E2AE 1E2EC-1E2EF 1E944-1E94A"""
PUNCTUATION_NEWER = """
    061D 09FD 0A76 0C77 0C84 1B7D-1B7E 2E43-2E4F 2E52-2E5D 10EAD 10F55-10F59 10F86-10F89
    1144B-1144F 1145A-1145B 1145D 11660-1166C 116B9 1183B 11944-11946 119E2 11A3F-11A46
    11A9A-11A9C 11A9E-11AA2 11C41-11C45 11C70-11C71 11EF7-11EF8 11FFF 12FF1-12FF2 16E97-16E9A
    16FE2 1E95E-1E95F"""
CF_NEWER = "0890-0891 08E2 110CD 13430-13438"
# ... and these have since moved to another category.
MN_OLDER = "1734"
PUNCTUATION_OLDER = "166D 111C9"

# Crate unicode-normalization-alignments has the data of Unicode 9.0: these combining classes
# were 0 (not assigned yet, or corrected later) and this decomposition was not there.
CLASS_NEWER = """
    07FD 0898-089F 08CA-08D3 09FE 0C3C 0D3B-0D3C 0EBA 1715 1ABF-1ACE 1DF6-1DFA A82C
    10D24-10D27 10EAB-10EAC 10F46-10F50 10F82-10F85 11070 1133B 1145E 11839-1183A 1193D-1193E
    11943 119E0 11A34 11A47 11A99 11D42 11D44-11D45 11D97 16FF0-16FF1 1E130-1E136 1E2AE
    1E2EC-1E2EF"""
DECOMPOSITION_NEWER = "11938"

# Rust's standard library lowers by Unicode 17.0: (capitals, first small letter), in step.
LOWER_NEWER = [
    ("1C89", 0x1C8A), ("A7CB", 0x0264), ("A7CC", 0xA7CD), ("A7CE", 0xA7CF), ("A7D2", 0xA7D3),
    ("A7D4", 0xA7D5), ("A7DA", 0xA7DB), ("A7DC", 0x019B), ("10D50-10D65", 0x10D70),
    ("16EA0-16EB8", 0x16EBB)]

# White_Space of the Unicode standard, the same in every version since 6.3.
SPACE = "0009-000D 0020 0085 00A0 1680 2000-200A 2028-2029 202F 205F 3000"

# Padded with spaces as ideographs.  2B920 is the tokenizer's slip for 2B820, kept on purpose.
CJK = "3400-4DBF 4E00-9FFF F900-FAFF 20000-2A6DF 2A700-2B73F 2B740-2B81F 2B920-2CEAF 2F800-2FA1F"

# What "clean text" drops besides Cc, Cf and Co, and what it does not (it makes them spaces).
DROPPED_TOO = "0000 FFFD"
NOT_DROPPED = "0009-000A 000D"


def expand(text):
    ends = [item.split("-") for item in text.split()]
    return {c for e in ends for c in range(int(e[0], 16), int(e[-1], 16) + 1)}


CATEGORIES = [unicodedata.category(c) for c in map(chr, range(0x110000))]


def category(prefix, newer="", older=""):
    found = {c for c, name in enumerate(CATEGORIES) if name.startswith(prefix)}
    return found - expand(newer) | expand(older)


def flag_sets():
    """In the order of enum unicode_flag: DROP, SPACE, CJK, PUNCTUATION, MARK, which the
    tokenizer asks for, then LETTER, UPPER, SMALL, DIGIT."""
    dropped = category("Cc") | category("Cf", CF_NEWER) | category("Co")
    ascii_punctuation = expand("21-2F 3A-40 5B-60 7B-7E")
    return [dropped - expand(NOT_DROPPED) | expand(DROPPED_TOO), expand(SPACE), expand(CJK),
            category("P", PUNCTUATION_NEWER, PUNCTUATION_OLDER) | ascii_punctuation,
            category("Mn", MN_NEWER, MN_OLDER),
            category("L"), category("Lu") | category("Lt"), category("Ll"), category("Nd")]


def lower_deltas():
    """İ lowers to two characters, the only one to do so: normalize.c sees to it."""
    lowered = (c.lower() for c in map(chr, range(0x110000)))
    small = {c: ord(s) for c, s in enumerate(lowered) if len(s) == 1}
    for capitals, first in LOWER_NEWER:
        for i, c in enumerate(sorted(expand(capitals))):
            small[c] = first + i
    return {c: s - c for c, s in small.items() if s != c}


def decompositions():
    """Canonical and full; Hangul is done by arithmetic."""
    without = expand("AC00-D7A3 D800-DFFF") | expand(DECOMPOSITION_NEWER)
    full = {c: unicodedata.normalize("NFD", chr(c)) for c in range(0x110000) if c not in without}
    return {c: tuple(map(ord, s)) for c, s in full.items() if s != chr(c)}


def flags_of_all():
    flags = [0] * 0x110000
    for i, members in enumerate(flag_sets()):
        for c in members:
            flags[c] |= 1 << i
    return flags


def build():
    """Two stages of numbers into the list of distinct records."""
    flags, deltas, images, class_newer = (flags_of_all(), lower_deltas(), decompositions(),
                                          expand(CLASS_NEWER))
    pool, records, stage1, blocks = [], {}, [], {}
    for start in range(0, 0x110000, BLOCK):
        block = []
        for c in range(start, start + BLOCK):
            image, at = images.get(c, ()), 0
            if image:
                at = len(pool)
                pool.extend(image)
            combining = 0 if c in class_newer else unicodedata.combining(chr(c))
            record = (deltas.get(c, 0), at, len(image), combining, flags[c])
            block.append(records.setdefault(record, len(records)))
        stage1.append(blocks.setdefault(tuple(block), len(blocks)))
    stage2 = [number for block in blocks for number in block]
    assert len(blocks) <= 256 and len(records) <= 65536 and len(pool) <= 65536
    return stage1, stage2, list(records), pool


def print_array(declaration, items):
    print(f"\n{declaration} = {{")
    line = "   "
    for item in items:
        if len(line) + len(item) + 2 > 88:
            print(line)
            line = "   "
        line += f" {item},"
    print(f"{line}\n}};")


def main():
    if unicodedata.unidata_version != PYTHON_UNICODE:
        sys.exit(f"this Python knows Unicode {unicodedata.unidata_version}; the tables are "
                 f"told apart from {PYTHON_UNICODE}: run it with Python 3.11")
    stage1, stage2, records, pool = build()
    print(f"""/* SPDX-License-Identifier: Apache-2.0 */
/* Made by src/text/unicode_tables.py (Python 3.11), not by hand.  See unicode.h. */
/* clang-format off */
#include "src/text/unicode.h"

#include "src/text/tokenizer.h"

const char tokenizer_tables_version[] =
    "{VERSION}";""")
    print_array("const uint8_t unicode_stage1[]", map(str, stage1))
    ascii_flags = (records[stage2[stage1[0] * BLOCK + c]][-1] for c in range(128))
    print_array("const uint16_t unicode_ascii[128]", map(str, ascii_flags))
    print_array("const uint16_t unicode_stage2[]", map(str, stage2))
    print_array("const struct unicode_record unicode_records[]",
                ("{" + ",".join(map(str, record)) + "}" for record in records))
    print_array("const uint32_t unicode_decompositions[]", (f"0x{c:X}" for c in pool))


if __name__ == "__main__":
    main()
