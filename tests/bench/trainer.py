#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`mpibert finetune` and transformers' Trainer on the same weights, examples and cores.

    trainer.py MPIBERT FOLDER [--glue DIR] [--pos DIR] [--from MODEL] [--seeds 10] …

Speed: examples a second of fine-tuning on the sentences of SST-2 and RTE at their own lengths, in
turns, for tiny and medium with random weights; dropout .1, AdamW, batches of 32.  Ours is two
jobs on two ranks (a farm's way) and one job on one rank with two threads; Trainer has all cores
as threads and pads to the longest of a batch, which is its faster way.  The ratio is of
neighbours in time.
Scores: the mean dev score of --seeds fine-tunings of each on SST-2, RTE and POS, from the same
pretrained weights (--from, or a BERT-tiny that is trained here for a minute or two); passes if
they are within two standard errors.  `trainer.sh` makes the environment.
"""
import argparse
import contextlib
import json
import math
import os
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

sys.path.pop(0)  # a file beside this one has the name of a package
import torch
from transformers import (
    AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer,
    DataCollatorForTokenClassification, DataCollatorWithPadding, Trainer, TrainingArguments,
    logging, set_seed,
)

warnings.simplefilter("ignore")
logging.set_verbosity_error()
logging.disable_progress_bar()
BATCH = 32
TASKS = {  # folder, columns of the text or texts, labels (None: as met), learning rate, batch
    "sst2": ("SST-2", ["sentence"], ["0", "1"], 2e-5, 32),
    "rte": ("RTE", ["sentence1", "sentence2"], ["entailment", "not_entailment"], 2e-5, 32),
    "pos": (None, None, None, 5e-5, 8),
}
verdicts = []


def ok(good, text):
    verdicts.append(good)
    print(f"{'ok' if good else 'not ok'} {len(verdicts)} - {text}", flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("mpibert")
    parser.add_argument("work", type=Path, help="folder for what is made")
    parser.add_argument("--glue", type=Path, required=True, help="GLUE's folder")
    parser.add_argument("--pos", type=Path, required=True, help="folder of Universal Dependencies")
    parser.add_argument("--vocab", type=Path, required=True)
    parser.add_argument("--text", required=True, help="pattern of shards to pretrain on")
    parser.add_argument("--from", dest="start", help="Hugging Face folder to start from")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--examples", type=int, default=1600, help="for scores, of each task")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--only", choices=("speed", "scores"))
    return parser.parse_args()


# ---- data ----

def read_table(path, columns, count):
    """Rows (texts, label) of a file in GLUE's layout."""
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    names = lines[0].split("\t")
    places = [names.index(c) for c in columns + ["label"]]
    rows = [[line.split("\t")[i] for i in places] for line in lines[1:count + 1]]
    return [(row[:-1], row[-1]) for row in rows]


def read_words(path, count):
    """Sentences (words, tags) of CoNLL-U."""
    rows, words, tags = [], [], []
    for line in path.read_text(encoding="utf-8").split("\n"):
        fields = line.split("\t")
        if not line and words:
            rows.append((words, tags))
            words, tags = [], []
        elif len(fields) == 10 and fields[0].isdigit():
            words.append(fields[1])
            tags.append(fields[3])
    return rows[:count]


class Task:
    """A task's first examples, for both sides: our files and Trainer's examples."""

    def __init__(self, options, name, count, dev_count):
        folder, columns, self.labels, self.rate, self.batch = TASKS[name]
        self.name, self.folder = name, options.work / f"{name}-{count}-{dev_count}"
        self.folder.mkdir(parents=True, exist_ok=True)
        if folder:
            read = lambda part, n: read_table(options.glue / folder / f"{part}.tsv", columns, n)
        else:
            find = lambda part: next(iter(options.pos.glob(f"*-ud-{part}.conllu")))
            read = lambda part, n: read_words(find(part), n)
        self.train, self.dev = read("train", count), read("dev", dev_count)
        if self.labels is None:
            self.labels = sorted({tag for _, tags in self.train + self.dev for tag in tags})
        for part, rows in (("train", self.train), ("dev", self.dev)):
            self.write(part, rows, columns)

    def write(self, part, rows, columns):
        if columns:
            lines = ["\t".join(columns + ["label"])] + ["\t".join(t + [y]) for t, y in rows]
            (self.folder / f"{part}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
            return
        row = lambda i, w, t: "\t".join([str(i + 1), w, "_", t] + ["_"] * 6)
        text = "\n".join("\n".join(row(i, w, t) for i, (w, t) in enumerate(zip(*r))) + "\n"
                         for r in rows)
        (self.folder / f"own-ud-{part}.conllu").write_text(text + "\n", encoding="utf-8")

    def encode(self, tokenizer, rows):
        how = dict(truncation=True, max_length=128)
        if self.name != "pos":
            return [{**tokenizer(*texts, **how), "labels": self.labels.index(label)}
                    for texts, label in rows]
        examples = []
        for words, tags in rows:
            one = tokenizer(words, is_split_into_words=True, **how)
            places, labels = one.word_ids(), []
            for t, w in enumerate(places):
                first = w is not None and (t == 0 or places[t - 1] != w)
                labels.append(self.labels.index(tags[w]) if first else -100)
            examples.append({**one, "labels": labels})
        return examples


# ---- Trainer ----

def make_trainer(task, model_folder, seed, epochs, work):
    kind = AutoModelForTokenClassification if task.name == "pos" else \
        AutoModelForSequenceClassification
    collate = DataCollatorForTokenClassification if task.name == "pos" else DataCollatorWithPadding
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    set_seed(seed)
    model = kind.from_pretrained(model_folder, num_labels=len(task.labels))
    options = TrainingArguments(
        output_dir=str(work / "trainer"), learning_rate=task.rate, num_train_epochs=epochs,
        per_device_train_batch_size=task.batch, per_device_eval_batch_size=task.batch, seed=seed,
        use_cpu=True, save_strategy="no", logging_strategy="no", report_to="none",
        disable_tqdm=True)
    return Trainer(model=model, args=options, data_collator=collate(tokenizer),
                   train_dataset=task.encode(tokenizer, task.train),
                   eval_dataset=task.encode(tokenizer, task.dev))


def run_trainer(trainer):
    """Seconds of training."""
    start = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):
        trainer.train()
    return time.perf_counter() - start


def trainer_score(trainer):
    """The share of questions that are answered rightly, -100 being none."""
    with contextlib.redirect_stdout(sys.stderr):
        found = trainer.predict(trainer.eval_dataset)
    right = found.predictions.argmax(-1) == found.label_ids
    return float(right[found.label_ids != -100].mean())


# ---- mpibert ----

def finetune(options, task, start, ranks, threads, seeds, epochs, name):
    """The folder of a farm's results."""
    out = options.work / name
    subprocess.run(["rm", "-rf", out], check=True)
    settings = [f"finetune.epochs={epochs}", f"finetune.batch={task.batch}",
                f"train.learning_rate={task.rate}", "finetune.models=false"]
    words = [w for s in settings for w in ("--set", s)]
    command = ["mpirun", "--bind-to", "none", "-n", str(ranks), options.mpibert, "finetune",
               task.name, "--data", task.folder, "--from", start, "--out", out,
               "--seeds", str(seeds), *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "OMP_NUM_THREADS": str(threads)})
    return out


