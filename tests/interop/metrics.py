# SPDX-License-Identifier: Apache-2.0
# Logic: on random answers, many of them degenerate (one label, constants, ties, no
# entities), every metric is what scikit-learn, SciPy and seqeval say to 1e-9; and the
# replicates of `compare` have the law of the multibootstrap written out in numpy: means
# and quantiles within three deviations of what 20,000 replicates can tell.
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import warnings

import numpy as np
from scipy.stats import pearsonr, spearmanr
from seqeval.metrics import f1_score as entity_f1
from seqeval.metrics import precision_score as entity_precision
from seqeval.metrics import recall_score as entity_recall
from seqeval.scheme import IOB1, IOB2, IOBES
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

from tap import done, ok

warnings.simplefilter("ignore")
helper, mpibert = sys.argv[1:3]


# ---- metrics ----

def of_labels(metric, labels, gold, answers):
    if metric == "accuracy":
        return accuracy_score(gold, answers)
    if metric == "matthews":
        return matthews_corrcoef(gold, answers)
    if metric == "f1":
        return f1_score(gold, answers, labels=[1], average="micro")
    if metric == "f1_micro":
        return f1_score(gold, answers, labels=range(labels), average="micro")
    return f1_score(gold, answers, average="macro",
                    labels=sorted(x for x in {*gold, *answers} if x >= 0))


def label_cases(dice):
    for _ in range(60):
        labels, n = dice.randint(2, 5), dice.randint(1, 40)
        some = [dice.randrange(labels) for _ in range(dice.randint(1, labels))]
        gold = [dice.choice(some) for _ in range(n)]
        answers = [dice.choice([*some, dice.randrange(-1, labels)]) for _ in range(n)]
        for metric in ("accuracy", "f1", "f1_micro", "f1_macro", "matthews"):
            names = " ".join(map(str, range(labels)))
            yield (metric, "labels", names, [1] * n, gold, answers,
                   of_labels(metric, labels, gold, answers))


def set_cases(dice):
    for _ in range(60):
        labels, n = dice.randint(2, 5), dice.randint(1, 30)
        share = dice.choice((0, .1, .5))
        gold, answers = (np.array([[int(dice.random() < share) for _ in range(labels)]
                                   for _ in range(n)]) for _ in range(2))
        for metric in ("f1_micro", "f1_macro", "exact"):
            want = accuracy_score(gold, answers) if metric == "exact" else \
                f1_score(gold, answers, average=metric[3:])
            yield (metric, "sets", " ".join(map(str, range(labels))), [labels] * n,
                   gold.ravel().tolist(), answers.ravel().tolist(), float(want))


def number_cases(dice):
    for _ in range(60):
        n, kinds = dice.randint(2, 50), dice.randint(1, 30)
        values = [float(np.float32(dice.gauss(3, 2))) for _ in range(kinds)]
        gold, answers = ([dice.choice(values) for _ in range(n)] for _ in range(2))
        for metric, f in (("pearson", pearsonr), ("spearman", spearmanr)):
            yield metric, "numbers", "", [1] * n, gold, answers, float(f(gold, answers)[0])


def tag_cases(dice):
    for turn in range(60):
        scheme = (("IOBES", IOBES), ("IOB", IOB1), ("IOB", IOB2))[turn % 3]
        tags = ["O"] + [f"{p}-{t}" for p in scheme[0] if p != "O" for t in ("X", "Y-Z")]
        lengths = [dice.randint(1, 12) for _ in range(dice.randint(1, 8))]
        gold, answers = ([[dice.choice(tags) for _ in range(n)] for n in lengths]
                         for _ in range(2))
        if turn % 2:    # mostly right
            answers = [[g if dice.random() < 0.7 else a for g, a in zip(*pair)]
                       for pair in zip(gold, answers)]
        flat = [[tags.index(t) for s in side for t in s] for side in (gold, answers)]
        strict = {"mode": "strict", "scheme": scheme[1]}
        for suffix, how in (("", {}), ("_" + scheme[1].__name__.lower(), strict)):
            for name, f in (("f1", entity_f1), ("precision", entity_precision),
                            ("recall", entity_recall)):
                yield (f"entity_{name}{suffix}", "tags", " ".join(tags), lengths, *flat,
                       f(gold, answers, **how))


