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
    {"", 0, "", "", NULL, 0, false, 0},
    {"a b", 0, "a,b,", "", NULL, 0, false, 0},
    {"a b d", 64, NULL, NULL, NULL, 0, false, 0},
    {"--text x a", 0, "a,", "", "x", 0, false, 0},
    {"--text=x=y a", 0, "a,", "", "x=y", 0, false, 0},
    {"--text", 64, NULL, NULL, NULL, 0, false, 0},
    {"--tex x", 64, NULL, NULL, NULL, 0, false, 0}, /* no abbreviations */
    {"--texts x", 64, NULL, NULL, NULL, 0, false, 0},
    {"--number 10k", 0, "", "", NULL, 10000, false, 0},
    {"--number ten", 64, NULL, NULL, NULL, 0, false, 0},
    {"--flag a", 0, "a,", "", NULL, 0, true, 0},
    {"--flag=1", 64, NULL, NULL, NULL, 0, false, 0},
    {"--list x y --flag", 0, "", "", NULL, 0, true, 2},
    {"--list=x y", 0, "y,", "", NULL, 0, false, 1},
    {"-- --flag", 0, "--flag,", "", NULL, 0, false, 0},
    {"-", 0, "-,", "", NULL, 0, false, 0},
    {"--set train.steps=5 a", 0, "a,", "train.steps=5,", NULL, 0, false, 0},
    {"--set=train.steps=5", 0, "", "train.steps=5,", NULL, 0, false, 0},
    {"--set train.steps", 64, NULL, NULL, NULL, 0, false, 0},
    {"--train.steps 5", 0, "", "train.steps=5,", NULL, 0, false, 0},
    {"--train.steps=5", 0, "", "train.steps=5,", NULL, 0, false, 0},
    {"--train.steps", 64, NULL, NULL, NULL, 0, false, 0},
    {"-t x a", 0, "a,", "", "x", 0, false, 0},
    {"-t=x a", 0, "a,", "", "x", 0, false, 0},
    {"--text= a", 64, NULL, NULL, NULL, 0, false, 0},
    {"-", 0, "-,", "", NULL, 0, false, 0},
    {"--list x y -t z", 0, "", "", "z", 0, false, 2},
    {"--list x - y", 0, "", "", NULL, 0, false, 3},
    {"-train.steps 5", 64, NULL, NULL, NULL, 0, false, 0},
    {"-,", 64, NULL, NULL, NULL, 0, false, 0},
    {"-x", 64, NULL, NULL, NULL, 0, false, 0},
    {"--number -5", 0, "", "", NULL, -5, false, 0},
    {"--number -6", 64, NULL, NULL, NULL, 0, false, 0},
    {"--number 10001", 64, NULL, NULL, NULL, 0, false, 0},
    {"--kind tar", 0, "", "", NULL, 0, false, 0},
    {"--kind ta", 64, NULL, NULL, NULL, 0, false, 0},
    {"--kind jsonl|tar", 64, NULL, NULL, NULL, 0, false, 0},
    {"--size 2KiB", 0, "", "", NULL, 0, false, 0},
    {"--size 1023", 64, NULL, NULL, NULL, 0, false, 0},
    {"--size much", 64, NULL, NULL, NULL, 0, false, 0},
    {"--preset base", 0, "", "model.preset=base,", NULL, 0, false, 0},
    {"--preset=base --set a.b=c", 0, "", "model.preset=base,a.b=c,", NULL, 0, false, 0},
    {"--set train.steps=", 0, "", "train.steps=,", NULL, 0, false, 0},
    {"--train.steps=", 0, "", "train.steps=,", NULL, 0, false, 0},
};

struct request {
    const char *text, *kind, *key;
    int64_t number, size;
    bool flag;
    struct words list;
};

static const struct arg options[] = {
    ARG_TEXT("-t, --text", "X", text, NULL, ""),
    ARG_INT("--number", -5, 10000, number, "7", ""),
    ARG_FLAG("--flag", flag, ""),
    ARG_LIST("--list", "X…", list, NULL, ""),
    ARG_CHOICE("--kind", "jsonl|tar", kind, NULL, ""),
    ARG_BYTES("--size", 1024, size, "1KiB", ""),
    ARG_SETTING("--preset", "P", key, NULL, "model.preset", ""),
    ARG_END};

static const struct command command = {.name = "c",
                                       .words = "[A] [B]",
                                       .options = options,
                                       .request_bytes = sizeof(struct request),
                                       .settings = true};

static void join_words(const struct words *words, struct str *out) {
    for (int i = 0; i < words->count; i++)
        str_printf(out, "%s,", words->list[i]);
    str_append(out, "", 0);
}

