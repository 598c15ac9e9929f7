/* SPDX-License-Identifier: Apache-2.0 */
/* Scorecards: see scorecard.h.  The text has the step and the seeds in its first line,
 * then a line a score. */
#include "src/train/scorecard.h"

#include <math.h>
#include <stdio.h>

/* The parts of a text. */
struct score {
    char task[64], metric[64];
    double mean, deviation;
};

static const char seeds_key[] = "probe_seeds";

void scorecard_begin(struct str *scorecard, int64_t step, int64_t seeds) {
    str_clear(scorecard);
    str_printf(scorecard, "%lld %lld\n", (long long)step, (long long)seeds);
}

void scorecard_add(struct str *scorecard, const char *task, const char *metric,
                   double mean, double deviation) {
    str_printf(scorecard, "%s %s %.17g %.17g\n", task, metric, mean, deviation);
}

static void read_begin(struct slice *rest, long long *step, long long *seeds) {
    struct slice line;
    *step = *seeds = 0;
    if (slice_line(rest, &line))
        sscanf(line.data, "%lld %lld", step, seeds);
}

static bool read_score(struct slice *rest, struct score *score) {
    struct slice line;
    return slice_line(rest, &line) &&
           sscanf(line.data, "%63s %63s %lf %lf", score->task, score->metric,
                  &score->mean, &score->deviation) == 4;
}

int scorecard_write(const struct str *scorecard, struct metrics *metrics,
                    struct err *err) {
    struct slice rest = str_slice(scorecard);
    struct score score;
    long long step, seeds;
    char key[160];
    read_begin(&rest, &step, &seeds);
    metrics_begin(metrics, step);
    metrics_int(metrics, seeds_key, seeds);
    while (read_score(&rest, &score)) {
        snprintf(key, sizeof key, "%s_%s", score.task, score.metric);
        metrics_real(metrics, key, score.mean);
        snprintf(key, sizeof key, "%s_%s_std", score.task, score.metric);
        if (seeds > 1)
            metrics_real(metrics, key, score.deviation);
    }
    metrics_time(metrics);
    return metrics_end(metrics, err);
}

bool scorecard_is_in(const char *path, int64_t step) {
    return !isnan(metrics_find(path, step, seeds_key));
}

void scorecard_tell(const struct str *scorecard, struct str *line) {
    struct slice rest = str_slice(scorecard);
    struct score score;
    long long step, seeds;
    read_begin(&rest, &step, &seeds);
    str_printf(line, "tasks at step %lld:", step);
    for (const char *joint = " "; read_score(&rest, &score); joint = "  ") {
        str_printf(line, "%s%s %s ", joint, score.task, score.metric);
        str_printf(line, isnan(score.mean) ? "-" : "%.4f", score.mean);
    }
    if (seeds > 1)
        str_printf(line, "  (means of %lld seeds)", seeds);
}
