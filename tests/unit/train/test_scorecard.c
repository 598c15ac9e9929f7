/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what was scored is what is written and said, to the last digit that is shown,
 * and a score that is none is no number. */
#include "src/train/scorecard.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const struct {
    int64_t seeds, left_out;
    double mean;
    const char *line, *told;
} rows[] = {
    {3, 2, 0.5704,
     "{\"step\": 400, \"probe_seeds\": 3, \"probe_left_out\": 2, \"probe_key\": "
     "\"ab12\", \"rte_accuracy\": "
     "0.5704, "
     "\"rte_accuracy_std\": 0.25, \"pos_f1\": 1, \"pos_f1_std\": 0",
     "tasks at step 400: rte accuracy 0.5704  pos f1 1.0000  (means of 3 seeds)"},
    {1, 0, 0.1,
     "{\"step\": 400, \"probe_seeds\": 1, \"probe_left_out\": 0, \"probe_key\": "
     "\"ab12\", \"rte_accuracy\": "
     "0.1, \"pos_f1\": 1",
     "tasks at step 400: rte accuracy 0.1000  pos f1 1.0000"},
    {1, 0, NAN,
     "{\"step\": 400, \"probe_seeds\": 1, \"probe_left_out\": 0, \"probe_key\": "
     "\"ab12\", \"rte_accuracy\": "
     "null, \"pos_f1\": 1",
     "tasks at step 400: rte accuracy -  pos f1 1.0000"},
};

int main(void) {
    char path[96];
    snprintf(path, sizeof path, "%s/evaluations.jsonl", tap_folder());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str scorecard = {0}, now = {0}, told = {0};
        const struct judged judged = {400, rows[i].seeds, rows[i].left_out, "ab12"};
        struct err err;
        file_write_atomic(path, "", 0, &err);
        struct metrics *metrics = metrics_open(path, 400, &err);
        ok(!scorecard_is_in(path, 400, "ab12"), "row %zu: nothing is there", i);
        scorecard_begin(&scorecard, &judged);
        scorecard_add(&scorecard, "rte", "accuracy", rows[i].mean, 0.25);
        scorecard_add(&scorecard, "pos", "f1", 1, 0);
        is_int(scorecard_write(&scorecard, metrics, &err), 0, "  it is written");
        file_read(path, 1 << 16, &now, &err);
        now.data[strcspn(now.data, "\n")] = '\0';
        char *time = strstr(now.data, ", \"time\"");
        ok(time != NULL, "  with the time");
        if (time)
            *time = '\0';
        is_str(now.data, rows[i].line, "  as it is");
        scorecard_tell(&scorecard, &told);
        is_str(told.data, rows[i].told, "  and said");
        ok(scorecard_is_in(path, 400, "ab12"), "  and found");
        ok(!scorecard_is_in(path, 401, "ab12"), "  not as another step's");
        ok(!scorecard_is_in(path, 400, "ab13"), "  nor of other tasks");
        metrics_begin(metrics, 400); /* another evaluation of the step comes later */
        metrics_real(metrics, "mlm_loss", 2);
        metrics_end(metrics, &err);
        ok(scorecard_is_in(path, 400, "ab12"), "  also where that has another line");
        metrics_close(metrics);
        str_fini(&scorecard), str_fini(&now), str_fini(&told);
    }
    return tap_done();
}
