/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a list of numbers is what it says, rising and each once; what is no list is
 * refused with the item; a schedule of snapshots follows from the run's steps. */
#include "src/core/series.h"

#include <stdio.h>
#include <string.h>

#include "src/base/str.h"
#include "src/core/snapshots.h"
#include "tests/tap.h"

static void print(const struct series *series, struct str *out) {
    str_clear(out);
    str_printf(out, "%s", "");
    for (int i = 0; i < series->count; i++)
        str_printf(out, "%s%lld", i ? " " : "", (long long)series->values[i]);
}

static const struct {
    const char *text;
    int64_t whole;
    const char *values; /* NULL: refused */
} rows[] = {
    {"0", 0, "0"},
    {"3,1,2,1", 0, "1 2 3"},
    {"0..4", 0, "0 1 2 3 4"},
    {"7..7", 0, "7"},
    {"0,20k..60k/20k,100k", 0, "0 20000 40000 60000 100000"},
    {"1..10/4", 0, "1 5 9"},
    {"0%,50%,100%", 2000, "0 1000 2000"},
    {"1%..3%/1%", 1000, "10 20 30"},
    {"0.5%", 1000, "5"},
    {"33%", 10, "3"},
    {"10%..30%/10%,5", 100, "5 10 20 30"},
    {"1%..2%/1%", 10, "0"},
    {"", 0, NULL},
    {",", 0, NULL},
    {"1,", 0, NULL},
    {"1,,2", 0, NULL},
    {"-1", 0, NULL},
    {"4..1", 0, NULL},
    {"1..", 0, NULL},
    {"..1", 0, NULL},
    {"1/2", 0, NULL},
    {"1..5/0", 0, NULL},
    {"1..5/", 0, NULL},
    {"1%..5", 9, NULL},
    {"1..5%", 9, NULL},
    {"1%..5%/1", 9, NULL},
    {"1.5", 0, NULL},
    {"x", 0, NULL},
    {"0..1G", 0, NULL},
    {"1 2", 0, NULL},
};

static void test_rows(void) {
    struct str text = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct series series;
        struct err err = {0};
        int rc = series_parse(rows[i].text, rows[i].whole, &series, &err);
        is_int(rc, rows[i].values ? 0 : -1, "'%s': %s", rows[i].text, err.text);
        print(&series, &text);
        is_str(text.data, rows[i].values ? rows[i].values : "", "  its numbers");
        is_int(err.code, rows[i].values ? 0 : ERR_CONFIG, "  its code");
        series_fini(&series);
    }
    str_fini(&text);
}

static const struct {
    const char *snapshots;
    int64_t steps;
    const char *values;
} schedules[] = {
    {NULL, 100, ""},
    {"log", 20, "0 1 2 4 8 16 20"},
    {"log", 16, "0 1 2 4 8 16"},
    {"log", 0, "0"},
    {"multiberts", 2000,
     "0 20 40 60 80 100 120 140 160 180 200 300 400 500 600 700 800 900 1000 1100 1200 "
     "1300 1400 1500 1600 1700 1800 1900 2000"},
    {"0,5..10/5", 100, "0 5 10"},
};

static void test_schedules(void) {
    struct str text = {0};
    for (size_t i = 0; i < sizeof schedules / sizeof *schedules; i++) {
        struct config config;
        struct series steps;
        char number[32];
        config_init(&config);
        snprintf(number, sizeof number, "%lld", (long long)schedules[i].steps);
        config_set(&config, "train.steps", number, "here", NULL);
        config_set(&config, "checkpoint.snapshots", schedules[i].snapshots, "here",
                   NULL);
        is_int(snapshots_steps(&config, &steps, NULL), 0, "a schedule");
        print(&steps, &text);
        is_str(text.data, schedules[i].values, "  its steps");
        series_fini(&steps);
        config_fini(&config);
    }
    str_fini(&text);
}

/* Of 2M steps it is what Sellam et al. released: 28 and the first weights. */
static void test_multiberts(void) {
    struct config config;
    struct series ours, theirs;
    config_init(&config);
    config_set(&config, "train.steps", "2M", "here", NULL);
    config_set(&config, "checkpoint.snapshots", "multiberts", "here", NULL);
    snapshots_steps(&config, &ours, NULL);
    series_parse("0,20k..200k/20k,300k..2M/100k", 0, &theirs, NULL);
    is_int(ours.count, 29, "29 snapshots");
    ok(ours.count == theirs.count &&
           memcmp(ours.values, theirs.values, 29 * sizeof *ours.values) == 0,
       "the released ones");
    ok(series_has(&ours, 300000) && !series_has(&ours, 250000), "300k is, 250k is not");
    series_fini(&ours);
    series_fini(&theirs);
    config_fini(&config);
}

static void test_refused(void) {
    struct config config;
    struct err err = {0};
    config_init(&config);
    config_set(&config, "checkpoint.snapshots", "1k..", "here", NULL);
    is_int(config_check(&config, &err), -1, "the configuration is refused: %s",
           err.text);
    is_int(err.code, ERR_CONFIG, "  its code");
    ok(strstr(err.text, "checkpoint.snapshots") && strstr(err.text, "'1k..'"),
       "  with key and item");
    config_fini(&config);
}

int main(void) {
    test_rows();
    test_schedules();
    test_multiberts();
    test_refused();
    return tap_done();
}
