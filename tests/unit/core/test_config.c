/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: every option takes what its row allows and refuses the rest with a message
 * that names key and origin; what is dumped loads back the same; what may not change on
 * resume is told. */
#include "src/core/config.h"

#include <string.h>

#include "src/core/nearest.h"
#include "tests/tap.h"

static const struct {
    const char *key, *text;
    int code;         /* 0: accepted */
    const char *part; /* of the printed value, or of the message */
} rows[] = {
    {"train.steps", "10k", 0, "10000"},
    {"train.steps", "1e3", 0, "1000"},
    {"train.steps", "-1", 78, "from 0 to"},
    {"train.steps", "ten", 78, "whole number"},
    {"train.steps", "1.5", 78, "whole number"},
    {"train.step", "5", 78, "did you mean 'train.steps'"},
    {"trian.steps", "5", 78, "did you mean 'train.steps'"},
    {"train.learning_rate", "1e-4", 0, "0.0001"},
    {"train.learning_rate", "1e-4x", 78, "a number"},
    {"train.learning_rate", "nan", 78, "a number"},
    {"train.epsilon", "null", 0, "null"},
    {"train.epsilon", "1e-8", 0, "1e-08"},
    {"train.epsilon", "0", 78, "from 1e-18 to 1"},
    {"train.epsilon", "1e-40", 78, "from 1e-18 to 1"},
    {"train.epsilon", "1e-400", 78, "a number"},
    {"model.norm_eps", "0", 78, "from 1e-18 to 0.1"},
    {"model.init_range", "0", 78, "from 1e-9 to 1"},
    {"train.learning_rate", "0", 0, "0"},
    {"train.learning_rate", "1e-39", 78, "is 0 in single precision"},
    {"train.learning_rate", "1e999", 78, "a number"},
    {"train.weight_decay", "1e-40", 78, "is 0 in single precision"},
    {"train.clip_norm", "1e-38", 78, "is 0 in single precision"},
    {"train.clip_norm", "1e39", 78, "from 0 to 1e9"},
    {"train.beta1", "-1e-45", 78, "from 0 to 0.999999"},
    {"train.beta2", "0.9999999", 78, "from 0 to 0.999999"},
    {"train.data_seed", "~", 0, "null"},
    {"data.block_bytes", "1MiB", 0, "1048576"},
    {"data.block_bytes", "1KiB", 78, "from 64KiB"},
    {"checkpoint.every_minutes", "90", 0, "90"},
    {"checkpoint.every_minutes", "90m", 0, "90"},
    {"checkpoint.every_minutes", "1h30m", 0, "90"},
    {"checkpoint.every_minutes", "30s", 0, "0.5"},
    {"checkpoint.every_minutes", "90 minutes", 78, "a time"},
    {"data.mask_prob", "0.04", 78, "from 0.05 to 0.8"},
    {"data.mask_prob", "0.8", 0, "0.8"},
    {"filter.max_digits", "0.25", 0, "0.25"},
    {"filter.max_digits", "off", 0, "off"},
    {"filter.max_digits", "null", 0, "null"},
    {"filter.max_digits", "on", 78, "off or a number"},
    {"filter.max_digits", "inf", 78, "off or a number"},
    {"filter.max_digits", "-1", 78, "from 0 to"},
    {"filter.max_digit", "0.2", 78, "did you mean 'filter.max_digits'"},
    {"filter.curly_brackets", "yes", 0, "true"},
    {"data.filter", "web", 0, "web"},
    {"data.filter", "net", 78, "one of none|wiki|web|books"},
    {"data.sources[0].filter", "books", 0, NULL},
    {"data.sources[0].filter", "off", 78, "one of none|wiki|web|books"},
    {"data.heldout[0].filter", "wiki", 78, "not filtered"},
    {"data.lowercase", "no", 0, "false"},
    {"data.lowercase", "maybe", 78, "true or false"},
    {"model.preset", "base", 0, "base"},
    {"model.preset", "bas", 78, "one of tiny|mini"},
    {"model.preset", "ase", 78, "one of"},
    {"model.preset", "", 78, "may not be empty; leave it out for its default, tiny"},
    {"model.preset", "null", 78, "may not be null"},
    {"train.steps", "null", 78, "may not be null; leave it out for its default, 3000"},
    {"train.steps", "", 78, "may not be empty"},
    {"train.lanes", "~", 78, "may not be null"},
    {"checkpoint.dir", "NULL", 78, "may not be null"},
    {"data.language", "", 78, "may not be empty"},
    {"data.vocab", "", 78, "is empty; null leaves it unset"},
    {"data.vocab", "Null", 0, "null"},
    {"checkpoint.every_steps", "null", 0, "null"},
    {"evaluation.every_steps", "null", 0, "null"},
    {"train.steps", "[]", 78, "one value, not a list or map"},
    {"data.vocab", "{}", 78, "one value, not a list or map"},
    {"train.steps[0]", "5", 78, "train.steps takes one value"},
    {"data.vocab.path", "5", 78, "data.vocab takes one value"},
    {"train", "5", 78, "is a section"},
    {"train", "null", 0, NULL},
    {"train", "{}", 0, NULL},
    {"data", "[]", 78, "is a section"},
    {"checkpoint.dir", "a\rb", 78, "one line"},
    {"data.sources[0].path", "x.tar", 0, NULL},
    {"data.sources[0].weight", "0", 78, "from 1e-30 to"},
    {"data.sources[0].weight", "-1", 78, "from 1e-30 to"},
    {"data.sources[0].weight", "null", 78, "leave it out for its default, 1"},
    {"data.sources[0].format", "", 78, "leave it out for its default, auto"},
    {"data.sources[0].filter", "null", 0, NULL},
    {"data.sources[0].path", "null", 78, "may not be null"},
    {"data.sources[0]", "", 78, "may not be empty"},
    {"data.sources[0].colour", "red", 78,
     "a source has path, format, text_key, filter"},
    {"data.sources[0]colour", "red", 78, "unknown key"},
    {"data.sources[2].path", "x", 78, "the next one is data.sources[0]"},
    {"data.sources[-1].path", "x", 78, "without gaps"},
    {"data.sources[+0].path", "x", 78, "without gaps"},
    {"data.sources[].path", "x", 78, "without gaps"},
    {"data.sources[100000].path", "x", 78, "at most 100000 rows"},
    {"data.sources[99999999999999999999].path", "x", 78, "without gaps"},
    {"data.sources[0", "x", 78, ""},
    {"data.sources.path", "x", 78, "is a list"},
    {"data.sources", "{}", 78, "is no list of rows"},
    {"data.sources", "", 78, "is empty"},
    {"data.sources[0]", "{}", 78, "one value, not a list or map"},
    {"data.sourcesx", "x", 78, "did you mean"},
    {"train.objectives", "mlm,nsp", 0, "mlm,nsp"},
    {"train.objectives", "null", 0, "null"},
    {"train.objectives", "", 78, "is empty; null leaves it unset"},
    {"train.objectives", "[]", 78, "is empty; null leaves it unset"},
    {"train.objectives", "{}", 78, "takes words"},
    {"train.objectives[0]", "mlm", 0, NULL},
    {"train.objectives[0]", "null", 78, "is empty"},
    {"train.objectives[1]", "nsp", 78, "without gaps"},
    {"train.objectives[-1]", "nsp", 78, "without gaps"},
    {"train.objectives[0].name", "nsp", 78, "takes words"},
};

