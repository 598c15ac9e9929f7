/* SPDX-License-Identifier: Apache-2.0 */
/* The table of tasks, and what options change of a row: see task.h. */
#include "src/task/task.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "src/base/file.h"

#define GLUE(file)                                                                     \
    .format = TASK_TSV, .train = "train.tsv", .dev = {"dev.tsv"},                      \
    .test = {{"test.tsv", file}}
#define CONLLU_NAMES "id form lemma upos xpos feats head deprel deps misc"

/* Words of labels as transformers' GLUE has them. */
const struct task tasks[] = {
    {.name = "cola",
     .title = "CoLA",
     .kind = TASK_CLASSIFY,
     GLUE("CoLA"),
     .names = "source label mark sentence",
     .text = "sentence",
     .label = "label",
     .labels = "0=unacceptable 1=acceptable",
     .metrics = "matthews"},
    {.name = "sst2",
     .title = "SST-2",
     .kind = TASK_CLASSIFY,
     GLUE("SST-2"),
     .text = "sentence",
     .label = "label",
     .labels = "0=negative 1=positive",
     .metrics = "accuracy"},
    {.name = "mrpc",
     .title = "MRPC",
     .kind = TASK_CLASSIFY,
     GLUE("MRPC"),
     .text = "#1 String",
     .pair = "#2 String",
     .label = "Quality",
     .labels = "0=not_equivalent 1=equivalent",
     .metrics = "accuracy f1"},
    {.name = "stsb",
     .title = "STS-B",
     .kind = TASK_REGRESS,
     GLUE("STS-B"),
     .text = "sentence1",
     .pair = "sentence2",
     .label = "score",
     .metrics = "pearson spearman"},
    {.name = "qqp",
     .title = "QQP",
     .kind = TASK_CLASSIFY,
     GLUE("QQP"),
     .text = "question1",
     .pair = "question2",
     .label = "is_duplicate",
     .labels = "0=not_duplicate 1=duplicate",
     .metrics = "accuracy f1"},
    {.name = "mnli",
     .title = "MNLI",
     .kind = TASK_CLASSIFY,
     .format = TASK_TSV,
     .train = "train.tsv",
     .dev = {"dev_matched.tsv", "dev_mismatched.tsv"},
     .dev_name = {"matched", "mismatched"},
     .test = {{"test_matched.tsv", "MNLI-m"},
              {"test_mismatched.tsv", "MNLI-mm"},
              {"diagnostic.tsv|../diagnostic/diagnostic.tsv|../AX/diagnostic.tsv|"
               "../AX/AX.tsv",
               "AX"}},
     .text = "sentence1",
     .pair = "sentence2",
     .label = "gold_label",
     .labels = "entailment neutral contradiction",
     .metrics = "accuracy"},
    {.name = "qnli",
     .title = "QNLI",
     .kind = TASK_CLASSIFY,
     GLUE("QNLI"),
     .text = "question",
     .pair = "sentence",
     .label = "label",
     .labels = "entailment not_entailment",
     .metrics = "accuracy"},
    {.name = "rte",
     .title = "RTE",
     .kind = TASK_CLASSIFY,
     GLUE("RTE"),
     .text = "sentence1",
     .pair = "sentence2",
     .label = "label",
     .labels = "entailment not_entailment",
     .metrics = "accuracy"},
    {.name = "wnli",
     .title = "WNLI",
     .kind = TASK_CLASSIFY,
     GLUE("WNLI"),
     .text = "sentence1",
     .pair = "sentence2",
     .label = "label",
     .labels = "0=not_entailment 1=entailment",
     .metrics = "accuracy"},
    {.name = "wic",
     .title = "WiC",
     .kind = TASK_CLASSIFY,
     .format = TASK_JSONL,
     .train = "train.jsonl",
     .dev = {"val.jsonl"},
     .text = "sentence1",
     .pair = "sentence2",
     .label = "label",
     .labels = "false true",
     .metrics = "accuracy"},
    {.name = "wic_states",
     .title = "WiC",
     .kind = TASK_MARKED,
     .format = TASK_JSONL,
     .train = "train.jsonl",
     .dev = {"val.jsonl"},
     .text = "sentence1",
     .pair = "sentence2",
     .mark = "start1 end1 start2 end2",
     .label = "label",
     .labels = "false true",
     .metrics = "accuracy"},
    {.name = "conll",
     .title = "CoNLL-2003",
     .kind = TASK_TAG,
     .format = TASK_CONLL,
     .train = "eng.train|train.txt",
     .dev = {"eng.testa|valid.txt|dev.txt"},
     .names = "word pos chunk tag",
     .text = "word",
     .label = "tag",
     .labels = "O B-PER I-PER B-ORG I-ORG B-LOC I-LOC B-MISC I-MISC",
     .metrics = "entity_f1 accuracy"},
    {.name = "pos",
     .title = "POS",
     .kind = TASK_TAG,
     .format = TASK_CONLLU,
     .train = "*-ud-train.conllu",
     .dev = {"*-ud-dev.conllu"},
     .names = CONLLU_NAMES,
     .text = "form",
     .label = "upos",
     .metrics = "accuracy"},
    {.name = "swag",
     .title = "SWAG",
     .kind = TASK_CHOOSE,
     .format = TASK_CSV,
     .train = "train.csv",
     .dev = {"val.csv"},
     .text = "sent1",
     .pair = "sent2",
     .choices = "ending0 ending1 ending2 ending3",
     .label = "label",
     .metrics = "accuracy"},
    {.name = "squad",
     .title = "SQuAD",
     .kind = TASK_ANSWER,
     .format = TASK_SQUAD,
     .train = "train-v1.1.json|train.json",
     .dev = {"dev-v1.1.json|dev.json"},
     .metrics = "exact f1"},
    {.name = "squad2",
     .title = "SQuAD2",
     .kind = TASK_ANSWER,
     .format = TASK_SQUAD,
     .train = "train-v2.0.json|train.json",
     .dev = {"dev-v2.0.json|dev.json"},
     .metrics = "exact f1"},
    {.name = "own", .title = "own", .kind = TASK_CLASSIFY},
    {0},
};

