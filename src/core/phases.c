/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of train.phases: see phases.h.  Each field is ruled by the option of the whole
 * run that it stands in for: its type, its range, and its value where a row has
 * none. */
#include "src/core/phases.h"

#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/core/lists.h"

static const struct list *list(void) { return lists_find("train.phases"); }

/* ---- reading them ---- */

int phases_count(const struct config *config) {
    return config->phase_count > 0 ? config->phase_count : 1;
}

/* A value of a row or of the whole run; int64_t, double and a text's address
 * are as large. */
static const void *value_of(const struct config *config, int i,
                            const struct list_field *f) {
    const struct option *whole = options_find(f->as);
    const void *own =
        config->phase_count > 0 ? lists_value(list(), config, i, f) : NULL;
    return own && option_is_set(whole, own) ? own : options_value(config, whole);
}

struct phase phases_get(const struct config *config, int i) {
    struct phase phase;
    const struct list *l = list();
    CHECK(i >= 0 && i < phases_count(config));
    for (const struct list_field *f = l->fields; f < l->fields + l->field_count; f++)
        memcpy((char *)&phase + f->place, value_of(config, i, f), sizeof(int64_t));
    return phase;
}

int phases_find(const struct config *config, int64_t step) {
    int i = 0, last = phases_count(config) - 1;
    for (; i < last && step > config->phases[i].steps; i++)
        step -= config->phases[i].steps;
    return i;
}

struct phases_bounds phases_bounds(const struct config *config) {
    struct phases_bounds most = {0};
    for (int i = 0; i < phases_count(config); i++) {
        struct phase p = phases_get(config, i);
        int64_t tokens = p.sequence_length * p.lane_batch;
        if (p.sequence_length > most.sequence_length)
            most.sequence_length = p.sequence_length;
        if (p.lane_batch > most.lane_batch)
            most.lane_batch = p.lane_batch;
        if (tokens > most.lane_tokens)
            most.lane_tokens = tokens;
    }
    return most;
}

struct phases_sum phases_sum(const struct config *config) {
    struct phases_sum sum = {0};
    for (int i = 0; i < phases_count(config); i++) {
        struct phase p = phases_get(config, i);
        int64_t examples = p.steps * p.lane_batch;
        double tokens = (double)examples * (double)p.sequence_length;
        sum.examples += examples;
        sum.tokens += tokens;
        sum.masked += p.mask_prob * tokens;
    }
    return sum;
}

void phases_key(const struct config *config, int i, const char *field, char key[64]) {
    const struct list *l = list();
    for (const struct list_field *f = l->fields; f < l->fields + l->field_count; f++)
        if (config->phase_count == 0 && strcmp(f->name, field) == 0)
            snprintf(key, 64, "%s", f->as);
    if (config->phase_count > 0)
        snprintf(key, 64, "train.phases[%d].%s", i, field);
}

/* ---- settling ---- */

int phases_settle(struct config *config, struct err *err) {
    int64_t sum = 0;
    const struct option *steps = options_find("train.steps");
    const char *origin = options_origin(config, steps);
    if (config->phase_count == 0)
        return 0;
    for (int i = 0; i < config->phase_count; i++) {
        if (config->phases[i].steps < 1) /* CONFIG_UNSET is, too */
            return err_set(
                err, ERR_CONFIG,
                "train.phases[%d].steps: a phase says how many steps it has, "
                "1 at least",
                i);
        sum += config->phases[i].steps;
    }
    if (strcmp(origin, "default") != 0 && config->train_steps != sum)
        return err_set(
            err, ERR_CONFIG,
            "train.steps: is %lld (%s), but train.phases are %lld steps in all; "
            "leave it out, or change the steps of a phase",
            (long long)config->train_steps, origin, (long long)sum);
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)sum);
    return config_set(config, steps->key, text, "train.phases", err);
}

/* ---- comparing ---- */

static int compare_field(const struct config *now, const struct config *then, int i,
                         const struct list_field *f, struct str *changes,
                         struct err *err) {
    const struct option *whole = options_find(f->as);
    struct str values[2] = {{0}, {0}};
    char key[64];
    int rc = 0;
    phases_key(now, i, f->name, key);
    option_print(whole, value_of(now, i, f), &values[0]);
    option_print(whole, value_of(then, i, f), &values[1]);
    if (strcmp(values[0].data, values[1].data) != 0)
        rc = config_differs(now, key, "", values, changes, err);
    str_fini(&values[0]);
    str_fini(&values[1]);
    return rc;
}

void phases_describe(const struct phase *phase, struct str *out) {
    str_printf(out, "sequences of at most %lld tokens, %g %% masked (%s)",
               (long long)phase->sequence_length, 100 * phase->mask_prob,
               phase->mask_kind);
}

int phases_compare(const struct config *now, const struct config *then,
                   struct str *changes, struct err *err) {
    int count = phases_count(now), was = phases_count(then);
    const struct list *l = list();
    if (count != was)
        return err_set(err, ERR_CONFIG,
                       "train.phases: are %d now but %d in the checkpoint, and may not "
                       "change when a run resumes but for the steps of the last",
                       count, was);
    if (now->phase_count + then->phase_count == 0)
        return 0; /* options of the whole run, compared as such */
    for (int i = 0; i < count; i++)
        for (const struct list_field *f = l->fields; f < l->fields + l->field_count;
             f++) {
            bool end = i == count - 1 && strcmp(f->name, "steps") == 0;
            if (!end && compare_field(now, then, i, f, changes, err) < 0)
                return -1;
        }
    return 0;
}
