/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines: see deadline.h. */
#include "src/core/deadline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/parse.h"

/* What schedulers say.  PBS tells how long a job may take, which is counted from the
 * run's start, as the job's is not told; LSF tells nothing, and sends USR2 itself. */
static const struct variable {
    const char *name;
    bool since_start; /* seconds from the start, not since 1970 */
} variables[] = {{"SLURM_JOB_END_TIME", false}, {"PBS_WALLTIME", true}};
enum { VARIABLES = sizeof variables / sizeof *variables };

void deadline_variables(struct str *names) {
    for (int i = 0; i < VARIABLES; i++)
        str_printf(names, "%s%s", i ? ", " : "", variables[i].name);
}

static void earlier(struct deadline *deadline, double at, const char *from) {
    if (at < deadline->at)
        *deadline = (struct deadline){at, from};
}

/* "1767225600", or "2026-01-01T00:00:00" of this place, as squeue writes it. */
static int parse_time(const char *text, double *at) {
    struct tm tm = {.tm_isdst = -1};
    int64_t seconds;
    if (parse_int(text, &seconds) == 0 && seconds > 0) {
        *at = (double)seconds;
        return 0;
    }
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (end == NULL || *end != '\0')
        return -1;
    *at = (double)mktime(&tm);
    return 0;
}

static int ask_environment(double start, struct deadline *deadline, struct err *err) {
    for (int i = 0; i < VARIABLES; i++) {
        const struct variable *v = &variables[i];
        const char *text = getenv(v->name);
        int64_t seconds;
        if (text == NULL || *text == '\0')
            continue;
        if (parse_int(text, &seconds) < 0 || seconds <= 0)
            return err_set(err, ERR_CONFIG,
                           "train.max_time: auto, but %s is '%s', not a number of "
                           "seconds; set train.max_time to a time",
                           v->name, text);
        earlier(deadline, (double)seconds + (v->since_start ? start : 0), v->name);
    }
    return 0;
}

static int ask_max_time(const char *text, double start, struct deadline *deadline,
                        struct err *err) {
    double seconds;
    if (text == NULL)
        return 0;
    if (strcmp(text, "auto") == 0)
        return ask_environment(start, deadline, err);
    if (parse_duration(text, &seconds) < 0)
        return err_set(err, ERR_CONFIG,
                       "train.max_time: '%s' is no time (90s, 45m, 23h30m, or auto)",
                       text);
    earlier(deadline, start + seconds, "train.max_time");
    return 0;
}

int deadline_find(const struct config *config, double start, struct deadline *deadline,
                  struct err *err) {
    const char *text = config->train_deadline;
    double at;
    *deadline = (struct deadline){.at = INFINITY};
    if (ask_max_time(config->train_max_time, start, deadline, err) < 0)
        return -1;
    if (text == NULL)
        return 0;
    if (parse_time(text, &at) < 0)
        return err_set(err, ERR_CONFIG,
                       "train.deadline: '%s' is no point in time (seconds since 1970, "
                       "or 2026-01-31T18:00:00)",
                       text);
    earlier(deadline, at, "train.deadline");
    return 0;
}
