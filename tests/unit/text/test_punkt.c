/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: with small tables written here, each reason of Punkt's decision shows in a
 * row: abbreviation, collocation, case, sentence starter, initial, number.  Tables that
 * are damaged or missing are refused. */
#include "src/text/punkt.h"

#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const struct {
    const char *name, *content;
} tables[] = {
    {"abbrev_types.txt", "dr\nz.b\netc\nş\nu.s\n"},
    {"collocations.tab", "##number##\tmarch\nst\tlouis\n"},
    {"sent_starters.txt", "however\nthe"},
    /* 34: upper at beginnings, small in the middle; 8: upper, who knows where; 32:
       small */
    {"ortho_context.tab", "the\t34\nhe\t34\nlouis\t8\ndog\t32\nbach\t12\na\tb\t2"},
};

static const struct {
    const char *token, *next;
    bool goes_on;
} rows[] = {
    {"word", "Next", false},
    {"word", "next", false},
    {"Dr", "Smith", true},
    {"DR", "dog", true},
    {"(Dr", "Smith", true},
    {"etc", "However, it", false},
    {"etc", "However it", false},
    {"etc", "The dog", false},
    {"etc", "He", false},
    {"etc", "Dog", false},
    {"etc", "dog", true},
    {"and-etc", "Dog", false},
    {"and-etc", "smith", true},
    {"z.B", "Hund", true},
    {"Ş", "Dog", true},
    {"St", "Louis", true},
    {"St", "Louis. Then", true},
    {"3", "March 1999", true},
    {"3,500", "March", true},
    {"3", "He", false},
    {"3", "dog", true},
    {"3", "bach", true},
    {"J", "Bach", true},
    {"J", "Unknown", true},
    {"J", "Dog", false},
    {"J", "he", true},
    {"J", "", false},
    {"", "He", false},
    {"Dr", "\xff", true},
    {"\xc3", "He", false},
    {"Dr", ", he", true},
    {"U.S", "The", false},
};

static void write_tables(const char *folder, int without, const char *instead) {
    struct err err;
    for (int i = 0; i < 4; i++) {
        char path[600];
        const char *content = i == without ? instead : tables[i].content;
        snprintf(path, sizeof path, "%s/%s", folder, tables[i].name);
        remove(path);
        if (content && file_write_atomic(path, content, strlen(content), &err))
            diag("%s", err.text);
    }
}

static void test_rows(const char *folder) {
    struct punkt punkt;
    struct str text = {0};
    struct err err = {0};
    write_tables(folder, -1, NULL);
    ok(punkt_load(&punkt, folder, &text, &err) == 0, "tables are read %s", err.text);
    ok(text.size == strlen(tables[0].content) + strlen(tables[1].content) +
                        strlen(tables[2].content) + strlen(tables[3].content),
       "their bytes are given");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ok(punkt_goes_on(&punkt, slice_of(rows[i].token), slice_of(rows[i].next)) ==
               rows[i].goes_on,
           "'%s. %s' %s", rows[i].token, rows[i].next,
           rows[i].goes_on ? "goes on" : "ends");
    str_fini(&text);
    punkt_fini(&punkt);
}

static void test_damage(const char *folder) {
    static const struct {
        int table;
        const char *content;
        int code;
    } damage[] = {
        {1, "one\n", ERR_DATA},      {3, "the\n", ERR_DATA},
        {3, "the\tx\n", ERR_DATA},   {3, "the\t1\n", ERR_DATA},
        {3, "the\t128\n", ERR_DATA}, {3, "the\t34\nhe\t", ERR_DATA},
        {0, NULL, ERR_MISSING},      {3, NULL, ERR_MISSING},
    };
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        struct punkt punkt;
        struct err err = {0};
        write_tables(folder, damage[i].table, damage[i].content);
        ok(punkt_load(&punkt, folder, NULL, &err) < 0, "row %zu is refused: %s", i,
           err.text);
        is_int(err.code, damage[i].code, "  with its code");
    }
}

int main(void) {
    const char *folder = tap_folder();
    test_rows(folder);
    test_damage(folder);
    return tap_done();
}
