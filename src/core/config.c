/* SPDX-License-Identifier: Apache-2.0 */
/* The option table and the doors to a configuration: see config.h.  A key is that of an
 * option (option.c) or of a row in a list (lists.c). */
#include "src/core/config.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/core/lists.h"
#include "src/core/nearest.h"

/* An option with a default that may be unset all the same. */
#define OPTIONAL(section, name, type, def, low, high, resume, help)                    \
    ROW(section, name, type, def, low, high, resume, help, true)
#define OPTION(section, name, type, def, low, high, resume, help)                      \
    ROW(section, name, type, def, low, high, resume, help, false)
#define ROW(section, name, type, def, low, high, resume, help, optional)               \
    {#section "." #name,                                                               \
     OPTION_##type,                                                                    \
     def,                                                                              \
     low,                                                                              \
     high,                                                                             \
     OPTION_##resume,                                                                  \
     help,                                                                             \
     offsetof(struct config, section##_##name),                                        \
     optional,                                                                         \
     false},
const struct option config_options[] = {
#include "src/core/options.def"
};
#undef ROW
#undef OPTION
#undef OPTIONAL
const int config_option_count = sizeof config_options / sizeof *config_options;

/* ---- the table ---- */

const struct option *config_option(const char *key) {
    for (int i = 0; i < config_option_count; i++)
        if (strcmp(config_options[i].key, key) == 0)
            return &config_options[i];
    return NULL;
}

void *config_value(const struct config *config, const struct option *option) {
    return (char *)(uintptr_t)config + option->place;
}

const char *config_origin(const struct config *config, const struct option *option) {
    return config->origins[option - config_options];
}

bool config_is_section(const char *word) {
    size_t n = strlen(word);
    for (int i = 0; i < config_option_count; i++)
        if (strncmp(config_options[i].key, word, n) == 0 &&
            config_options[i].key[n] == '.')
            return n > 0;
    return false;
}

/* ---- setting ---- */

static void set_origin(struct config *config, const struct option *option,
                       const char *origin) {
    char **place = &config->origins[option - config_options];
    char *copy = mem_string(origin);
    mem_free(*place);
    *place = copy;
}

void config_init(struct config *config) {
    *config = (struct config){0};
    config->origins = mem_alloc((size_t)config_option_count, sizeof *config->origins);
    for (int i = 0; i < config_option_count; i++) {
        option_init(&config_options[i], config_value(config, &config_options[i]));
        config->origins[i] = mem_string("default");
    }
}

static int unknown_key(const char *key, const char *origin, struct err *err) {
    const char *best = NULL;
    int least = 1000;
    for (int i = 0; i < config_option_count; i++) {
        int d = nearest_distance(key, config_options[i].key);
        size_t n = strlen(config_options[i].key);
        if (strncmp(key, config_options[i].key, n) == 0 && strchr("[.", key[n]))
            return err_set(err, ERR_CONFIG,
                           "%s: %s: %s takes one value, not a list or map", origin, key,
                           config_options[i].key);
        if (d < least)
            least = d, best = config_options[i].key;
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
    if (option_set(option, config_value(config, option), text, origin, err) < 0)
        return -1;
    set_origin(config, option, origin);
    return 0;
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
    int row = lists_set(config, key, text, origin, err);
    if (row != 0)
        return row < 0 ? -1 : 0;
    if (config_is_section(key))
        return set_section(key, text, origin, err);
    const struct option *option = config_option(key);
    return option ? set_option(config, option, text, origin, err)
                  : unknown_key(key, origin, err);
}

/* ---- as text ---- */

void config_print(const struct config *config, const struct option *o,
                  struct str *out) {
    option_print(o, config_value(config, o), out);
}

void config_dump(const struct config *config, struct str *out) {
    for (int i = 0; i < config_option_count; i++) {
        str_printf(out, "%s: ", config_options[i].key);
        config_print(config, &config_options[i], out);
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

void config_pack(const struct config *config, struct str *out) {
    for (int i = 0; i < config_option_count; i++)
        str_append(out, config->origins[i], strlen(config->origins[i]) + 1);
    config_dump(config, out);
}

int config_unpack(struct config *config, struct slice packed, struct err *err) {
    struct slice origin;
    struct slice dump = packed;
    for (int i = 0; i < config_option_count; i++)
        if (!slice_field(&dump, '\0', &origin))
            return err_set(err, ERR_INTERNAL, "a packed configuration is cut off");
    if (config_load(config, dump, "rank 0", err) < 0)
        return -1;
    for (int i = 0; i < config_option_count; i++) {
        slice_field(&packed, '\0', &origin);
        set_origin(config, &config_options[i], origin.data);
    }
    return 0;
}

void config_fini(struct config *config) {
    for (int i = 0; i < config_option_count; i++) {
        option_fini(&config_options[i], config_value(config, &config_options[i]));
        if (config->origins)
            mem_free(config->origins[i]);
    }
    mem_free(config->origins);
    lists_fini(config);
    *config = (struct config){0};
}
