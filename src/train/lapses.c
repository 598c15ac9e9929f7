/* SPDX-License-Identifier: Apache-2.0 */
/* Lapses: see lapses.h.  Each is a line of the ledger, which checkpoints keep. */
#include "src/train/lapses.h"

#include <stdio.h>
#include <string.h>

#include "src/base/log.h"
#include "src/train/finite.h"
#include "src/train/resume.h"

static void note(struct session *s, const struct step_report *r, const char *done) {
    str_printf(&s->ledger, "step %lld: %s: loss %g, gradient norm %g\n",
               (long long)r->step, done, r->loss, r->grad_norm);
    log_warn_once("step %lld: loss %g and gradient norm %g are not finite: %s "
                  "(--replay %lld says what is not)",
                  (long long)r->step, r->loss, r->grad_norm, done, (long long)r->step);
}

static int too_many(const struct step_report *r, int64_t count, const char *what,
                    struct err *err) {
    return err_set(err, ERR_INTERNAL,
                   "step %lld: loss or gradient are not finite, %lld times %s "
                   "(train.nonfinite_most); " FINITE_CURE,
                   (long long)r->step, (long long)count, what);
}

static int skip(struct lapses *l, struct session *s, const struct step_report *r,
                struct err *err) {
    l->skipped++;
    if (++l->in_row > s->config->train_nonfinite_most)
        return too_many(r, l->in_row, "in a row", err);
    note(s, r, "skipped");
    return LAPSE_SKIPPED;
}

static int go_back(struct lapses *l, struct session *s, const struct step_report *r,
                   struct err *err) {
    int64_t back = r->step - s->config->train_rollback_steps;
    char done[64];
    if (++l->rolled_back > s->config->train_nonfinite_most)
        return too_many(r, l->rolled_back, "since this start", err);
    if (resume_back(s, back > 0 ? back : 0, err) < 0)
        return -1;
    snprintf(done, sizeof done, "rolled back to step %lld", (long long)s->step);
    note(s, r, done);
    return LAPSE_BACK;
}

int lapses_take(struct lapses *l, struct session *s, const struct step_report *r,
                struct err *err) {
    if (!r->skipped) {
        l->in_row = 0;
        return LAPSE_NONE;
    }
    bool back = strcmp(s->config->train_nonfinite, "rollback") == 0;
    return back ? go_back(l, s, r, err) : skip(l, s, r, err);
}

void lapses_print(const struct lapses *l) {
    if (l->skipped > 0)
        printf("skipped   %lld steps whose loss or gradient was not finite\n",
               (long long)l->skipped);
    if (l->rolled_back > 0)
        printf("back      %lld times, after steps whose loss or gradient was not "
               "finite\n",
               (long long)l->rolled_back);
}
