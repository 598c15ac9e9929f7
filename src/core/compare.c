/* SPDX-License-Identifier: Apache-2.0 */
/* What a resumed run may not change: config_compare of config.h. */
#include <string.h>

#include "src/core/config.h"
#include "src/core/phases.h"

/* A file is compared by what it holds, in the data hash. */
static bool is_compared(const struct option *o) {
    return o->resume == OPTION_FIXED && o->type != OPTION_FILE;
}

/* What a value comes to: objectives are a set, given or not. */
static void print(const struct config *config, const struct option *o,
                  struct str *out) {
    if (strcmp(o->key, "train.objectives") == 0)
        objectives_print(config_objectives(config), out);
    else
        config_print(config, o, out);
}

static bool may_change(const struct config *config, const char *key) {
    struct slice rest = slice_of(config->train_allow_change ? config->train_allow_change
                                                            : ""),
                 word;
    while (slice_field(&rest, ',', &word))
        if (slice_equal(word, slice_of(key)))
            return true;
    return false;
}

/* Whether examples follow from it, so that it is in the data hash (data/data_hash.c),
 * which may change by nobody's leave; also of a field of train.phases. */
static bool makes_examples(const char *key) {
    static const char *const names[] = {"lanes", "data_seed", "sequence_length"};
    const char *name = strrchr(key, '.') + 1;
    if (strncmp(key, "data.", 5) == 0 || strncmp(key, "filter.", 7) == 0)
        return strcmp(name, "on_error") != 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strncmp(name, "mask_", 5) == 0;
}

int config_differs(const struct config *now, const char *key, const char *origin,
                   const struct str values[2], struct str *changes, struct err *err) {
    if (may_change(now, key)) {
        if (changes)
            str_printf(changes, "%s: %s, before %s\n", key, values[0].data,
                       values[1].data);
        return 0;
    }
    return err_set(err, ERR_CONFIG,
                   "%s: is %s now%s%s%s but %s in the checkpoint, and may not change "
                   "when a run resumes; set it back, start another run in another "
                   "checkpoint.dir%s",
                   key, values[0].data, *origin ? " (" : "", origin, *origin ? ")" : "",
                   values[1].data,
                   makes_examples(key) ? "" : ", or name it in train.allow_change");
}

static int compare_option(const struct config *now, const struct config *then,
                          const struct option *o, struct str *changes,
                          struct err *err) {
    struct str values[2] = {{0}, {0}};
    int rc = 0;
    print(now, o, &values[0]);
    print(then, o, &values[1]);
    if (strcmp(values[0].data, values[1].data) != 0)
        rc = config_differs(now, o->key, options_origin(now, o), values, changes, err);
    str_fini(&values[0]);
    str_fini(&values[1]);
    return rc;
}

static int compare(const struct config *now, const struct config *then,
                   struct str *changes, struct err *err) {
    for (int i = 0; i < options_count; i++)
        if (is_compared(&options_table[i]) &&
            compare_option(now, then, &options_table[i], changes, err) < 0)
            return -1;
    return phases_compare(now, then, changes, err);
}

int config_compare(const struct config *now, const struct config *then,
                   struct err *err) {
    return compare(now, then, NULL, err);
}

void config_changes(const struct config *now, const struct config *then,
                    struct str *out) {
    compare(now, then, out, NULL);
}
