/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a word is found whole, in any case and with punctuation around it; a phrase
 * where all its words follow each other. */
#include "src/filter/badwords.h"

#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const char list_text[] = "darn\n\nTwo  Words\n\xc3\x9c"
                                "bel\nthree more words\nd*mn\n";

static const struct {
    const char *text;
    bool has;
} rows[] = {
    {"darn", true},
    {"Oh, (DARN)!", true},
    {"darned", false},
    {"two", false},
    {"two words", true},
    {"two, Words.", true},
    {"two other words", false},
    {"three more", false},
    {"a three more words b", true},
    {"three three more words", true},
    {"\xc3\xbc"
     "bel",
     true},
    {"ubel", false},
    {"d*mn!", true},
    {"dmn", false},
    {"", false},
    {"...", false},
    {"\xff darn", true},
};

/* Splits at single spaces. */
static size_t split(const char *text, struct slice words[10]) {
    size_t count = 0;
    while (*text != '\0' && count < 10) {
        size_t size = strcspn(text, " ");
        words[count++] = (struct slice){text, size};
        text += size + (text[size] == ' ');
    }
    return count;
}

int main(void) {
    struct badwords list = {0};
    struct err err = {0};
    char path[256];
    snprintf(path, sizeof path, "%s/words", tap_folder());
    is_int(badwords_read(&list, path, &err), -1, "no file");
    is_int(err.code, 66, "  is missing");
    file_write_atomic(path, "", 0, &err);
    is_int(badwords_read(&list, path, &err), 0, "an empty list");
    struct slice words[10] = {slice_of("darn")};
    ok(!badwords_in(&list, words, 1), "  has no words");
    badwords_fini(&list);
    list = (struct badwords){0};
    file_write_atomic(path, list_text, strlen(list_text), &err);
    is_int(badwords_read(&list, path, &err), 0, "a list");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t count = split(rows[i].text, words);
        is_int(badwords_in(&list, words, count), rows[i].has, "'%s'", rows[i].text);
    }
    badwords_fini(&list);
    return tap_done();
}
