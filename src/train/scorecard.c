/* SPDX-License-Identifier: Apache-2.0 */
/* Scorecards: see scorecard.h.  The text has the step, the seeds and the key in its
 * first line, then a line a score. */
#include "src/train/scorecard.h"

#include <math.h>
#include <stdio.h>

#include "src/base/hash.h"

/* The parts of a text: its first line, and another. */
struct beginning {
    long long step, seeds;
    char key[HASH_HEX_SIZE];
};

struct score {
    char task[64], metric[64];
    double mean, deviation;
};

static const char key_of_key[] = "probe_key";

void scorecard_begin(struct str *scorecard, int64_t step, int64_t seeds,
                     const char *key) {
    str_clear(scorecard);
    str_printf(scorecard, "%lld %lld %s\n", (long long)step, (long long)seeds, key);
}

void scorecard_add(struct str *scorecard, const char *task, const char *metric,
                   double mean, double deviation) {
    str_printf(scorecard, "%s %s %.17g %.17g\n", task, metric, mean, deviation);
}

static struct beginning read_begin(struct slice *rest) {
    struct beginning b = {0};
    struct slice line;
    if (slice_line(rest, &line))
        sscanf(line.data, "%lld %lld %32s", &b.step, &b.seeds, b.key);
    return b;
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
    const struct beginning b = read_begin(&rest);
    struct score score;
    char key[160];
    metrics_begin(metrics, b.step);
    metrics_int(metrics, "probe_seeds", b.seeds);
    metrics_text(metrics, key_of_key, b.key);
    while (read_score(&rest, &score)) {
        snprintf(key, sizeof key, "%s_%s", score.task, score.metric);
        metrics_real(metrics, key, score.mean);
        snprintf(key, sizeof key, "%s_%s_std", score.task, score.metric);
        if (b.seeds > 1)
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
    const struct beginning b = read_begin(&rest);
    struct score score;
    str_printf(line, "tasks at step %lld:", b.step);
    for (const char *joint = " "; read_score(&rest, &score); joint = "  ") {
        str_printf(line, "%s%s %s ", joint, score.task, score.metric);
        str_printf(line, isnan(score.mean) ? "-" : "%.4f", score.mean);
    }
    if (b.seeds > 1)
        str_printf(line, "  (means of %lld seeds)", b.seeds);
}
