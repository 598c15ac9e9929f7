/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of train.phases: see phases.h.  Each field is ruled by the option of the whole
 * run that it stands in for: its type, its range, and its value where a row has none.
 */
#include "src/core/phases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/core/config.h"

enum { MAX_PHASES = 1000 };

static const struct field {
    const char *name, *option;
    size_t place; /* in struct phase */
} fields[] = {
    {"steps", "train.steps", offsetof(struct phase, steps)},
    {"sequence_length", "train.sequence_length",
     offsetof(struct phase, sequence_length)},
    {"lane_batch", "train.lane_batch", offsetof(struct phase, lane_batch)},
    {"mask_prob", "data.mask_prob", offsetof(struct phase, mask_prob)},
    {"mask_replace", "data.mask_replace", offsetof(struct phase, mask_replace)},
    {"mask_random", "data.mask_random", offsetof(struct phase, mask_random)},
};

enum { FIELDS = sizeof fields / sizeof *fields };

static const struct option *option_of(const struct field *field) {
    const struct option *o = config_options;
    while (strcmp(o->key, field->option) != 0)
        o++;
    return o;
}

static void *value_of(const struct phase *phase, const struct field *field) {
    return (char *)(uintptr_t)phase + field->place;
}

static bool is_set(const struct phase *phase, const struct field *field) {
    const void *value = value_of(phase, field);
    return option_of(field)->type == OPTION_REAL
               ? !isnan(*(const double *)value)
               : *(const int64_t *)value != CONFIG_UNSET;
}

static const struct phase nothing = {CONFIG_UNSET, CONFIG_UNSET, CONFIG_UNSET,
                                     NAN,          NAN,          NAN};

/* ---- reading them ---- */

int phases_count(const struct config *config) {
    return config->phase_count > 0 ? config->phase_count : 1;
}

struct phase phases_get(const struct config *config, int i) {
    struct phase phase = config->phase_count > 0 ? config->phases[i] : nothing;
    CHECK(i >= 0 && i < phases_count(config));
    for (const struct field *f = fields; f < fields + FIELDS; f++)
        if (!is_set(&phase, f)) /* int64_t and double are as large */
            memcpy(value_of(&phase, f), (const char *)config + option_of(f)->place,
                   sizeof(int64_t));
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

void phases_key(const struct config *config, int i, const char *field, char key[64]) {
    for (const struct field *f = fields; f < fields + FIELDS; f++)
        if (config->phase_count == 0 && strcmp(f->name, field) == 0)
            snprintf(key, 64, "%s", f->option);
    if (config->phase_count > 0)
        snprintf(key, 64, "train.phases[%d].%s", i, field);
}

/* ---- setting them ---- */

static struct phase *row_of(struct config *config, long row) {
    if (row < 0 || row > config->phase_count || row >= MAX_PHASES)
        return NULL;
    if (row == config->phase_count) {
        config->phases =
            mem_resize(config->phases, (size_t)row + 1, sizeof *config->phases);
        config->phases[row] = nothing;
        config->phase_count++;
    }
    return &config->phases[row];
}

static int set_field(struct phase *phase, const char *name, const char *key,
                     const char *text, const char *origin, struct err *err) {
    for (const struct field *f = fields; f < fields + FIELDS; f++) {
        if (strcmp(f->name, name) != 0)
            continue;
        struct option option = *option_of(f);
        option.key = key; /* for the message */
        return config_set_number(&option, value_of(phase, f), text, origin, err);
    }
    return err_set(
        err, ERR_CONFIG,
        "%s: unknown key '%s'; a phase has steps, sequence_length, lane_batch, "
        "mask_prob, mask_replace, mask_random",
        origin, key);
}

int phases_set(struct config *config, const char *key, const char *text,
               const char *origin, struct err *err) {
    static const char prefix[] = "train.phases";
    if (strncmp(key, prefix, sizeof prefix - 1) != 0)
        return 0;
    const char *rest = key + sizeof prefix - 1;
    if (*rest == '\0' && (text == NULL || strcmp(text, "[]") == 0)) {
        phases_clear(config);
        return 1;
    }
    char *end = NULL;
    long row = *rest == '[' ? strtol(rest + 1, &end, 10) : -1;
    if (end == NULL || strncmp(end, "].", 2) != 0)
        return err_set(err, ERR_CONFIG,
                       "%s: %s: is not a key of a phase, as train.phases[0].steps is",
                       origin, key);
    struct phase *phase = row_of(config, row);
    if (phase == NULL)
        return err_set(err, ERR_CONFIG, "%s: %s: rows are numbered from 0 without gaps",
                       origin, key);
    return set_field(phase, end + 2, key, text, origin, err) < 0 ? -1 : 1;
}

int phases_settle(struct config *config, struct err *err) {
    int64_t sum = 0;
    int o = 0;
    if (config->phase_count == 0)
        return 0;
    for (int i = 0; i < config->phase_count; i++) {
        int64_t steps = config->phases[i].steps;
        if (steps == CONFIG_UNSET || steps < 1)
            return err_set(
                err, ERR_CONFIG,
                "train.phases[%d].steps: a phase says how many steps it has, "
                "1 at least",
                i);
        sum += steps;
    }
    while (strcmp(config_options[o].key, "train.steps") != 0)
        o++;
    if (strcmp(config->origins[o], "default") != 0 && config->train_steps != sum)
        return err_set(
            err, ERR_CONFIG,
            "train.steps: is %lld (%s), but train.phases are %lld steps in all; "
            "leave it out, or change the steps of a phase",
            (long long)config->train_steps, config->origins[o], (long long)sum);
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)sum);
    return config_set(config, "train.steps", text, "train.phases", err);
}