/* What stands in a list after one more setting; the first made it of two rows. */
static const struct {
    const char *key, *text;
    int code, count;
    const char *first; /* path */
} lists[] = {
    {"data.sources", "z", 0, 1, "z"},
    {"data.sources", "null", 0, 0, NULL},
    {"data.sources", "[]", 0, 0, NULL},
    {"data.sources", "", 78, 2, "a"},
    {"data.sources[0]", "z", 0, 2, "z"},
    {"data.sources[2]", "z", 0, 3, "a"},
    {"data.sources[3]", "z", 78, 2, "a"},
    {"data.sources[2].weight", "0", 78, 2, "a"},
    {"data.sources[2].colour", "z", 78, 2, "a"},
};

static void test_lists(void) {
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct config config;
        struct err err = {0};
        config_init(&config);
        config_set(&config, "data.sources[0].path", "a", "here", &err);
        config_set(&config, "data.sources[0].format", "lines", "here", &err);
        config_set(&config, "data.sources[1]", "b", "here", &err);
        int rc = config_set(&config, lists[i].key, lists[i].text, "here", &err);
        is_int(rc < 0 ? err.code : 0, lists[i].code, "%s: '%s'", lists[i].key,
               lists[i].text);
        is_int(config.source_count, lists[i].count, "  rows");
        if (lists[i].first)
            is_str(config.sources[0].path, lists[i].first, "  the first");
        if (strcmp(lists[i].key, "data.sources") == 0 && lists[i].count == 1)
            is_str(config.sources[0].format, "auto", "  with nothing of what it was");
        config_fini(&config);
    }
}