def seconds_of(out):
    return [json.loads(p.read_text())["seconds"] for p in sorted(out.glob("jobs/*.json"))]


# ---- models to begin with ----

def make_model(options, preset, steps):
    """A Hugging Face folder of random or shortly trained weights."""
    run, folder = options.work / f"run-{preset}-{steps}", options.work / f"{preset}-{steps}"
    if folder.exists():
        return folder
    config = options.work / f"{preset}-{steps}.yaml"
    config.write_text(f"""
data: {{sources: [{{path: "{options.text}"}}], vocab: {options.vocab}}}
model: {{preset: {preset}}}
train: {{sequence_length: 128, lanes: 4, lane_batch: 16, steps: {steps}, learning_rate: 1.0e-3,
        warmup_steps: {steps // 10}}}
checkpoint: {{dir: {run}, every_steps: 100000}}
""")
    for command in (["mpirun", "-n", "2", options.mpibert, "train", config],
                    [options.mpibert, "export", run, folder]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


# ---- speed ----

def compare_speed(options, preset, wanted):
    start = make_model(options, preset, 0)
    count = 1600 if preset == "tiny" else 96
    for name in ("sst2", "rte"):
        task = Task(options, name, count, BATCH)  # hardly anything to answer
        ratios, rates = {"farm": [], "threads": []}, []
        for turn in range(options.turns):
            farm = finetune(options, task, start, 2, 1, 2, 1, "farm")
            trainer = make_trainer(task, start, turn, 1, options.work)
            theirs = count / run_trainer(trainer)
            alone = finetune(options, task, start, 1, 2, 1, 1, "alone")
            ours = {"farm": 2 * count / max(seconds_of(farm)), "threads": count / seconds_of(alone)[0]}
            rates.append((ours["farm"], ours["threads"], theirs))
            for way in ratios:
                ratios[way].append(ours[way] / theirs)
        middle = [statistics.median(column) for column in zip(*rates)]
        print(f"# {preset} {name}: examples/s: farm {middle[0]:.0f}, one job {middle[1]:.0f}, "
              f"Trainer {middle[2]:.0f}")
        for way, values in ratios.items():
            print(f"#   {way} / Trainer: {statistics.median(values):.2f} "
                  f"({min(values):.2f} to {max(values):.2f})")
        ok(statistics.median(ratios["farm"]) >= wanted,
           f"{preset}, {name}: {statistics.median(ratios['farm']):.2f} times Trainer, "
           f"{wanted} wanted")


# ---- scores ----

def compare_scores(options, name):
    start = options.start or make_model(options, "tiny", 300)
    task = Task(options, name, options.examples, 400)
    out = finetune(options, task, start, 2, 1, options.seeds, 3, f"scores-{name}")
    seeds = json.loads((out / "results.json").read_text())["seeds"]
    ours, theirs = [s["metrics"]["accuracy"] for s in seeds], []
    for seed in range(options.seeds):
        trainer = make_trainer(task, start, seed, 3, options.work)
        run_trainer(trainer)
        theirs.append(trainer_score(trainer))
    error = math.sqrt(sum(statistics.variance(x) / len(x) for x in (ours, theirs)))
    delta = statistics.mean(ours) - statistics.mean(theirs)
    ok(abs(delta) <= 2 * error,
       f"{name}: ours {statistics.mean(ours):.4f}, Trainer {statistics.mean(theirs):.4f}, "
       f"{delta:+.4f}, within 2 × {error:.4f}")


def main():
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    if options.only != "scores":
        compare_speed(options, "tiny", 3)
        compare_speed(options, "medium", 1.5)
    if options.only != "speed":
        for name in TASKS:
            compare_scores(options, name)
    print(f"1..{len(verdicts)}")
    sys.exit(not all(verdicts))


main()
