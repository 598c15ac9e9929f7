#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logic: with the tables of Punkt `mpibert sentences` must decide about full stops as NLTK does.

    MPIBERT_TEST_DATA=… python3 tests/interop/sentences.py [MPIBERT]

NLTK learns tables from one part of real text, and both split another part by them.  Compared is
every full stop between a word and white space, since only there the tables decide; ellipses,
quotes and line ends follow other rules.
"""
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tap import done, ok, skip_all

DATA = os.environ.get("MPIBERT_TEST_DATA")
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "build/mpibert"
if not DATA:
    skip_all("MPIBERT_TEST_DATA is not set")

STOP = re.compile(r"(?<=[\w-])\.(?=\s+\w)")
LIMIT = 3000000


def lines(shard):
    """Of WikiExtractor's files; white space folded, so that both count it alike."""
    text = []
    with tarfile.open(Path(DATA) / "train" / shard) as tar:
        for member in tar:
            if member.isfile():
                text += tar.extractfile(member).read().decode().split("\n")
            if sum(map(len, text[-5000:])) and sum(map(len, text)) > LIMIT:
                break
    return [" ".join(s.split()) for s in text if s and not s.startswith(("<doc", "</doc"))]


def solid_ends(pieces):
    """Ends of pieces, counted in characters that are no white space."""
    ends, n = set(), 0
    for piece in pieces:
        n += len("".join(piece.split()))
        ends.add(n)
    return ends


def stops(line):
    """Ends of stops that the tables decide about, counted likewise."""
    return {len("".join(line[:m.end()].split())) for m in STOP.finditer(line)}


def main():
    from nltk.tokenize.punkt import PunktSentenceTokenizer, PunktTrainer
    trainer = PunktTrainer()
    trainer.train("\n".join(lines("wiki-long-00.tar.gz")))
    parameters = trainer.get_params()
    folder = Path(tempfile.mkdtemp())
    write = {"abbrev_types.txt": sorted(parameters.abbrev_types),
             "sent_starters.txt": sorted(parameters.sent_starters),
             "collocations.tab": ["\t".join(c) for c in sorted(parameters.collocations)],
             "ortho_context.tab": [f"{k}\t{v}" for k, v in sorted(parameters.ortho_context.items())]}
    for name, rows in write.items():
        (folder / name).write_text("\n".join(rows))
    oracle = PunktSentenceTokenizer(parameters)
    text = [s for s in lines("wiki-short-00.tar.gz") if len(s.encode()) < 4000]
    ours = subprocess.run([PROGRAM, "sentences", "--punkt", str(folder)], check=True,
                          input="\n".join(text).encode() + b"\n", stdout=subprocess.PIPE)
    mine = iter(ours.stdout.decode().split("\n"))
    decided = different = 0
    for line in text:
        want, pieces, left = solid_ends(oracle.tokenize(line)), [], len("".join(line.split()))
        while left > 0:
            pieces.append(next(mine))
            left -= len("".join(pieces[-1].split()))
        got = solid_ends(pieces)
        for stop in stops(line):
            decided += 1
            if (stop in got) != (stop in want):
                different += 1
                if different <= 20:
                    places = [m.start() for m in STOP.finditer(line) if len("".join(line[:m.end()].split())) == stop]
                    print(f"# {'ours' if stop in got else 'NLTK'} ends: {line[max(0, places[0] - 30):places[0] + 30]}")
    ok(decided > 10000, f"{decided} full stops decided")
    ok(different == 0, f"{different} of them differ")
    done()


if __name__ == "__main__":
    main()