void phases_clear(struct config *config) {
    mem_free(config->phases);
    config->phases = NULL;
    config->phase_count = 0;
}

/* ---- writing and comparing them ---- */

void phases_dump(const struct config *config, struct str *out) {
    for (int i = 0; i < config->phase_count; i++) {
        const struct phase *phase = &config->phases[i];
        for (const struct field *f = fields; f < fields + FIELDS; f++) {
            if (!is_set(phase, f))
                continue;
            str_printf(out, "train.phases[%d].%s: ", i, f->name);
            config_print_value(option_of(f), value_of(phase, f), out);
            str_printf(out, "\n");
        }
    }
}

static int compare_field(const struct config *now, const struct config *then, int i,
                         const struct field *f, struct err *err) {
    struct phase a = phases_get(now, i), b = phases_get(then, i);
    struct str texts[2] = {{0}, {0}};
    char key[64];
    int rc = 0;
    if (memcmp(value_of(&a, f), value_of(&b, f), sizeof(int64_t)) == 0)
        return 0;
    phases_key(now, i, f->name, key);
    config_print_value(option_of(f), value_of(&a, f), &texts[0]);
    config_print_value(option_of(f), value_of(&b, f), &texts[1]);
    rc =
        err_set(err, ERR_CONFIG,
                "%s: is %s now but %s in the checkpoint, and may not change when a run "
                "resumes; set it back, or start another run in another checkpoint.dir",
                key, texts[0].data, texts[1].data);
    str_fini(&texts[0]);
    str_fini(&texts[1]);
    return rc;
}

int phases_compare(const struct config *now, const struct config *then,
                   struct err *err) {
    int count = phases_count(now), was = phases_count(then);
    if (count != was)
        return err_set(err, ERR_CONFIG,
                       "train.phases: are %d now but %d in the checkpoint, and may not "
                       "change when a run resumes but for the steps of the last",
                       count, was);
    for (int i = 0; i < count; i++)
        for (const struct field *f = fields; f < fields + FIELDS; f++) {
            bool end = i == count - 1 && strcmp(f->name, "steps") == 0;
            if (!end && compare_field(now, then, i, f, err) < 0)
                return -1;
        }
    return 0;
}
