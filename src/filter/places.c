/* SPDX-License-Identifier: Apache-2.0 */
/* Every place begins with a bracket or holds a low line ("formula_1"), so a search for
 * these three characters passes over nearly all of a text at once. */
#include "src/filter/places.h"

#include <string.h>
#include <strings.h>

enum { LONGEST_CAPTION = 2000 }; /* bytes: more than that is no illustration's */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *skip_digits(const char *p, const char *end) {
    while (p < end && is_digit(*p))
        p++;
    return p;
}

static bool starts(const char *p, const char *end, const char *word) {
    size_t size = strlen(word);
    return (size_t)(end - p) >= size && strncasecmp(p, word, size) == 0;
}

/* Each finds the end of a place that begins at p, or returns NULL. */

/* "[12]", "[]", "[edit]", "[citation needed]" */
static const char *citation_end(const char *p, const char *end) {
    static const char *const words[] = {"[edit]", "[citation needed]"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (starts(p, end, words[i]))
            return p + strlen(words[i]);
    const char *q = skip_digits(p + 1, end);
    return q < end && *q == ']' ? q + 1 : NULL;
}

/* The bracket that closes the one at p. */
static const char *closing(const char *p, const char *end) {
    int depth = 0;
    if (end - p > LONGEST_CAPTION)
        end = p + LONGEST_CAPTION;
    for (; p < end; p++) {
        depth += (*p == '[') - (*p == ']');
        if (depth == 0)
            return p + 1;
    }
    return NULL;
}

/* "[Illustration: a caption]", "[Pg 12]", "[Page 12]" */
static const char *illustration_end(const char *p, const char *end) {
    static const char *const pages[] = {"[pg ", "[page "};
    if (starts(p, end, "[illustration"))
        return closing(p, end);
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (!starts(p, end, pages[i]))
            continue;
        const char *number = p + strlen(pages[i]), *q = skip_digits(number, end);
        return q > number && q < end && *q == ']' ? q + 1 : NULL;
    }
    return NULL;
}

/* "()", "( , )", "(;)" */
static const char *empty_end(const char *p, const char *end) {
    for (p++; p < end && strchr(" ,;:-", *p) != NULL && *p != '\0'; p++)
        ;
    return p < end && *p == ')' ? p + 1 : NULL;
}

/* Where "formula" of the "formula_1" begins whose low line is at p, or NULL. */
static const char *placeholder_start(const char *start, const char *p,
                                     const char *end) {
    static const char *const words[] = {"formula", "codice"};
    if (p + 1 == end || !is_digit(p[1]))
        return NULL;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t size = strlen(words[i]);
        if ((size_t)(p - start) >= size && memcmp(p - size, words[i], size) == 0)
            return p - size;
    }
    return NULL;
}

/* The place that holds the character at p, which one of the three is. */
static enum rule place_at(const struct limits *limits, const char *start, const char *p,
                          const char *end, struct slice *place) {
    const char *first = p, *last = NULL;
    enum rule rule = RULE_NONE;
    if (*p == '[' && limits_has(limits, RULE_citation_marks))
        rule = (last = citation_end(p, end)) ? RULE_citation_marks : RULE_NONE;
    if (*p == '[' && last == NULL && limits_has(limits, RULE_illustrations))
        rule = (last = illustration_end(p, end)) ? RULE_illustrations : RULE_NONE;
    if (*p == '(' && limits_has(limits, RULE_empty_brackets))
        rule = (last = empty_end(p, end)) ? RULE_empty_brackets : RULE_NONE;
    if (*p == '_' && limits_has(limits, RULE_placeholders) &&
        (first = placeholder_start(start, p, end)) != NULL) {
        rule = RULE_placeholders;
        last = skip_digits(p + 1, end);
    }
    if (rule == RULE_empty_brackets && first > start && first[-1] == ' ')
        first--; /* "Geiger () was" has one space too many */
    if (rule != RULE_NONE)
        *place = (struct slice){first, (size_t)(last - first)};
    return rule;
}

/* The first of the three characters, or the end. */
static const char *find_mark(const char *p, const char *end) {
    static const bool marks[256] = {['['] = true, ['('] = true, ['_'] = true};
    while (p < end && !marks[(unsigned char)*p])
        p++;
    return p;
}

enum rule places_next(const struct limits *limits, struct slice *rest,
                      struct slice *before, struct slice *place) {
    const char *start = rest->data, *end = start + rest->size;
    for (const char *p = find_mark(start, end); p < end; p = find_mark(p + 1, end)) {
        enum rule rule = place_at(limits, start, p, end, place);
        if (rule == RULE_NONE)
            continue;
        const char *behind = place->data + place->size;
        *before = (struct slice){start, (size_t)(place->data - start)};
        *rest = (struct slice){behind, (size_t)(end - behind)};
        return rule;
    }
    *before = *rest;
    *rest = (struct slice){end, 0};
    return RULE_NONE;
}
