/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration by key and text: see config.h.  A key is that of an option
 * (options.c), of a row in a list (lists.c), or a former one (former.c). */
#include "src/core/config.h"

#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/core/former.h"
#include "src/core/lists.h"
#include "src/core/nearest.h"

/* ---- setting ---- */

static void set_origin(struct config *config, const struct option *option,
                       const char *origin) {
    char **place = &config->origins[option - options_table];
    char *copy = mem_string(origin);
    mem_free(*place);
    *place = copy;
}

void config_init(struct config *config) {
    *config = (struct config){0};
    config->origins = mem_alloc((size_t)options_count, sizeof *config->origins);
    for (int i = 0; i < options_count; i++) {
        option_init(&options_table[i], options_value(config, &options_table[i]));
        config->origins[i] = mem_string("default");
    }
}

int config_unknown_key(const char *key, const char *origin, struct err *err) {
    const char *best = NULL;
    int least = 1000;
    for (int i = 0; i < options_count; i++) {
        int d = nearest_distance(key, options_table[i].key);
        size_t n = strlen(options_table[i].key);
        if (strncmp(key, options_table[i].key, n) == 0 && strchr("[.", key[n]))
            return err_set(err, ERR_CONFIG, "%s: %s: %s takes %s", origin, key,
                           options_table[i].key, option_takes(&options_table[i]));
        if (d < least)
            least = d, best = options_table[i].key;
    }
    return err_set(
        err, ERR_CONFIG,
        "%s: unknown key '%s'; did you mean '%s'? (`mpibert config print` lists "
        "all keys)",
        origin, key, best);
}

/* A section is no option; written with nothing in it, it sets nothing. */
static int set_section(const char *key, const char *text, const char *origin,
                       struct err *err) {
    if (text == NULL || strcmp(text, "{}") == 0)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "%s: %s: is a section and takes no value; its options are %s.…",
                   origin, key, key);
}

static int set_option(struct config *config, const struct option *option,
                      const char *text, const char *origin, struct err *err) {
    if (option_set(option, options_value(config, option), text, origin, err) < 0)
        return -1;
    set_origin(config, option, origin);
    return 0;
}

/* "train.objectives[1]": one word more of a list of words, which [0] begins
 * anew.  1: it was; 0: the key is none such; -1 (78). */
static int set_word(struct config *config, const char *key, const char *text,
                    const char *origin, struct err *err) {
    char name[64] = "";
    int place = 0, words = 1, end = 0;
    if (sscanf(key, "%63[^[][%8d]%n", name, &place, &end) != 2 || key[end] != '\0')
        return 0;
    const struct option *option = options_find(name);
    if (option == NULL || option->type != OPTION_WORDS)
        return 0;
    const char *before = *(char *const *)options_value(config, option);
    for (const char *p = before; p && (p = strchr(p, ',')) != NULL; p++)
        words++;
    if (place != 0 && place != (before ? words : 0))
        return err_set(err, ERR_CONFIG,
                       "%s: %s: words are numbered from 0 without gaps", origin, key);
    struct str all = {0};
    if (place > 0)
        str_printf(&all, "%s,", before);
    str_printf(&all, "%s", text ? text : "");
    int rc = set_option(config, option, all.data, origin, err);
    str_fini(&all);
    return rc < 0 ? -1 : 1;
}

static bool is_null(const char *text) {
    static const char *const words[] = {"null", "Null", "NULL", "~"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

int config_set(struct config *config, const char *key, const char *text,
               const char *origin, struct err *err) {
    if (text && is_null(text))
        text = NULL;
    if (text && strpbrk(text, "\n\r"))
        return err_set(err, ERR_CONFIG, "%s: %s: a value is one line", origin, key);
    if (former_translate(&key, &text, origin, err) < 0)
        return -1;
    int row = lists_set(config, key, text, origin, err);
    if (row == 0)
        row = set_word(config, key, text, origin, err);
    if (row != 0)
        return row < 0 ? -1 : 0;
    if (options_is_section(key))
        return set_section(key, text, origin, err);
    const struct option *option = options_find(key);
    return option ? set_option(config, option, text, origin, err)
                  : config_unknown_key(key, origin, err);
}

/* ---- as text ---- */

void config_print(const struct config *config, const struct option *o,
                  struct str *out) {
    option_print(o, options_value(config, o), out);
}

void config_dump(const struct config *config, struct str *out) {
    for (int i = 0; i < options_count; i++) {
        str_printf(out, "%s: ", options_table[i].key);
        config_print(config, &options_table[i], out);
        str_printf(out, "\n");
    }
    lists_dump(config, out);
}

int config_load(struct config *config, struct slice text, const char *origin,
                struct err *err) {
    struct slice line;
    while (slice_line(&text, &line)) {
        char *copy = mem_alloc(line.size + 1, 1);
        memcpy(copy, line.data, line.size);
        char *colon = strstr(copy, ": ");
        int rc = 0;
        if (colon == NULL) {
            rc = err_set(err, ERR_DATA, "%s: '%s' is not 'key: value'", origin, copy);
        } else {
            *colon = '\0';
            const char *value = colon[2] ? colon + 2 : NULL; /* old ones dumped "" so */
            rc = config_set(config, copy, value, origin, err);
        }
        mem_free(copy);
        if (rc < 0)
            return -1;
    }
    return 0;
}

void config_serialize(const struct config *config, struct str *out) {
    for (int i = 0; i < options_count; i++)
        str_append(out, config->origins[i], strlen(config->origins[i]) + 1);
    config_dump(config, out);
}

int config_deserialize(struct config *config, struct slice packed, struct err *err) {
    struct slice origin;
    struct slice dump = packed;
    for (int i = 0; i < options_count; i++)
        if (!slice_field(&dump, '\0', &origin))
            return err_set(err, ERR_INTERNAL, "a packed configuration is cut off");
    if (config_load(config, dump, "rank 0", err) < 0)
        return -1;
    for (int i = 0; i < options_count; i++) {
        slice_field(&packed, '\0', &origin);
        set_origin(config, &options_table[i], origin.data);
    }
    return 0;
}

void config_copy(struct config *to, const struct config *from) {
    struct str packed = {0};
    config_init(to);
    config_serialize(from, &packed);
    CHECK(config_deserialize(to, str_slice(&packed), NULL) == 0);
    str_fini(&packed);
}

void config_fini(struct config *config) {
    for (int i = 0; i < options_count; i++) {
        option_fini(&options_table[i], options_value(config, &options_table[i]));
        if (config->origins)
            mem_free(config->origins[i]);
    }
    mem_free(config->origins);
    lists_fini(config);
    *config = (struct config){0};
}
