/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a language is the same however it is spelled, and no other. */
#include "src/filter/language.h"

#include "tests/tap.h"

static const struct {
    const char *language, *wanted;
    bool is;
} rows[] = {
    {"en", "en", true},      {"eng", "en", true},
    {"en", "eng", true},     {"ENG", "en", true},
    {"en-US", "eng", true},  {"en_GB", "en", true},
    {"eng,deu", "en", true}, {"deu,eng", "en", false},
    {"deu", "fr, de", true}, {"zul", "zu,en", true},
    {"tet", "tet", true},    {"tet", "te", false},
    {"arb", "ar", true},     {"cmn", "zh", true},
    {"nob", "nn", false},    {"e", "en", false},
    {"enx", "en", false},    {"", "en", false},
    {"en", "", false},       {"-", "en", false},
    {"123", "en", false},    {"englishlanguage", "en", false},
};

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        is_int(language_is_one_of(slice_of(rows[i].language), rows[i].wanted),
               rows[i].is, "'%s' of '%s'", rows[i].language, rows[i].wanted);
    return tap_done();
}