/* ---- options ---- */

static const struct task *find(const char *name) {
    const struct task *task = tasks;
    while (task->name && strcmp(task->name, name) != 0)
        task++;
    return task->name ? task : NULL;
}

static int refuse_name(const char *name, struct err *err) {
    struct str all = {0};
    for (const struct task *task = tasks; task->name; task++)
        str_printf(&all, "%s%s", task == tasks ? "" : " ", task->name);
    err_set(err, ERR_USAGE, "task '%s': is none of %s", name, all.data);
    str_fini(&all);
    return -1;
}

/* The place of a word in a list of them; -1 for NULL. */
static int index_of(const char *word, const char *const words[]) {
    int i = 0;
    while (word && words[i] && strcmp(words[i], word) != 0)
        i++;
    return word && words[i] ? i : -1;
}

/* The kind of a name; -1 for NULL. */
static int kind_of(const char *name) {
    int i = 0;
    while (name && i < TASK_KINDS && strcmp(kinds[i].name, name) != 0)
        i++;
    return name && i < TASK_KINDS ? i : -1;
}

static const char *or_row(const char *option, const char *row) {
    return option ? option : row;
}

/* What an own task has where its options say nothing. */
static void fill_own(struct task *task) {
    static const struct {
        const char *train, *dev, *names;
    } of_format[] = {
        [TASK_TSV] = {"train.tsv", "dev.tsv|validation.tsv|valid.tsv", NULL},
        [TASK_CSV] = {"train.csv", "dev.csv|validation.csv|valid.csv", NULL},
        [TASK_JSONL] = {"train.jsonl", "dev.jsonl|validation.jsonl|val.jsonl", NULL},
        [TASK_CONLL] = {"train.txt|train.conll", "dev.txt|valid.txt|dev.conll",
                        "word tag"},
        [TASK_SQUAD] = {"train.json|train-*.json", "dev.json|dev-*.json", NULL},
        [TASK_CONLLU] = {"*train.conllu", "*dev.conllu", CONLLU_NAMES},
    };
    task->train = of_format[task->format].train;
    task->dev[0] = of_format[task->format].dev;
    task->names = of_format[task->format].names;
    task->metrics = kinds[task->kind].metrics;
}

/* Columns of places of words. */
static int count_marks(const struct task *task) {
    struct slice rest = slice_of(task->mark ? task->mark : ""), name;
    int n = 0;
    while (slice_field(&rest, ' ', &name))
        n += name.size > 0;
    return n;
}

static int check_mark(const struct task *task, struct err *err) {
    int wanted = task->pair ? TASK_MARKS : TASK_MARKS / 2, given = count_marks(task);
    bool texts = task->kind == TASK_CLASSIFY || task->kind == TASK_REGRESS ||
                 task->kind == TASK_MULTILABEL || task->kind == TASK_MARKED;
    if (task->kind == TASK_MARKED && (task->pair == NULL || task->mark == NULL))
        return err_set(
            err, ERR_CONFIG,
            "task %s: task.kind marked is about a word in each of two texts: "
            "task.pair is the column of the second, and task.mark names "
            "four, where in each its word begins and ends",
            task->name);
    if (task->mark == NULL || (texts && given == wanted))
        return 0;
    return err_set(err, ERR_CONFIG,
                   "task %s: task.mark '%s' names %d columns; a text has two, its "
                   "word's begin and end, a pair has four, and other kinds none",
                   task->name, task->mark, given);
}

