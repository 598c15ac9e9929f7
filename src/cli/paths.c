/* SPDX-License-Identifier: Apache-2.0 */
/* Paths become rows of data.sources or data.heldout: see paths.h. */
#include "src/cli/paths.h"

#include <stdio.h>
#include <string.h>

static int set_row(struct config *config, const char *list, int row,
                   const struct paths *paths, struct err *err) {
    const struct {
        const char *field, *value, *origin;
    } fields[] = {{"path", paths->words->list[row], paths->origin},
                  {"format", paths->format, "--format"},
                  {"text_key", paths->text_key, "--text-key"}};
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
        char key[64];
        snprintf(key, sizeof key, "%s[%d].%s", list, row, fields[f].field);
        if (fields[f].value &&
            config_set(config, key, fields[f].value, fields[f].origin, err) < 0)
            return -1;
    }
    return 0;
}

int paths_set(struct config *config, const char *list, const struct paths *paths,
              struct err *err) {
    if (config_set(config, list, NULL, paths->origin, err) < 0)
        return -1;
    config->paths_together = true;
    for (int row = 0; row < paths->words->count; row++)
        if (set_row(config, list, row, paths, err) < 0)
            return -1;
    return 0;
}

bool paths_is_yaml(const char *word) {
    size_t n = strlen(word);
    return (n > 5 && strcmp(word + n - 5, ".yaml") == 0) ||
           (n > 4 && strcmp(word + n - 4, ".yml") == 0);
}
