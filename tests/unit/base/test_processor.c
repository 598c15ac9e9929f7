/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the first processor's name with family and model is told; keys that only begin
 * like the ones wanted, missing keys, and endless lines must not confuse. */
#include <string.h>

#include "src/base/processor.h"
#include "tests/tap.h"

static const struct {
    const char *what, *file, *want;
} rows[] = {
    {"AMD",
     "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n\n"
     "processor\t: 1\nmodel name\t: another\n",
     "AMD EPYC (family 25, model 17)"},
    {"name first", "model name\t: X\nmodel\t: 1\ncpu family\t: 6\n",
     "X (family 6, model 1)"},
    {"no family", "model\t: 1\nmodel name\t: X: Y\n", "X: Y"},
    {"ARM", "processor\t: 0\nBogoMIPS\t: 50.00\nCPU part\t: 0xd40\n",
     "an unknown processor"},
    {"no colon", "model name\nmodel\n", "an unknown processor"},
    {"nothing", "", "an unknown processor"},
    {"no end of line", "model name\t: X", "X"},
};

int main(void) {
    char text[PROCESSOR_TEXT], endless[600] = "model name\t: ";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        FILE *file = tmpfile();
        fputs(rows[i].file, file);
        rewind(file);
        processor_parse(file, text);
        is_str(text, rows[i].want, "%s", rows[i].what);
        fclose(file);
    }
    FILE *file = tmpfile();
    memset(endless + strlen(endless), 'x', 500);
    fprintf(file, "%s\ncpu family\t: 123456789012\nmodel\t: 2\n", endless);
    rewind(file);
    processor_parse(file, text);
    ok(strlen(text) < PROCESSOR_TEXT && strstr(text, "(family 12345678, model 2)"),
       "a long name is cut, the rest is not: %s", text);
    fclose(file);
    processor_describe(text);
    ok(text[0] != '\0', "this one: %s", text);
    return tap_done();
}
