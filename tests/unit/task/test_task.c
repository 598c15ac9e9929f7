/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a row of the table is whole, options change it and nothing else does, and its
 * files are found where GLUE has them; what names none, or several, is refused. */
#include "src/task/task.h"

#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const struct row {
    const char *what, *name, *settings[5];
    int code;
    const char *want; /* text pair label train dev format kind, or the error's words */
} rows[] = {
    {"a row", "mrpc", {0}, 0, "#1 String|#2 String|Quality|train.tsv|dev.tsv|0|0"},
    {"an option over it",
     "mrpc",
     {"task.dev=mine.tsv"},
     0,
     "#1 String|#2 String|Quality|train.tsv|mine.tsv|0|0"},
    {"an own one",
     "own",
     {"task.text=review", "task.label=stars"},
     0,
     "review||stars|train.tsv|dev.tsv|validation.tsv|valid.tsv|0|0"},
    {"of another kind",
     "own",
     {"task.text=a", "task.label=b", "task.kind=regress", "task.format=csv"},
     0,
     "a||b|train.csv|dev.csv|validation.csv|valid.csv|1|1"},
    {"words",
     "own",
     {"task.text=word", "task.label=tag", "task.kind=tag", "task.format=conll"},
     0,
     "word||tag|train.txt|train.conll|dev.txt|valid.txt|dev.conll|3|2"},
    {"no name", "colla", {0}, ERR_USAGE, "task 'colla': is none of cola sst2 "},
    {"marks",
     "wic",
     {"task.mark=start1 end1 start2 end2"},
     0,
     "sentence1|sentence2|label|train.jsonl|val.jsonl|2|0"},
    {"states of words",
     "wic_states",
     {0},
     0,
     "sentence1|sentence2|label|train.jsonl|val.jsonl|2|6"},
    {"states of words that are not told",
     "wic",
     {"task.kind=marked"},
     ERR_CONFIG,
     "task wic: task.kind marked is about a word in each "},
    {"marks of one text of two",
     "wic",
     {"task.mark=start1 end1"},
     ERR_CONFIG,
     "task wic: task.mark 'start1 end1' names 2 columns; "},
    {"marks where no text is",
     "swag",
     {"task.mark=a b c d"},
     ERR_CONFIG,
     "task swag: task.mark 'a b c d' names 4 columns; "},
    {"no column",
     "own",
     {"task.text=a"},
     ERR_CONFIG,
     "task own: --set task.text=COLUMN "},
    {"tags in a table",
     "own",
     {"task.text=a", "task.label=b", "task.kind=tag"},
     ERR_CONFIG,
     "task own: task.kind tag is for files in "},
    {"a text in words",
     "pos",
     {"task.kind=classify"},
     ERR_CONFIG,
     "task pos: task.kind tag is for files in "},
};

static void check_row(const struct row *row) {
    struct config config;
    struct task t;
    struct err err = {0};
    struct str got = {0};
    config_init(&config);
    for (int i = 0; i < 5 && row->settings[i]; i++) {
        char key[64];
        const char *equals = strchr(row->settings[i], '=');
        snprintf(key, sizeof key, "%.*s", (int)(equals - row->settings[i]),
                 row->settings[i]);
        is_int(config_set(&config, key, equals + 1, "test", &err), 0, "%s", key);
    }
    if (task_init(&t, row->name, &config, &err) == 0)
        str_printf(&got, "%s|%s|%s|%s|%s|%d|%d", t.text, t.pair ? t.pair : "", t.label,
                   t.train, t.dev[0], (int)t.format, (int)t.kind);
    else
        str_printf(&got, "%.*s", (int)strlen(row->want), err.text);
    is_str(got.data, row->want, "%s", row->what);
    is_int(err.code, row->code, "and its code");
    str_fini(&got);
    config_fini(&config);
}

static void write_file(const char *name) {
    struct str path = {0};
    str_printf(&path, "%s/%s", tap_folder(), name);
    ok(file_write_atomic(path.data, "", 0, NULL) == 0, "%s", name);
    str_fini(&path);
}

static const struct find {
    const char *pattern, *want;
    int code;
} finds[] = {
    {"train.tsv", "/train.tsv", 0},     {"absent|train.tsv", "/train.tsv", 0},
    {"only.tsv", "/SST-2/only.tsv", 0}, {"*-ud-train.conllu", "/en-ud-train.conllu", 0},
    {"absent.tsv", NULL, ERR_MISSING},  {"en-*", NULL, ERR_DATA},
};

static void check_find(const struct find *find) {
    struct str path = {0};
    struct err err = {0};
    const char *dir = tap_folder();
    const struct task task = {.name = "sst2", .title = "SST-2"};
    int rc = task_find_file(&task, dir, find->pattern, &path, &err);
    is_int(err.code, find->code, "%s", find->pattern);
    if (find->want)
        is_str(rc == 0 ? path.data + strlen(dir) : "", find->want, "is found");
    str_fini(&path);
}

/* Of several folders the first that has the file. */
static void check_folders(void) {
    const char *dir = tap_folder();
    const struct task task = {.name = "sst2", .title = "SST-2"};
    struct str dirs = {0}, path = {0};
    struct err err = {0};
    str_printf(&dirs, "%s/none,%s/SST-2,%s", dir, dir, dir);
    is_int(task_find_file(&task, dirs.data, "train.tsv", &path, &err), 0, "%s: %s",
           dirs.data, err.text);
    is_str(path.data + strlen(dir), "/SST-2/train.tsv", "is found");
    is_int(task_find_file(&task, dirs.data, "none.tsv", &path, &err), -1, "in none");
    ok(err.code == ERR_MISSING && strstr(err.text, dirs.data), "66, with all of them");
    str_fini(&dirs);
    str_fini(&path);
}

int main(void) {
    struct str sub = {0};
    struct config config;
    struct task t;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
    config_init(&config);
    for (const struct task *row = tasks; row->name; row++)
        ok(strcmp(row->name, "own") == 0 ||
               (task_init(&t, row->name, &config, NULL) == 0 && t.metrics && t.dev[0] &&
                !t.dev[1] == !t.dev_name[1]),
           "%s is whole", row->name);
    config_fini(&config);
    str_printf(&sub, "%s/SST-2", tap_folder());
    file_make_folder(sub.data, NULL);
    write_file("train.tsv");
    write_file("SST-2/train.tsv");
    write_file("SST-2/only.tsv");
    write_file("en-ud-train.conllu");
    check_folders();
    write_file("en-ud-dev.conllu");
    for (size_t i = 0; i < sizeof finds / sizeof *finds; i++)
        check_find(&finds[i]);
    str_fini(&sub);
    return tap_done();
}
