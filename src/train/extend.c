/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that go on beyond their end: see extend.h. */
#include "src/train/extend.h"

#include <stdio.h>
#include <string.h>

#include "src/train/mover.h"

static double rate_at(const struct config *config, int64_t steps, int64_t step) {
    struct schedule schedule = mover_schedule(config, steps);
    return schedule_rate(&schedule, step);
}

static void rate_text(const struct config *config, int64_t steps, int64_t step,
                      char text[16]) {
    snprintf(text, 16, "%.3g", rate_at(config, steps, step));
}

bool extend_is_complete(const struct session *s) {
    return s->step > 0 && s->step >= s->config->train_steps;
}

/* With the rate that twice the steps would begin with: enough to see that it rises
 * again. */
static void print_complete(const struct session *s) {
    const struct config *c = s->config;
    double rate = rate_at(c, 2 * s->step, s->step + 1);
    printf("complete  already: step %lld, and train.steps is %lld; nothing is left to "
           "do\n",
           (long long)s->step, (long long)c->train_steps);
    if (rate > 0)
        printf("          to go on, set %s larger; with twice the steps the next rate "
               "is %.3g\n",
               c->phase_count > 0 ? "the steps of the last phase" : "train.steps",
               rate);
}

/* And the rate that comes of it, beside what it would have been. */
static void print_extended(const struct session *s) {
    const struct config *c = s->config;
    char before[16], now[16];
    rate_text(c, s->steps_before, s->step + 1, before);
    rate_text(c, c->train_steps, s->step + 1, now);
    printf("%s from %lld steps to %lld; ",
           c->train_steps > s->steps_before ? "extended " : "shortened",
           (long long)s->steps_before, (long long)c->train_steps);
    if (c->train_schedule_steps != CONFIG_UNSET)
        printf("the schedule still ends at train.schedule_steps %lld, the next rate is "
               "%s\n",
               (long long)c->train_schedule_steps, now);
    else if (strcmp(now, before) == 0)
        printf("the schedule (%s) now spans all of them: the next rate is %s as "
               "before\n",
               c->train_schedule, now);
    else
        printf("the schedule (%s) now spans all of them: the next rate is %s, not "
               "%s\n",
               c->train_schedule, now, before);
}

static void print_changes(const struct session *s) {
    struct slice rest = str_slice(&s->changes), change;
    while (slice_line(&rest, &change))
        printf("changed   %.*s (train.allow_change)\n", (int)change.size, change.data);
}

void extend_print(const struct session *s) {
    const struct config *c = s->config;
    if (s->step == 0)
        return;
    if (s->branched)
        printf("branched  off from %s at step %lld, into %s\n", s->origin.data,
               (long long)s->step, c->checkpoint_dir);
    print_changes(s);
    if (s->inexact.size > 0)
        printf("bits      from here on may not be those of a run that was never "
               "stopped: %s\n",
               s->inexact.data);
    if (extend_is_complete(s))
        print_complete(s);
    else if (c->train_steps != s->steps_before)
        print_extended(s);
    if (c->train_learning_rate > 0 && rate_at(c, 2 * c->train_steps, s->step + 1) == 0)
        printf("          at a rate of 0 nothing more is learnt: to go on, start a run "
               "in another\n"
               "          checkpoint.dir with train.init_from=%s\n",
               c->checkpoint_dir);
}