def test_metrics():
    dice = random.Random(1)
    cases = [*label_cases(dice), *set_cases(dice), *number_cases(dice), *tag_cases(dice)]
    lines = ["\t".join([c[0], c[1], c[2]] + [" ".join(map(repr, x)) for x in c[3:6]])
             for c in cases]
    out = subprocess.run([helper], input="\n".join(lines) + "\n", text=True,
                         capture_output=True, check=True).stdout
    got = [float(x) for x in out.split()]
    ok(len(got) == len(cases), f"{len(cases)} scores")
    worst = {}
    for case, value in zip(cases, got):
        want = case[6]
        same = math.isnan(value) and math.isnan(want)
        error = 0 if same else abs(value - want)
        error = math.inf if math.isnan(error) else error
        worst[case[0]] = max(worst.get(case[0], 0), error)
    for metric, error in worst.items():
        ok(error <= 1e-9, f"{metric}: at most {error:.1e} from the library")


# ---- multibootstrap ----

REPLICATES = 20000


def multibootstrap(rng, sides, paired, seeds, examples):
    """Google's procedure: (REPLICATES, 2) scores."""
    n = sides[0].shape[1]
    scores = np.empty((REPLICATES, 2))
    for r in range(REPLICATES):
        drawn = [rng.choice(len(s), len(s)) if seeds else np.arange(len(s)) for s in sides]
        if paired:
            drawn[1] = drawn[0]
        which = rng.choice(n, n) if examples else np.arange(n)
        for i in range(2):
            scores[r, i] = sides[i].mean(axis=0)[which].mean() if not seeds else \
                np.mean([sides[i][s][which].mean() for s in drawn[i]])
    return scores


def write(path, side):
    with open(path, "w") as file:
        for seed, row in enumerate(side):
            file.write("\t".join(map(str, [seed, *row])) + "\n")


def numbers_of(values):
    """mean, deviation, quantiles; and the deviation of each, from halves of them."""
    def three(x):
        return np.array([x.mean(), x.std(ddof=1), *np.quantile(x, (0.025, 0.975))])
    parts = np.array([three(part) for part in np.split(values, 40)])
    return three(values), parts.std(axis=0, ddof=1) / math.sqrt(40)


def test_law(folder, name, sides, paired, seeds, examples):
    paths = [os.path.join(folder, f"{x}.tsv") for x in "ab"]
    for path, side in zip(paths, sides):
        write(path, side)
    flags = ["--paired" if paired else "--unpaired"]
    flags += [] if examples else ["--seeds-only"]
    flags += [] if seeds else ["--examples-only"]
    out = subprocess.run([mpibert, "compare", *paths, "--json", "--replicates",
                          str(REPLICATES), *flags], capture_output=True, text=True,
                         check=True).stdout
    got = json.loads(out)["comparisons"][0]
    want = multibootstrap(np.random.default_rng(7), sides, paired, seeds, examples)
    for who, values, of in (("A", want[:, 0], got["a"]), ("B", want[:, 1], got["b"]),
                            ("B - A", want[:, 1] - want[:, 0], got)):
        mine = np.array([of[k] for k in ("mean", "std", "low", "high")])
        theirs, error = numbers_of(values)
        far = np.abs(mine - theirs) / (3 * math.sqrt(2) * error)    # both have it
        ok((far <= 1).all(), f"{name}, {who}: mean, deviation, interval {mine.round(4)} "
                             f"for {theirs.round(4)}")
    share = np.mean(want[:, 1] <= want[:, 0])
    error = 3 * math.sqrt(2 * max(share * (1 - share), 1 / REPLICATES) / REPLICATES)
    ok(abs(got["p"] - share) <= error, f"{name}: p {got['p']:.4f} for {share:.4f}")


def test_laws():
    rng = np.random.default_rng(3)

    def side(seeds, p, spread):
        """Scores that are no fractions of few numbers, so that quantiles have no steps."""
        return (p + spread * rng.standard_normal((seeds, 1)) +
                .3 * rng.standard_normal((seeds, 60)))

    with tempfile.TemporaryDirectory() as folder:
        five, other, ten = side(5, .7, .05), side(5, .75, .05), side(10, .75, .05)
        test_law(folder, "paired", [five, other], True, True, True)
        test_law(folder, "unpaired", [five, ten], False, True, True)
        test_law(folder, "seeds only", [ten[::-1], side(10, .7, .05)], False, True, False)
        test_law(folder, "examples only", [five, other], False, False, True)


test_metrics()
test_laws()
done()
