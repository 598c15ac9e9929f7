/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: of all that says when a run must end the earliest counts, and is named; a
 * scheduler is asked only by auto; what is no time is refused, naming who said it. */
#include "src/core/deadline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

enum { START = 1000000 };

static const struct row {
    const char *max_time, *deadline; /* options */
    const char *slurm, *pbs;         /* variables */
    double at;                       /* 0: never; -1: refused */
    const char *from;                /* or what the refusal says */
} rows[] = {
    {NULL, NULL, NULL, NULL, 0, NULL},
    {"90s", NULL, NULL, NULL, START + 90, "train.max_time"},
    {"1h30m", NULL, NULL, NULL, START + 5400, "train.max_time"},
    {"3600", NULL, NULL, NULL, START + 3600, "train.max_time"},
    {"0", NULL, NULL, NULL, START, "train.max_time"},
    {NULL, "1000500", NULL, NULL, 1000500, "train.deadline"},
    {NULL, "1970-01-12T13:55:00", NULL, NULL, 1000500, "train.deadline"},
    {"1h", "1000500", NULL, NULL, 1000500, "train.deadline"},
    {"1m", "1000500", NULL, NULL, START + 60, "train.max_time"},
    {NULL, NULL, "1000500", "60", 0, NULL}, /* nobody asked */
    {"1h", NULL, "1000500", "60", START + 3600, "train.max_time"},
    {"auto", NULL, NULL, NULL, 0, NULL},
    {"auto", NULL, "", NULL, 0, NULL},
    {"auto", NULL, "1000500", NULL, 1000500, "SLURM_JOB_END_TIME"},
    {"auto", NULL, NULL, "60", START + 60, "PBS_WALLTIME"},
    {"auto", NULL, "1000500", "60", START + 60, "PBS_WALLTIME"},
    {"auto", "1000010", "1000500", NULL, 1000010, "train.deadline"},
    {"never", NULL, NULL, NULL, -1, "train.max_time: 'never' is no time"},
    {"-5s", NULL, NULL, NULL, -1, "train.max_time: '-5s' is no time"},
    {"Auto", NULL, NULL, NULL, -1, "train.max_time: 'Auto' is no time"},
    {NULL, "tomorrow", NULL, NULL, -1, "train.deadline: 'tomorrow' is no point"},
    {NULL, "0", NULL, NULL, -1, "train.deadline: '0' is no point"},
    {NULL, "90s", NULL, NULL, -1, "train.deadline: '90s' is no point"},
    {NULL, "1970-01-12T13:55:00Z", NULL, NULL, -1, "train.deadline: '1970"},
    {"auto", NULL, "N/A", NULL, -1, "SLURM_JOB_END_TIME is 'N/A'"},
    {"auto", NULL, NULL, "1:00:00", -1, "PBS_WALLTIME is '1:00:00'"},
};

static void set_variable(const char *name, const char *value) {
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static void test_row(const struct row *row) {
    struct config config;
    struct deadline deadline;
    struct err err = {0};
    config_init(&config);
    config_set(&config, "train.max_time", row->max_time, "test", NULL);
    config_set(&config, "train.deadline", row->deadline, "test", NULL);
    set_variable("SLURM_JOB_END_TIME", row->slurm);
    set_variable("PBS_WALLTIME", row->pbs);
    int rc = deadline_find(&config, START, &deadline, &err);
    const char *name = row->max_time ? row->max_time : row->deadline;
    if (row->at < 0) {
        is_int(rc < 0 ? err.code : 0, 78, "%s: %s", name, err.text);
        ok(strstr(err.text, row->from) != NULL, "  says '%s'", row->from);
    } else {
        ok(rc == 0 && (row->at > 0 ? deadline.at == row->at : isinf(deadline.at)),
           "%s: ends at %.0f %s", name ? name : "nothing", deadline.at, err.text);
        is_str(deadline.from, row->from, "  by");
    }
    config_fini(&config);
}

int main(void) {
    setenv("TZ", "UTC", 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_row(&rows[i]);
    return tap_done();
}