/* Every option takes null, or refuses it and the empty text by its name, and stays as
 * it was; what takes null says so by having no default, or is one of those named
 * here. */
static void test_nothing(void) {
    static const char never[] =
        "checkpoint.every_steps evaluation.every_steps train.replicas_every";
    for (int i = 0; i < options_count; i++) {
        const struct option *o = &options_table[i];
        struct config config;
        struct err err = {0};
        struct str before = {0}, after = {0};
        config_init(&config);
        config_dump(&config, &before);
        bool may = o->fallback == NULL || strstr(never, o->key);
        is_int(config_set(&config, o->key, "", "here", &err), -1, "%s: nothing",
               o->key);
        ok(strstr(err.text, o->key) != NULL && err.code == ERR_CONFIG, "  says %s",
           err.text);
        int rc = config_set(&config, o->key, "null", "here", &err);
        is_int(rc, may ? 0 : -1, "  null");
        config_dump(&config, &after);
        if (!may)
            is_str(after.data, before.data, "  changes nothing");
        str_fini(&before);
        str_fini(&after);
        config_fini(&config);
    }
}

static void test_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config config;
        struct err err = {0};
        config_init(&config);
        int rc = config_set(&config, rows[i].key, rows[i].text, "here", &err);
        is_int(rc < 0 ? err.code : 0, rows[i].code, "%s: '%s'", rows[i].key,
               rows[i].text);
        if (rc < 0) {
            ok(strstr(err.text, rows[i].part) != NULL, "  says %s", err.text);
            ok(strncmp(err.text, "here: ", 6) == 0, "  names the origin");
        }
        for (int o = 0; rc == 0 && rows[i].part && o < options_count; o++) {
            if (strcmp(options_table[o].key, rows[i].key) != 0)
                continue;
            struct str text = {0};
            config_print(&config, &options_table[o], &text);
            is_str(text.data, rows[i].part, "  prints back");
            is_str(config.origins[o], "here", "  remembers the origin");
            str_fini(&text);
        }
        config_fini(&config);
    }
}

static void test_dump(void) {
    struct config a, b;
    struct str first = {0}, second = {0};
    struct err err;
    config_init(&a);
    config_init(&b);
    config_set(&a, "data.sources[0].path", "shards/*.tar", "t", &err);
    config_set(&a, "data.sources[1]", "more: of it", "t", &err);
    config_set(&a, "data.sources[1].weight", "0.1", "t", &err);
    config_set(&a, "data.heldout[0]", "held", "t", &err);
    config_set(&a, "train.learning_rate", "0.000123456789", "t", &err);
    config_set(&a, "data.sources[0].filter", "wiki", "t", &err);
    config_set(&a, "filter.max_words", "off", "t", &err);
    config_set(&a, "filter.max_digits", "0.075", "t", &err);
    config_dump(&a, &first);
    is_int(config_load(&b, str_slice(&first), "dump", &err), 0, "a dump loads");
    config_dump(&b, &second);
    is_str(second.data, first.data, "and dumps the same");
    is_str(b.sources[0].filter, "wiki", "a source's filter");
    is_str(b.sources[1].path, "more: of it", "a path with a colon");
    is_int(config_load(&b, slice_of("filter.alphabet: \n"), "old", &err), 0,
           "an empty text of an old dump is not set");
    is_int(config_load(&b, slice_of("train.steps 5"), "dump", &err), -1,
           "no colon: refused");
    is_int(err.code, 65, "as bad data");
    str_fini(&first);
    str_fini(&second);
    config_fini(&a);
    config_fini(&b);
}

