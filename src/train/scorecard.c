/* SPDX-License-Identifier: Apache-2.0 */
/* Scorecards: see scorecard.h.  The text has what is judged in its first line, then a
 * line a score. */
#include "src/train/scorecard.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* A line of it. */
struct score {
    char task[64], metric[64];
    double mean, deviation;
};

static const char key_of_key[] = "probe_key";

void scorecard_begin(struct str *scorecard, const struct judged *j) {
    str_clear(scorecard);
    str_printf(scorecard, "%lld %lld %lld %s\n", (long long)j->step,
               (long long)j->seeds, (long long)j->left_out, j->key);
}

void scorecard_add(struct str *scorecard, const char *task, const char *metric,
                   double mean, double deviation) {
    str_printf(scorecard, "%s %s %.17g %.17g\n", task, metric, mean, deviation);
}

static struct judged read_judged(struct slice *rest) {
    struct judged j = {0};
    struct slice line;
    if (slice_line(rest, &line))
        sscanf(line.data, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %32s", &j.step, &j.seeds,
               &j.left_out, j.key);
    return j;
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
    const struct judged j = read_judged(&rest);
    struct score score;
    char key[160];
    metrics_begin(metrics, j.step);
    metrics_int(metrics, "probe_seeds", j.seeds);
    metrics_int(metrics, "probe_left_out", j.left_out);
    metrics_text(metrics, key_of_key, j.key);
    while (read_score(&rest, &score)) {
        snprintf(key, sizeof key, "%s_%s", score.task, score.metric);
        metrics_real(metrics, key, score.mean);
        snprintf(key, sizeof key, "%s_%s_std", score.task, score.metric);
        if (j.seeds > 1)
            metrics_real(metrics, key, score.deviation);
    }
    metrics_time(metrics);
    return metrics_end(metrics, err);
}

bool scorecard_is_in(const char *path, int64_t step, const char *key) {
    return metrics_has(path, step, key_of_key, key);
}

void scorecard_tell(const struct str *scorecard, struct str *line) {
    struct slice rest = str_slice(scorecard);
    const struct judged j = read_judged(&rest);
    struct score score;
    str_printf(line, "tasks at step %lld:", (long long)j.step);
    for (const char *joint = " "; read_score(&rest, &score); joint = "  ") {
        str_printf(line, "%s%s %s ", joint, score.task, score.metric);
        str_printf(line, isnan(score.mean) ? "-" : "%.4f", score.mean);
    }
    if (j.seeds > 1)
        str_printf(line, "  (means of %lld seeds)", (long long)j.seeds);
}
