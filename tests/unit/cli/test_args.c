/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a table of command lines, each with what must come of it. */
#include "src/cli/args.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

static const struct {
    const char *line; /* words apart by one space */
    int code;
    const char *words;    /* joined by a comma */
    const char *settings; /* likewise */
    const char *text;     /* of --text */
    int64_t number;       /* of --number */
    bool flag;
    int listed; /* words after --list */
} rows[] = {
    {"c", 0, "", "", NULL, 0, false, 0},
    {"c a b", 0, "a,b,", "", NULL, 0, false, 0},
    {"c a b d", 64, NULL, NULL, NULL, 0, false, 0},
    {"c --text x a", 0, "a,", "", "x", 0, false, 0},
    {"c --text=x=y a", 0, "a,", "", "x=y", 0, false, 0},
    {"c --text", 64, NULL, NULL, NULL, 0, false, 0},
    {"c --tex x", 64, NULL, NULL, NULL, 0, false, 0}, /* no abbreviations */
    {"c --texts x", 64, NULL, NULL, NULL, 0, false, 0},
    {"c --number 10k", 0, "", "", NULL, 10000, false, 0},
    {"c --number ten", 64, NULL, NULL, NULL, 0, false, 0},
    {"c --flag a", 0, "a,", "", NULL, 0, true, 0},
    {"c --flag=1", 64, NULL, NULL, NULL, 0, false, 0},
    {"c --list x y --flag", 0, "", "", NULL, 0, true, 2},
    {"c --list=x y", 0, "y,", "", NULL, 0, false, 1},
    {"c -- --flag", 0, "--flag,", "", NULL, 0, false, 0},
    {"c -", 0, "-,", "", NULL, 0, false, 0},
    {"c --set train.steps=5 a", 0, "a,", "train.steps=5,", NULL, 0, false, 0},
    {"c --set=train.steps=5", 0, "", "train.steps=5,", NULL, 0, false, 0},
    {"c --set train.steps", 64, NULL, NULL, NULL, 0, false, 0},
    {"c --train.steps 5", 0, "", "train.steps=5,", NULL, 0, false, 0},
    {"c --train.steps=5", 0, "", "train.steps=5,", NULL, 0, false, 0},
    {"c --train.steps", 64, NULL, NULL, NULL, 0, false, 0},
    {"c -t x a", 0, "a,", "", "x", 0, false, 0},
    {"c -t=x a", 0, "a,", "", "x", 0, false, 0},
    {"c --text= a", 64, NULL, NULL, NULL, 0, false, 0},
    {"c -", 0, "-,", "", NULL, 0, false, 0},
    {"c --list x y -t z", 0, "", "", "z", 0, false, 2},
    {"c --list x - y", 0, "", "", NULL, 0, false, 3},
    {"c -train.steps 5", 64, NULL, NULL, NULL, 0, false, 0},
    {"c -,", 64, NULL, NULL, NULL, 0, false, 0},
    {"c -x", 64, NULL, NULL, NULL, 0, false, 0},
};

static void join(const struct words *words, struct str *out) {
    for (int i = 0; i < words->count; i++)
        str_printf(out, "%s,", words->list[i]);
    str_append(out, "", 0);
}

static void test_row(size_t i) {
    char line[128], *argv[16];
    int argc = 0;
    strcpy(line, rows[i].line);
    for (char *p = strtok(line, " "); p; p = strtok(NULL, " "))
        argv[argc++] = p;
    const char *text = NULL;
    int64_t number = 0;
    bool flag = false;
    struct words list = {0};
    const struct arg table[] = {{"-t, --text", ARG_TEXT, &text, ""},
                                {"--number", ARG_INT, &number, ""},
                                {"--flag", ARG_FLAG, &flag, ""},
                                {"--list", ARG_LIST, &list, ""},
                                {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {
        .command = "c", .table = table, .takes_settings = true, .most = 2};
    struct err err = {0};
    int rc = args_parse(&args, argc, argv, &err);
    is_int(rc < 0 ? err.code : 0, rows[i].code, "%s", rows[i].line);
    if (rc == 0) {
        struct str words = {0}, settings = {0};
        join(&args.words, &words);
        join(&args.settings, &settings);
        is_str(words.data, rows[i].words, "  words");
        is_str(settings.data, rows[i].settings, "  settings");
        is_str(text, rows[i].text, "  --text");
        is_int(number, rows[i].number, "  --number");
        is_int(flag, rows[i].flag, "  --flag");
        is_int(list.count, rows[i].listed, "  --list");
        str_fini(&words);
        str_fini(&settings);
    }
    words_fini(&list);
    args_fini(&args);
}

static void test_precedence(void) {
    char setting[] = "train.warmup_steps=4", *set[] = {setting};
    struct args args = {.command = "c", .settings = {set, 1}};
    struct config config;
    struct err err = {0};
    setenv("MPIBERT_TRAIN_STEPS", "3000", 1);
    setenv("MPIBERT_TRAIN_SEED", "3", 1);
    is_int(args_config(&args, NULL, &config, &err), 0,
           "a configuration without a file");
    is_int(config.train_seed, 3, "the environment is over the default");
    is_int(config.train_warmup_steps, 4, "--set too");
    config_fini(&config);
    setenv("MPIBERT_TRAIN_SED", "3", 1);
    is_int(args_config(&args, NULL, &config, &err), -1,
           "a variable that names no option");
    is_int(err.code, 78, "is told");
    unsetenv("MPIBERT_TRAIN_SED");
    unsetenv("MPIBERT_TRAIN_STEPS");
    unsetenv("MPIBERT_TRAIN_SEED");
}

/* Every section of the table is one whose misspelt variables are refused. */
static void test_variables(void) {
    static const struct {
        const char *name, *value;
        int code;
    } variables[] = {
        {"MPIBERT_FILTER_MIN_WORD", "3", 78}, {"MPIBERT_FILTER_MIN_WORDS", "3", 0},
        {"MPIBERT_LOG_EVERY", "3", 78},       {"MPIBERT_EVALUATION_SEEDS", "3", 78},
        {"MPIBERT_MODEL", "3", 78},           {"MPIBERT_DATA_SOURCES", "x", 0},
        {"MPIBERT_DATA_SOURCES", "", 78},     {"MPIBERT_DATA_HELDOUT", "x", 0},
        {"MPIBERT_DATA_SOURCE", "x", 78},     {"MPIBERT_TRAIN_PHASES", "null", 0},
        {"MPIBERT_TRAIN_PHASES", "3", 78},    {"MPIBERT_TEST_DATA", "/nowhere", 0},
        {"MPIBERT_ROOT", "/opt", 0}, /* a warning */
    };
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        struct args args = {.command = "c"};
        struct config config;
        struct err err = {0};
        setenv(variables[i].name, variables[i].value, 1);
        int rc = args_config(&args, NULL, &config, &err);
        is_int(rc < 0 ? err.code : 0, variables[i].code, "%s='%s'", variables[i].name,
               variables[i].value);
        ok(rc == 0 || strstr(err.text, variables[i].name), "  says %s",
           rc < 0 ? err.text : "nothing");
        if (rc == 0 && strcmp(variables[i].name, "MPIBERT_DATA_SOURCES") == 0)
            ok(config.source_count == 1 && strcmp(config.sources[0].path, "x") == 0,
               "  one source");
        unsetenv(variables[i].name);
        if (rc == 0)
            config_fini(&config);
    }
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_row(i);
    test_precedence();
    test_variables();
    return tap_done();
}