static void test_compare(void) {
    static const struct {
        const char *key, *text;
        int code;
    } changes[] = {{"train.steps", "9", 0},
                   {"checkpoint.keep", "9", 0},
                   {"evaluation.seed", "9", 0},
                   {"log.every_steps", "9", 0},
                   {"data.vocab", "elsewhere", 0},
                   {"train.recompute", "layer", 0},
                   {"train.precision", "bf16", 78},
                   {"train.seed", "9", 78},
                   {"model.layers", "9", 78},
                   {"train.lanes", "9", 78},
                   {"data.mask_prob", "0.2", 78},
                   {"train.learning_rate", "1", 78},
                   {"filter.alphabet", "abc", 78},
                   {"data.on_error", "stop", 78},
                   {"train.chunk_tokens", "4096", 78},
                   {"train.objectives", "mlm", 78},
                   {"train.objectives", "nsp,mlm", 0}}; /* which it is without */
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct config now, then;
        struct err err = {0};
        config_init(&now);
        config_init(&then);
        is_int(config_compare(&now, &then, &err), 0, "the same may resume");
        config_set(&now, changes[i].key, changes[i].text, "there", &err);
        bool makes_examples = strcmp(changes[i].key, "train.lanes") == 0 ||
                              strcmp(changes[i].key, "data.mask_prob") == 0 ||
                              strcmp(changes[i].key, "filter.alphabet") == 0;
        err = (struct err){0};
        config_compare(&now, &then, &err);
        is_int(err.code, changes[i].code, "changing %s", changes[i].key);
        if (changes[i].code)
            ok(strstr(err.text, changes[i].text) && strstr(err.text, "there"),
               "  says value and origin: %s", err.text);
        ok(!strstr(err.text, "allow_change") ==
               (changes[i].code == 0 || makes_examples),
           "  and leave is advised only where it helps");
        config_fini(&now);
        config_fini(&then);
    }
}

/* A list of words, one after the other, as YAML's [a, b] comes. */
static void test_words(void) {
    static const struct {
        const char *key, *text;
        int rc;
        const char *want;
    } steps[] = {{"train.objectives[0]", "nsp", 0, "nsp"},
                 {"train.objectives[1]", "mlm", 0, "nsp,mlm"},
                 {"train.objectives[1]", "mlm", -1, "nsp,mlm"},
                 {"train.objectives[3]", "mlm", -1, "nsp,mlm"},
                 {"train.objectives[0]", "mlm", 0, "mlm"}};
    struct config config;
    config_init(&config);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct err err = {0};
        int rc = config_set(&config, steps[i].key, steps[i].text, "t", &err);
        is_int(rc, steps[i].rc, "%s = %s", steps[i].key, steps[i].text);
        is_str(config.train_objectives, steps[i].want, "  the list");
    }
    config_fini(&config);
}

static const struct {
    const char *packing, *masks, *objectives; /* NULL: not set */
    uint32_t set;                             /* 0: 78 */
    const char *phase;                        /* data.mask_kind of a second one */
} trained[] = {
    {"pairs", NULL, NULL, OBJECTIVE_SET(MLM) | OBJECTIVE_SET(NSP), NULL},
    {"full_sentences", NULL, NULL, OBJECTIVE_SET(MLM), NULL},
    {"pairs", NULL, "mlm", OBJECTIVE_SET(MLM), NULL},
    {"pairs", NULL, "nsp,mlm", OBJECTIVE_SET(MLM) | OBJECTIVE_SET(NSP), NULL},
    {"doc_sentences", "span", "mlm", OBJECTIVE_SET(MLM), NULL},
    {"swapped_pairs", NULL, NULL, OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SOP), NULL},
    {"swapped_pairs", NULL, "mlm,sop", OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SOP), NULL},
    {"swapped_pairs", NULL, "mlm,nsp", 0, NULL},
    /* packing and masks follow */
    {NULL, NULL, "mlm,sop", OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SOP), NULL},
    {NULL, NULL, "mlm,nsp", OBJECTIVE_SET(MLM) | OBJECTIVE_SET(NSP), NULL},
    {NULL, NULL, "mlm,sbo", OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SBO), NULL},
    {NULL, "ngram", "mlm,sbo", OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SBO), NULL},
    {NULL, NULL, "mlm,sop,sbo",
     OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SOP) | OBJECTIVE_SET(SBO), NULL},
    {NULL, NULL, "mlm,sbo", OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SBO), "ngram"},
    {NULL, NULL, "mlm,sbo", 0, "words"},
    {NULL, "tokens", "mlm,sbo", 0, NULL},
    {NULL, "words", "mlm,sbo", 0, NULL},
    {NULL, NULL, "sbo", 0, NULL},
    {NULL, NULL, "mlm,nsp,sop", 0, NULL},
    {"pairs", NULL, "mlm,sop", 0, NULL},
    {"doc_sentences", NULL, "mlm,nsp", 0, NULL},
    {"pairs", NULL, "nsp", 0, NULL},
    {"pairs", NULL, "mlm,spn", 0, NULL},
};

