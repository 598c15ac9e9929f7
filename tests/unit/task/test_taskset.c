/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a task's files become one set of labels for all of them, questions with their
 * right answers, and a hash that changes with any file; a training file that teaches
 * nothing, or a file that is not there, is refused. */
#include "src/task/taskset.h"

#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const char tokens[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n";

static struct config config;
static struct vocab vocab;

static void write_file(const char *name, const char *text) {
    struct str path = {0};
    str_printf(&path, "%s/%s", tap_folder(), name);
    file_write_atomic(path.data, text, strlen(text), NULL);
    str_fini(&path);
}

static int open_set(struct taskset *t, const char *name, struct err *err) {
    const struct normalizer_options normalizer = {.clean_text = true};
    const struct taskset_options options = {.name = name,
                                            .dir = tap_folder(),
                                            .config = &config,
                                            .vocab = &vocab,
                                            .normalizer = &normalizer};
    *err = (struct err){0};
    return taskset_open(t, &options, err);
}

static void check_good(void) {
    struct taskset t;
    struct err err;
    struct predictions set = {0};
    char before[HASH_HEX_SIZE];
    write_file("train.tsv", "text\tlabel\na\tyes\nb\tno\n");
    write_file("dev.tsv", "text\tlabel\nb\tyes\na\tno\nb\tyes\n");
    is_int(open_set(&t, "own", &err), 0, "a task of one's own %s", err.text);
    is_int(taskset_width(&t), 2, "has two labels");
    is_int(t.dev_count, 1, "and one file to judge by");
    taskset_questions(&t, 0, &set);
    is_str(set.name.data, "own", "a set of its name");
    is_str(set.metrics.data, "accuracy", "with its metric");
    is_int(set.questions, 3, "has every question");
    ok(set.gold[0] == 1 && set.gold[1] == 0 && set.gold[2] == 1, "and right answer");
    is_str(set.labels[1].data, "yes", "by their words");
    predictions_fini(&set);
    strcpy(before, t.hash);
    taskset_close(&t);
    write_file("dev.tsv", "text\tlabel\nb\tyes\na\tno\nb\tno\n");
    is_int(open_set(&t, "own", &err), 0, "with another file");
    ok(strcmp(before, t.hash) != 0, "it has another hash");
    taskset_close(&t);
}

static const struct row {
    const char *what, *train, *dev, *words;
    int code;
} rows[] = {
    {"one label alone", "text\tlabel\na\tyes\nb\tyes\n", "text\tlabel\na\tyes\n",
     "all labels are 'yes'", ERR_DATA},
    {"a label that training has not", "text\tlabel\na\tyes\nb\tno\n",
     "text\tlabel\na\tmaybe\n", "dev.tsv:2: label 'maybe'", ERR_DATA},
    {"an empty dev file", "text\tlabel\na\tyes\nb\tno\n", "text\tlabel\n",
     "dev.tsv: has no example", ERR_DATA},
};

static void check_row(const struct row *row) {
    struct taskset t;
    struct err err;
    write_file("train.tsv", row->train);
    write_file("dev.tsv", row->dev);
    is_int(open_set(&t, "own", &err), -1, "%s", row->what);
    is_int(err.code, row->code, "its code");
    ok(strstr(err.text, row->words) != NULL, "its words: %s", err.text);
}

/* The sets of a task are ones and zeros of every label. */
static void check_sets(void) {
    static const char text[] = "text\tlabel\na\tx,z\nb\t\na\ty\n";
    struct taskset t;
    struct err err;
    struct predictions set = {0};
    config_set(&config, "task.kind", "multilabel", "test", NULL);
    write_file("train.tsv", text);
    write_file("dev.tsv", text);
    is_int(open_set(&t, "own", &err), 0, "sets of labels %s", err.text);
    taskset_questions(&t, 0, &set);
    is_int(set.questions, 9, "a question a label and example");
    const float want[] = {1, 0, 1, 0, 0, 0, 0, 1, 0};
    ok(memcmp(set.gold, want, sizeof want) == 0, "and its right answer");
    is_str(set.metrics.data, "f1_micro f1_macro exact", "by the metrics of sets");
    predictions_fini(&set);
    taskset_close(&t);
    write_file("train.tsv", "text\tlabel\na\tx,y\nb\ty,x\n");
    is_int(open_set(&t, "own", &err), -1, "the same set for all");
    ok(strstr(err.text, "train.tsv: all examples have the same labels") &&
           err.code == ERR_DATA,
       "is refused: %s", err.text);
    config_set(&config, "task.kind", NULL, "test", NULL);
}

static void check_two(void) {
    static const char text[] = "sentence1\tsentence2\tgold_label\na\tb\tneutral\n"
                               "a\tb\tentailment\n";
    struct taskset t;
    struct err err;
    struct predictions set = {0};
    write_file("train.tsv", text);
    write_file("dev_matched.tsv", text);
    is_int(open_set(&t, "mnli", &err), -1, "half of a task's dev files");
    is_int(err.code, ERR_MISSING, "66: %s", err.text);
    write_file("dev_mismatched.tsv", text);
    is_int(open_set(&t, "mnli", &err), 0, "both of them");
    is_int(t.dev_count, 2, "are two sets");
    is_int(taskset_width(&t), 3, "of the task's labels, whichever the files have");
    taskset_questions(&t, 1, &set);
    is_str(set.name.data, "mnli-mismatched", "by their names");
    predictions_fini(&set);
    taskset_close(&t);
}

int main(void) {
    config_init(&config);
    config_set(&config, "train.sequence_length", "8", "test", NULL);
    config_set(&config, "task.text", "text", "test", NULL);
    config_set(&config, "task.label", "label", "test", NULL);
    vocab_parse(&vocab, slice_of(tokens), "vocab", NULL);
    check_good();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
    check_sets();
    config_set(&config, "task.text", NULL, "test", NULL);
    config_set(&config, "task.label", NULL, "test", NULL);
    check_two();
    vocab_fini(&vocab);
    config_fini(&config);
    return tap_done();
}
