# SPDX-License-Identifier: Apache-2.0
"""Logic: our sparse codes of a model's states, and a dictionary learnt from them, against SPAMS, which
the published MLSM uses.  The exact codes must have its supports (999 of 1,000 states) and satisfy the
conditions of the least; those of fista100 must be the published recursion's, written here in numpy; and
our dictionary must be as good as SPAMS's, which learnt from as many of the same states from the same
beginning: the objective within .5 %.

    make interop && python3 tests/interop/codes.py HELPER CHECKPOINT [MPIBERT]

Needs torch, transformers and spams.  Text is that of MPIBERT_TEST_DATA if set, else of this project.
Prints TAP; exits 1 on a failure."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import numpy as np
import spams
import torch
from transformers import AutoModel, AutoTokenizer

from tap import done, ok

HELPER, CHECKPOINT, PROGRAM = (sys.argv[1:] + ["build/mpibert"])[:3]
DATA = os.environ.get("MPIBERT_TEST_DATA")
STATES, LAMBDA, ATOMS, ITERATIONS, BATCH = 2000, 0.05, 300, 100, 20
EXACT = 1e-5  # to which a code is the least; less than that of an atom is none


def states(work):
    """(n, d), each of length 1: of all tokens but the special ones."""
    subprocess.run([PROGRAM, "export", CHECKPOINT, work / "model", "--layout", "encoder"],
                   check=True, capture_output=True)
    tokenizer = AutoTokenizer.from_pretrained(work / "model")
    model = AutoModel.from_pretrained(work / "model").eval()
    text = (Path(DATA) / "heldout/wikitext-2.valid.txt" if DATA else Path("LICENSE")).read_text("utf-8")
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    rows, length = [], model.config.max_position_embeddings - 2
    for first in range(0, min(len(ids), STATES), length):
        piece = [tokenizer.cls_token_id, *ids[first : first + length], tokenizer.sep_token_id]
        with torch.no_grad():
            rows.append(model(torch.tensor([piece])).last_hidden_state[0, 1:-1].numpy())
    x = np.concatenate(rows)[:STATES].astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def write_task(work, x, atoms):
    np.array([len(atoms), x.shape[1], len(x), ITERATIONS, BATCH], np.int64).tofile(work / "sizes.i64")
    np.array([LAMBDA]).tofile(work / "lambda.f64")
    x.astype(np.float32).tofile(work / "x.f32")
    atoms.astype(np.float32).tofile(work / "atoms.f32")


def ours(work, x, atoms, mode):
    """Codes (n, K), dense."""
    write_task(work, x, atoms)
    subprocess.run([HELPER, work, mode], check=True)
    starts, which = np.fromfile(work / "codes.i64", np.int64), np.fromfile(work / "codes.i32", np.int32)
    much = np.fromfile(work / "codes.f32", np.float32)
    codes = np.zeros((len(x), len(atoms)))
    for i in range(len(x)):
        codes[i, which[starts[i] : starts[i + 1]]] = much[starts[i] : starts[i + 1]]
    return codes


def theirs(x, atoms):
    """SPAMS has columns, in Fortran's order."""
    x, d = (np.asfortranarray(m.T.astype(np.float64)) for m in (x, atoms))
    return spams.lasso(x, D=d, lambda1=LAMBDA, lambda2=0.0, mode=2, pos=True, numThreads=1).toarray().T


def objective(x, atoms, codes):
    return (0.5 * ((x - codes @ atoms) ** 2).sum(1) + LAMBDA * codes.sum(1)).mean()


def violation(x, atoms, codes):
    """How far the worst is from the conditions of the least."""
    slope = (x - codes @ atoms) @ atoms.T - LAMBDA
    return np.where(codes > 0, np.abs(slope), np.maximum(slope, 0)).max()


def recursion(x, atoms, steps=100):
    """The published FISTA."""
    eta, t_next = 1 / np.linalg.eigvalsh(atoms.T @ atoms)[-1], 1.0
    a = y = np.zeros((len(x), len(atoms)))
    for _ in range(steps):
        t, t_next, old = t_next, (1 + np.sqrt(1 + 4 * t_next**2)) / 2, a
        y = y + eta * (x - y @ atoms) @ atoms.T
        a = np.maximum(0, y - eta * LAMBDA)
        y = a + (t - 1) / t_next * (a - old)
    return a


def check_codes(work, x, atoms, what):
    wide_x, wide = x.astype(np.float64), atoms.astype(np.float32).astype(np.float64)
    exact, least = ours(work, x, atoms, "exact"), theirs(x, atoms)
    same = ((exact > EXACT) == (least > EXACT)).all(1).mean()
    ok(same >= 0.999, f"{what}: {100 * same:.2f} % of supports are SPAMS's, of {(exact > 0).sum(1).mean():.1f} "
                      f"atoms on average; the largest difference is {np.abs(exact - least).max():.1e}")
    worst = violation(wide_x, wide, exact)
    ok(worst <= EXACT, f"{what}: exact codes are the least, to {worst:.1e} (SPAMS: {violation(wide_x, wide, least):.1e})")
    near = ours(work, x, atoms, "fista100")
    far = np.abs(near - recursion(wide_x, wide)).max()
    ok(far <= 1e-5, f"{what}: fista100 is the published recursion, to {far:.1e}")
    gap = objective(wide_x, wide, near) / objective(wide_x, wide, exact) - 1
    unit = [c / np.maximum(c.sum(1, keepdims=True), 1e-12) for c in (exact, near)]
    print(f"# fista100: {(near > 0).sum(1).mean():.1f} atoms, objective {100 * gap:.2f} % above the least, "
          f"shares {np.abs(unit[0] - unit[1]).sum(1).mean():.3f} apart")


def check_dictionary(work, x):
    """Each state once, as MLSM does.  Returns our atoms and SPAMS's (K, d)."""
    first = x[np.random.default_rng(1).choice(len(x), ATOMS, replace=False)]
    write_task(work, x, first)
    subprocess.run([HELPER, work, "learn"], check=True)
    mine = np.fromfile(work / "learnt.f32", np.float32).reshape(ATOMS, -1).astype(np.float64)
    truth = spams.trainDL(np.asfortranarray(x.T.astype(np.float64)),
                          D=np.asfortranarray(first.T.astype(np.float64)), lambda1=LAMBDA,
                          iter=ITERATIONS, batchsize=BATCH, posAlpha=True, numThreads=1).T
    scores = [objective(x, d, theirs(x, d)) for d in (first, mine, truth)]
    ok(scores[1] <= 1.005 * scores[2],
       f"a dictionary of {len(x)} states, {ITERATIONS} times {BATCH}: objective {scores[1]:.6f}, SPAMS's "
       f"{scores[2]:.6f} ({100 * (scores[1] / scores[2] - 1):+.2f} %), of the first atoms {scores[0]:.6f}")
    return mine, truth


def main():
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        x = states(work)
        mine, truth = check_dictionary(work, x)
        check_codes(work, x, truth, "SPAMS's dictionary")
        check_codes(work, x, mine, "our dictionary")
    done()


main()