static void set(struct config *config, const char *key, const char *text) {
    if (text)
        config_set(config, key, text, "t", NULL);
}

static void test_objectives(void) {
    for (size_t i = 0; i < sizeof trained / sizeof *trained; i++) {
        struct config config;
        struct err err = {0};
        bool good = trained[i].set != 0;
        config_init(&config);
        set(&config, "data.packing", trained[i].packing);
        set(&config, "data.mask_kind", trained[i].masks);
        set(&config, "train.objectives", trained[i].objectives);
        if (trained[i].phase) {
            set(&config, "train.phases[0].steps", "1");
            set(&config, "train.phases[1].steps", "1");
            set(&config, "train.phases[1].mask_kind", trained[i].phase);
        }
        config_settle(&config, &err);
        config_check(&config, &err);
        is_int(err.code, good ? 0 : ERR_CONFIG, "%s of %s and %s: %s",
               trained[i].objectives ? trained[i].objectives : "null",
               trained[i].packing ? trained[i].packing : "any",
               trained[i].masks ? trained[i].masks : "any", err.text);
        ok(good || strncmp(err.text, "train.objectives: ", 18) == 0, "  names the key");
        if (good)
            is_int(config_objectives(&config), trained[i].set, "  is trained");
        config_fini(&config);
    }
}

static void test_check(void) {
    static const struct {
        const char *key, *text;
        int code;
    } settings[] = {{"train.steps", "400", 0},
                    {"data.mask_replace", "0.9", 0}, /* with .1 random */
                    {"data.mask_replace", "1", 78},
                    {"data.mask_random", "0.25", 78},
                    {"model.heads", "3", 78},
                    {"model.head_size", "48", 0},
                    {"model.kind", "megatron-bert", 0},
                    {"model.kind", "electra", 0},
                    {"model.embedding_size", "128", 0}, /* as hidden */
                    {"model.embedding_size", "64", 78},
                    {"train.sequence_length", "1024", 78},
                    {"train.chunk_tokens", "64", 78},
                    {"train.steps", "100", 0}, /* with 300 of warm-up */
                    {"train.reproducible", "bitwise", 0},
                    {"data.sources[0].weight", "2", 78}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct config config;
        struct err err = {0};
        config_init(&config);
        int rc = config_set(&config, settings[i].key, settings[i].text, "t", &err);
        is_int(rc, 0, "%s = %s is a value", settings[i].key, settings[i].text);
        config_check(&config, &err);
        is_int(err.code, settings[i].code, "together: %s", err.text);
        config_fini(&config);
    }
}

static void test_distance(void) {
    is_int(nearest_distance("steps", "steps"), 0, "the same");
    is_int(nearest_distance("step", "steps"), 1, "one more");
    is_int(nearest_distance("setps", "steps"), 1, "neighbours swapped");
    is_int(nearest_distance("", "abc"), 3, "from nothing");
}

int main(void) {
    test_rows();
    test_lists();
    test_nothing();
    test_dump();
    test_compare();
    test_check();
    test_words();
    test_objectives();
    test_distance();
    return tap_done();
}
