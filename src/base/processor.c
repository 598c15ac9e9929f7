/* SPDX-License-Identifier: Apache-2.0 */
/* The processor's name: see processor.h.  Virtual machines hide what follows the brand,
 * so family and model, which name the core's design, stand beside it. */
#include "src/base/processor.h"

#include <fcntl.h>
#include <string.h>

#include "src/base/fstream.h"

enum { LINE = 256 };

/* After "key\t: ", without the end of the line; NULL for another key. */
static char *value_of(char *line, const char *key) {
    size_t length = strlen(key);
    char *colon = strchr(line, ':');
    if (strncmp(line, key, length) != 0 || colon == NULL ||
        line + length + strspn(line + length, " \t") != colon)
        return NULL;
    colon[strcspn(colon, "\n")] = '\0';
    return colon + 1 + strspn(colon + 1, " ");
}

static void take(char *line, const char *key, char value[PROCESSOR_TEXT]) {
    const char *found = value_of(line, key);
    if (found)
        snprintf(value, PROCESSOR_TEXT, "%.*s", PROCESSOR_TEXT - 48, found);
}

void processor_parse(FILE *file, char text[PROCESSOR_TEXT]) {
    char line[LINE], family[PROCESSOR_TEXT] = "", model[PROCESSOR_TEXT] = "";
    snprintf(text, PROCESSOR_TEXT, "an unknown processor");
    while (fgets(line, sizeof line, file) && line[0] != '\n') { /* the first of them */
        take(line, "model name", text);
        take(line, "cpu family", family);
        take(line, "model", model);
    }
    size_t used = strlen(text);
    if (family[0] && model[0])
        snprintf(text + used, PROCESSOR_TEXT - used, " (family %.8s, model %.8s)",
                 family, model);
}

void processor_describe(char text[PROCESSOR_TEXT]) {
    FILE *file = fstream_open("/proc/cpuinfo", O_RDONLY, NULL);
    snprintf(text, PROCESSOR_TEXT, "an unknown processor");
    if (file == NULL)
        return;
    processor_parse(file, text);
    fclose(file);
}
