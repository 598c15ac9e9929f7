# SPDX-License-Identifier: Apache-2.0
"""scores.py FOLDER: holds every score of a table of `mpibert finetune`, of all tasks and seeds,
against scikit-learn and SciPy on the answers that it kept (predictions.h5).  Prints TAP: a line a
metric with the largest difference, 1e-9 at most; a score that is no number must be none of theirs."""

import json
import math
import sys
import warnings
from pathlib import Path

import h5py
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

LIMIT = 1e-9
METRICS = {
    "accuracy": accuracy_score,
    "f1": lambda gold, said: f1_score(gold, said, labels=[1], average="micro"),
    "f1_micro": lambda gold, said: f1_score(gold, said, average="micro"),
    "f1_macro": lambda gold, said: f1_score(gold, said, average="macro"),
    "matthews": matthews_corrcoef,
    "pearson": lambda gold, said: pearsonr(gold, said)[0],
    "spearman": lambda gold, said: spearmanr(gold, said)[0],
}
warnings.simplefilter("ignore")  # constant answers: told by NaN


def distance(ours, theirs):
    ours = math.nan if ours is None else ours
    if math.isnan(ours) or math.isnan(theirs):
        return 0 if math.isnan(ours) and math.isnan(theirs) else math.inf
    return abs(ours - theirs)


def judge(results):
    """Yields (task.metric, seeds, largest distance)."""
    told = json.loads(results.read_text())
    with h5py.File(results.parent / "predictions.h5") as file:
        (group,) = (g for g in file.values() if isinstance(g, h5py.Group))
        numbers = b"numbers" in bytes(group["about"][()])
        kind = float if numbers else int
        gold, said = group["gold"][:].astype(kind), group["predicted"][:].astype(kind)
    for metric in told["seeds"][0]["metrics"]:
        far = [distance(seed["metrics"][metric], METRICS[metric](gold, row))
               for seed, row in zip(told["seeds"], said, strict=True)]
        yield f"{told['task']}.{metric}", len(far), max(far)


count = failures = 0
for path in sorted(Path(sys.argv[1]).rglob("results.json")):
    for name, seeds, far in judge(path):
        count += 1
        failures += far > LIMIT
        print(f"{'not ok' if far > LIMIT else 'ok'} {count} - {name} of {seeds} seeds: "
              f"at most {far:.1e} from the library")
print(f"1..{count}")
sys.exit(failures > 0 or count == 0)