static void join_settings(const struct settings *settings, struct str *out) {
    for (int i = 0; i < settings->count; i++)
        str_printf(out, "%s=%s,", settings->list[i].key, settings->list[i].value);
    str_append(out, "", 0);
}

static int parse(struct args *args, const struct command *of, const char *line,
                 struct err *err) {
    static char text[128];
    char *argv[16];
    int argc = 0;
    strcpy(text, line);
    for (char *p = strtok(text, " "); p; p = strtok(NULL, " "))
        argv[argc++] = p;
    return args_parse(args, of, argc, argv, err);
}

static void test_row(size_t i) {
    struct args args;
    struct err err = {0};
    int rc = parse(&args, &command, rows[i].line, &err);
    is_int(rc < 0 ? err.code : 0, rows[i].code, "'%s'", rows[i].line);
    if (rc == 0) {
        const struct request *r = args.request;
        struct str words = {0}, settings = {0};
        join_words(&args.words, &words);
        join_settings(&args.settings, &settings);
        is_str(words.data, rows[i].words, "  words");
        is_str(settings.data, rows[i].settings, "  settings");
        is_str(r->text, rows[i].text, "  --text");
        is_int(r->number, rows[i].number ? rows[i].number : 7, "  --number");
        is_int(r->flag, rows[i].flag, "  --flag");
        is_int(r->list.count, rows[i].listed, "  --list");
        str_fini(&words);
        str_fini(&settings);
    }
    args_fini(&args);
}

/* What rows say of words and of what is needed. */
static void test_forms(void) {
    static const struct arg needing[] = {
        ARG_TEXT("--text", "FILE", text, ARG_NEEDED, ""),
        ARG_INT("--number", 1, 9, number, ARG_NEEDED, ""),
        ARG_LIST("--list", "PATH…", list, ARG_NEEDED, ""), ARG_END};
    static const struct {
        const char *words;
        const struct arg *options;
        const char *line, *says; /* says: NULL: it is taken */
    } forms[] = {
        {NULL, NULL, "", NULL},
        {NULL, NULL, "a", "c: one word too many: 'a'"},
        {"DIR FILE", NULL, "a b", NULL},
        {"DIR FILE", NULL, "a", "FILE is missing"},
        {"DIR FILE", NULL, "", "DIR is missing"},
        {"DIR FILE", NULL, "a b d", "one word too many: 'd'"},
        {"A B…", NULL, "a", "B is missing"},
        {"A B…", NULL, "a b d e", NULL},
        {"[FILE…]", NULL, "", NULL},
        {"[FILE…]", NULL, "a b", NULL},
        {"[DIR]", NULL, "a b", "one word too many: 'b'"},
        {NULL, needing, "", "--text FILE, --number N, --list PATH… are needed"},
        {NULL, needing, "--text x --list a", "--number N is needed"},
        {NULL, needing, "--text x --list a --number 3", NULL},
        {NULL, needing, "--set train.steps=5", "unknown option '--set'"},
        {NULL, needing, "--texd x", "did you mean '--text'? (try `mpibert help c`)"},
        {NULL, needing, "--number 10",
         "--number: '10' is not a whole number from 1 to 9"},
        {NULL, needing, "--text --number 3", "a value is missing after '--text'"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct command of = {.name = "c",
                                   .words = forms[i].words,
                                   .options = forms[i].options,
                                   .request_bytes = sizeof(struct request)};
        struct args args;
        struct err err = {0};
        int rc = parse(&args, &of, forms[i].line, &err);
        ok(forms[i].says ? rc < 0 && strstr(err.text, forms[i].says) : rc == 0,
           "%s: '%s' %s", of.words ? of.words : "nothing", forms[i].line,
           rc < 0 ? err.text : "is taken");
        args_fini(&args);
    }
}

static void test_precedence(void) {
    char key[] = "train.warmup_steps", value[] = "4";
    struct setting set = {key, value, "--set"};
    const struct settings settings = {&set, 1};
    struct config config;
    struct err err = {0};
    setenv("MPIBERT_TRAIN_STEPS", "3000", 1);
    setenv("MPIBERT_TRAIN_SEED", "3", 1);
    is_int(settings_config(&settings, NULL, &config, &err), 0,
           "a configuration without a file");
    is_int(config.train_seed, 3, "the environment is over the default");
    is_int(config.train_warmup_steps, 4, "--set too");
    config_fini(&config);
    setenv("MPIBERT_TRAIN_SED", "3", 1);
    is_int(settings_config(&settings, NULL, &config, &err), -1,
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
        const struct settings settings = {0};
        struct config config;
        struct err err = {0};
        setenv(variables[i].name, variables[i].value, 1);
        int rc = settings_config(&settings, NULL, &config, &err);
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
    test_forms();
    test_precedence();
    test_variables();
    return tap_done();
}