static int check(const struct task *task, struct err *err) {
    bool words = task->format == TASK_CONLL || task->format == TASK_CONLLU;
    if ((task->format == TASK_SQUAD) != (task->kind == TASK_ANSWER))
        return err_set(
            err, ERR_CONFIG,
            "task %s: task.kind answer is for files in task.format squad, and "
            "these are for nothing else",
            task->name);
    if (task->kind == TASK_ANSWER)
        return 0;
    if (task->text == NULL || task->label == NULL)
        return err_set(
            err, ERR_CONFIG,
            "task %s: --set task.text=COLUMN and --set task.label=COLUMN say "
            "which columns of its files hold them",
            task->name);
    if (task->kind == TASK_CHOOSE && task->choices == NULL)
        return err_set(
            err, ERR_CONFIG,
            "task %s: --set task.choices=\"COLUMN COLUMN\" says which columns "
            "hold the choices, or which one holds a list of them",
            task->name);
    if (strlen(task->separator) != 1)
        return err_set(err, ERR_CONFIG,
                       "task %s: task.separator '%s' is not one character", task->name,
                       task->separator);
    if (words != (task->kind == TASK_TAG))
        return err_set(err, ERR_CONFIG,
                       "task %s: task.kind tag is for files in task.format conll or "
                       "conllu, and these are for nothing else",
                       task->name);
    return check_mark(task, err);
}

/* What windows and answers of TASK_ANSWER follow from. */
static void set_windows(struct task *task, const struct config *config) {
    task->stride = config->task_stride;
    task->longest_answer = config->task_longest_answer;
    task->null_threshold = config->task_null_threshold;
}

int task_init(struct task *task, const char *name, const struct config *config,
              struct err *err) {
    static const char *const formats[] = {"tsv",    "csv",   "jsonl", "conll",
                                          "conllu", "squad", NULL};
    const struct task *row = find(name);
    int kind = kind_of(config->task_kind);
    int format = index_of(config->task_format, formats);
    if (row == NULL)
        return refuse_name(name, err);
    *task = *row;
    task->kind = kind >= 0 ? (enum task_kind)kind : task->kind;
    task->format = format >= 0 ? (enum task_format)format : task->format;
    if (task->train == NULL)
        fill_own(task);
    task->train = or_row(config->task_train, task->train);
    task->dev[0] = or_row(config->task_dev, task->dev[0]);
    task->dev[1] = config->task_dev ? NULL : task->dev[1];
    task->names = or_row(config->task_columns, task->names);
    task->text = or_row(config->task_text, task->text);
    task->pair = or_row(config->task_pair, task->pair);
    task->mark = or_row(config->task_mark, task->mark);
    task->label = or_row(config->task_label, task->label);
    task->labels = or_row(config->task_labels, task->labels);
    task->metrics = or_row(config->task_metrics, task->metrics);
    task->choices = or_row(config->task_choices, task->choices);
    task->separator = config->task_separator;
    set_windows(task, config);
    return check(task, err);
}

/* A pair has twice as many columns for its words as a text. */
void task_init_lines(struct task *task, enum task_kind kind,
                     const struct config *config) {
    *task = (struct task){.kind = kind, .mark = config->task_mark};
    if (count_marks(task) == TASK_MARKS)
        task->pair = "";
    set_windows(task, config);
}

/* ---- files ---- */

/* The one file of a pattern: 1, or 0 where there is none. */
static int find_one(const char *dir, const char *folder, struct slice pattern,
                    struct str *path, struct err *err) {
    glob_t found;
    str_clear(path);
    str_printf(path, "%s%s%s/%.*s", dir, folder ? "/" : "", folder ? folder : "",
               (int)pattern.size, pattern.data);
    if (glob(path->data, 0, NULL, &found) != 0) {
        globfree(&found);
        return 0;
    }
    int rc = 1;
    if (found.gl_pathc > 1)
        rc = err_set(err, ERR_DATA,
                     "%s: fits %s and %s; task.train and task.dev name one", path->data,
                     found.gl_pathv[0], found.gl_pathv[1]);
    str_clear(path);
    str_printf(path, "%s", found.gl_pathv[0]);
    globfree(&found);
    return rc;
}

/* In one folder: as find_one. */
static int find_in(const struct task *task, const char *dir, const char *pattern,
                   struct str *path, struct err *err) {
    const char *const folders[] = {NULL, task->title};
    for (int f = 0; f < 2; f++) {
        struct slice rest = slice_of(pattern), one;
        while (slice_field(&rest, '|', &one)) {
            int rc = find_one(dir, folders[f], one, path, err);
            if (rc != 0)
                return rc;
        }
    }
    return 0;
}

int task_find_file(const struct task *task, const char *dirs, const char *pattern,
                   struct str *path, struct err *err) {
    struct slice rest = slice_of(dirs), one;
    while (slice_field(&rest, ',', &one)) {
        struct str dir = {0};
        str_append(&dir, one.data, one.size);
        int rc = find_in(task, dir.data, pattern, path, err);
        str_fini(&dir);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return err_set(err, ERR_MISSING, "task %s: %s has no %s, nor has its folder %s",
                   task->name, dirs, pattern, task->title);
}
