/* SPDX-License-Identifier: Apache-2.0 */
/* Limits from a preset's column of rules.def and the section `filter`: see limits.h. */
#include "src/filter/limits.h"

#include <string.h>

static const char *const preset_names[] = {"none", "wiki", "web", "books"};
enum { PRESETS = sizeof preset_names / sizeof *preset_names };

static double preset_limit(const struct rule_row *row, int preset) {
    const double columns[PRESETS] = {RULE_OFF, row->wiki, row->web, row->books};
    return columns[preset];
}

/* What the user set goes before the preset, by kind of rule. */

static double choose_LEAST(double set, double preset) {
    double limit = isnan(set) ? preset : set;
    return limit > 0 ? limit : RULE_OFF;
}

static double choose_MOST(double set, double preset) {
    return isnan(set) ? preset : set;
}

static double choose_SWITCH(int set, double preset) {
    return set < 0 ? preset : set ? RULE_ON : RULE_OFF;
}

static double choose_LIST(const char *set, double preset) {
    return set ? RULE_ON : preset;
}

static double choose_FILE(const char *set, double preset) {
    return set ? RULE_ON : preset;
}

int limits_init(struct limits *limits, const struct config *config, const char *preset,
                struct err *err) {
    int p = 0;
    while (p < PRESETS && strcmp(preset_names[p], preset) != 0)
        p++;
    if (p == PRESETS)
        return err_set(err, ERR_CONFIG,
                       "filter '%s': is not one of none, wiki, web, books", preset);
#define RULE(name, unit, kind, wiki, web, books, help)                                 \
    limits->at[RULE_##name] = choose_##kind(                                           \
        config->filter_##name, preset_limit(&rule_table[RULE_##name], p));
#include "src/core/rules.def"
#undef RULE
    if (config->filter_alphabet == NULL)
        limits->at[RULE_max_foreign] = RULE_OFF;
    return 0;
}

bool limits_any(const struct limits *limits, enum rule first, enum rule last) {
    for (enum rule r = first; r <= last; r++)
        if (limits_has(limits, r))
            return true;
    return false;
}

static bool is_beyond(enum rule_kind kind, double value, double limit) {
    switch (kind) {
    case RULE_LEAST: return value < limit;
    case RULE_MOST: return value > limit;
    default: return value > 0;
    }
}

enum rule limits_beyond(const struct limits *limits, const double values[RULE_COUNT],
                        enum rule first, enum rule last) {
    for (enum rule r = first; r <= last; r++)
        if (limits_has(limits, r) &&
            is_beyond(rule_table[r].kind, values[r], limits->at[r]))
            return r;
    return RULE_NONE;
}

void limits_describe(const struct limits *limits, struct str *out) {
    for (enum rule r = 0; r < RULE_COUNT; r++)
        if (limits_has(limits, r))
            str_printf(out, "%s %.17g\n", rule_table[r].name, limits->at[r]);
}
