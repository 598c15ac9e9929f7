/* SPDX-License-Identifier: Apache-2.0 */
/* The table of options: see options.h.  What may be said of one is a column of
 * options.def; here each row finds its field of struct config. */
#include "src/core/options.h"

#include <string.h>

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
const struct option options_table[] = {
#include "src/core/options.def"
};
#undef ROW
#undef OPTION
#undef OPTIONAL
const int options_count = sizeof options_table / sizeof *options_table;

const struct option *options_find(const char *key) {
    for (int i = 0; i < options_count; i++)
        if (strcmp(options_table[i].key, key) == 0)
            return &options_table[i];
    return NULL;
}

void *options_value(const struct config *config, const struct option *option) {
    return (char *)(uintptr_t)config + option->place;
}

const char *options_origin(const struct config *config, const struct option *option) {
    return config->origins[option - options_table];
}

bool options_is_section(const char *word) {
    size_t n = strlen(word);
    for (int i = 0; i < options_count; i++)
        if (strncmp(options_table[i].key, word, n) == 0 &&
            options_table[i].key[n] == '.')
            return n > 0;
    return false;
}
