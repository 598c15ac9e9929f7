/* SPDX-License-Identifier: Apache-2.0 */
/* Word lists: see badwords.h.  A word of a document is first looked for in a small set
 * of bits, which nearly all words are not in. */
#include "src/filter/badwords.h"

#include "src/base/utf8.h"
#include "src/filter/list.h"
#include "src/text/unicode.h"

/* Appends a word in small letters, without the punctuation around it. */
static void append_word(struct str *out, struct slice word) {
    const char *p = word.data, *end = p + word.size;
    size_t start = out->size, last = start;
    while (p < end) {
        uint32_t scalar;
        char small[4];
        int size = utf8_decode(p, end, &scalar);
        p += size > 0 ? size : -size;
        if (size < 0)
            continue;
        const struct unicode_record *record = unicode_of(scalar);
        bool mark = record->flags & UNICODE_PUNCTUATION;
        if (mark && out->size == start)
            continue;
        int n = utf8_encode((uint32_t)((int32_t)scalar + record->lower), small);
        str_append(out, small, (size_t)n);
        last = mark ? last : out->size;
    }
    out->size = last;
}

static uint64_t hash_of(const struct str *text) {
    return hash64(text->data, text->size, 0);
}

static void add(struct badwords *list, struct slice phrase) {
    const char *p = phrase.data, *end = p + phrase.size;
    size_t words = 0;
    str_clear(&list->text);
    while (p < end) {
        const char *start = p;
        while (p < end && *p != ' ' && *p != '\t')
            p++;
        if (p > start) {
            if (words++ > 0)
                str_append_char(&list->text, ' ');
            append_word(&list->text, (struct slice){start, (size_t)(p - start)});
        }
        if (words == 1 && p > start) {
            uint64_t hash = hash_of(&list->text);
            list->firsts[hash >> 6 & 255] |= UINT64_C(1) << (hash & 63);
        }
        p += p < end;
    }
    if (list->text.size > 0)
        map_put(&list->phrases, str_slice(&list->text), NULL);
    list->most_words = words > list->most_words ? words : list->most_words;
}

int badwords_read(struct badwords *list, const char *path, struct err *err) {
    struct word_list file;
    struct slice rest, entry;
    int rc = list_read(&file, "filter.word_blocklist", path, err);
    rest = str_slice(&file.text);
    list->hash = file.hash;
    while (rc == 0 && list_next(&rest, &entry))
        add(list, entry);
    list_fini(&file);
    return rc;
}

/* Whether a phrase begins at the first of the words. */
static bool begins_phrase(struct badwords *list, const struct slice *words,
                          size_t count) {
    str_clear(&list->text);
    append_word(&list->text, words[0]);
    uint64_t hash = hash_of(&list->text);
    if (!(list->firsts[hash >> 6 & 255] >> (hash & 63) & 1))
        return false;
    for (size_t i = 1;; i++) {
        if (map_find(&list->phrases, str_slice(&list->text)) != NULL)
            return true;
        if (i == count || i == list->most_words)
            return false;
        str_append_char(&list->text, ' ');
        append_word(&list->text, words[i]);
    }
}

bool badwords_in(struct badwords *list, const struct slice *words, size_t count) {
    str_append_char(&list->text, ' '); /* there is a text to point at from here on */
    for (size_t i = 0; i < count; i++)
        if (begins_phrase(list, words + i, count - i))
            return true;
    return false;
}

void badwords_fini(struct badwords *list) {
    map_fini(&list->phrases);
    str_fini(&list->text);
}
