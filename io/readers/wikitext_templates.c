/* SPDX-License-Identifier: Apache-2.0 */
/* Templates that hold words of the sentence around them: see wikitext_parts.h.  What a
 * template shows is known to its wiki alone, and most of them (boxes, citations,
 * pronunciations, notices) show nothing that prose would miss.  The others have a
 * pattern in wikitext_templates.def, which is put out here. */
#include "io/readers/wikitext_parts.h"

#include <stdio.h>
#include <string.h>

struct parts {
    const struct slice *all; /* the name first */
    int count;
};

/* The key of a named argument, of size 0 if it has none. */
static struct slice key_of(struct slice part, struct slice *value) {
    const char *at = part.size > 0 ? memchr(part.data, '=', part.size) : NULL;
    *value = part;
    if (at == NULL)
        return (struct slice){0};
    size_t n = (size_t)(at - part.data);
    *value = (struct slice){at + 1, part.size - n - 1};
    struct slice key = slice_trim((struct slice){part.data, n});
    return key.size > 0 ? key : (struct slice){part.data, n};
}

static struct slice find_named(const struct parts *parts, struct slice name) {
    struct slice value;
    for (int i = parts->count - 1; i > 0; i--) /* the last one counts */
        if (slice_equal(key_of(parts->all[i], &value), name))
            return slice_trim(value);
    return (struct slice){0};
}

/* Argument `number`, from 1, given by place or as 1=…; the last one for 0. */
static struct slice argument(const struct parts *parts, int number) {
    char digit[2] = {(char)('0' + number), '\0'};
    struct slice value, last = {0};
    int place = 0;
    for (int i = 1; i < parts->count; i++) {
        if (key_of(parts->all[i], &value).size > 0)
            continue;
        last = slice_trim(value);
        if (++place == number)
            return last;
    }
    return number == 0 ? last : find_named(parts, slice_of(digit));
}

static bool put(struct wikitext *w, struct slice text) {
    str_append(&w->shown, text.data, text.size);
    return text.size > 0;
}

static bool put_all(struct wikitext *w, const struct parts *parts) {
    struct slice value;
    bool any = false;
    for (int i = 1; i < parts->count; i++)
        if (key_of(parts->all[i], &value).size == 0)
            any = put(w, slice_trim(value)) || any;
    return any;
}

/* 5 and 05 are May; what is no such number stays. */
static bool put_month(struct wikitext *w, struct slice text) {
    int number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.size > 2 || text.data[i] < '0' || text.data[i] > '9')
            return put(w, text);
        number = number * 10 + (text.data[i] - '0');
    }
    struct slice month = wikitext_month(w, number);
    return put(w, month.size > 0 ? month : text);
}

/* A day of a month as the language writes it, without a zero in front. */
static bool put_day(struct wikitext *w, struct slice text) {
    enum { DAY_BYTES_MAX = 16 };
    char key[DAY_BYTES_MAX];
    if (text.size == 2 && *text.data == '0')
        text = (struct slice){text.data + 1, 1};
    snprintf(key, sizeof key, "day %.*s", (int)text.size, text.data ? text.data : "");
    const char *word = wikitext_unit(w, slice_of(key));
    return put(w, word ? slice_of(word) : text);
}

/* Digits above the line: km and 2 are km².  What has no such form is missing. */
static bool put_raised(struct wikitext *w, struct slice text) {
    if (slice_starts(text, "−")) {
        put(w, slice_of(wikitext_raised('-', true)));
        text = (struct slice){text.data + strlen("−"), text.size - strlen("−")};
    }
    for (size_t i = 0; i < text.size; i++) {
        const char *form = wikitext_raised(text.data[i], true);
        if (form == NULL)
            return false;
        put(w, slice_of(form));
    }
    return text.size > 0;
}

/* What the template of this name shows if it takes no arguments: {{music|sharp}}. */
static bool put_template(struct wikitext *w, struct slice name) {
    const char *pattern = wikitext_pattern(w, name);
    return pattern && !strpbrk(pattern, "$@") && put(w, slice_of(pattern));
}

/* What lies after the colon of {{formatnum:1234}}. */
static struct slice behind_colon(struct slice name) {
    const char *at = memchr(name.data, ':', name.size);
    if (at == NULL)
        return (struct slice){0};
    return slice_trim((struct slice){at + 1, (size_t)(name.data + name.size - at) - 1});
}

/* Takes a (name) off the pattern. */
static struct slice take_name(const char **p) {
    const char *start = *p + 1, *end = strchr(start, ')');
    *p = end + 1;
    return (struct slice){start, (size_t)(end - start)};
}

/* Takes the argument that is named next, by its number or as (name). */
static struct slice take_argument(const struct parts *parts, const char **p) {
    return **p == '(' ? find_named(parts, take_name(p))
                      : argument(parts, *(*p)++ - '0');
}

/* Puts what stands after a $; false if that is missing. */
static bool put_variable(struct wikitext *w, const struct parts *parts,
                         const char **p) {
    char c = **p;
    if (c == '(' || (c >= '1' && c <= '9'))
        return put(w, take_argument(parts, p));
    ++*p;
    switch (c) {
    case '?': return take_argument(parts, p).size > 0;
    case 'M': return put_month(w, take_argument(parts, p));
    case 'D': return put_day(w, take_argument(parts, p));
    case '^': return put_raised(w, take_argument(parts, p));
    case 'T': return put_template(w, take_argument(parts, p));
    case '*': return put_all(w, parts);
    case 'L': return put(w, argument(parts, 0));
    case '0': return put(w, slice_trim(parts->all[0]));
    case ':': return put(w, behind_colon(parts->all[0]));
    default: return put(w, (struct slice){*p - 1, 1});
    }
}

static bool put_choice(struct wikitext *w, const struct parts *parts, const char **p);

/* Puts a pattern up to its end, or to a | or a closing bracket; false if something in
 * it is missing. */
static bool put_sequence(struct wikitext *w, const struct parts *parts,
                         const char **p) {
    bool good = true;
    while (**p && !strchr("|]}", **p)) {
        char c = *(*p)++;
        if (c == '$')
            good = put_variable(w, parts, p) && good;
        else if (c == '[' || c == '{')
            good = (put_choice(w, parts, p) || c == '[') && good;
        else
            str_append_char(&w->shown, c);
    }
    return good;
}

/* Puts the first of some alternatives in which nothing is missing; false if none. */
static bool put_choice(struct wikitext *w, const struct parts *parts, const char **p) {
    bool chosen = false, more = true;
    while (more) {
        size_t mark = w->shown.size;
        if (!put_sequence(w, parts, p) || chosen)
            w->shown.size = mark;
        else
            chosen = true;
        more = *(*p)++ == '|';
    }
    return chosen;
}

static bool is_number(struct slice s) {
    return s.size > 0 && ((*s.data >= '0' && *s.data <= '9') ||
                          (s.size > 1 && (*s.data == '-' || *s.data == '.')));
}

/* Units as one reads them; e6acre is a million acres. */
static bool put_unit(struct wikitext *w, struct slice unit) {
    enum { SCALE_BYTES = 2 };
    const char *scale = NULL, *word;
    if (unit.size > SCALE_BYTES && *unit.data == 'e')
        scale = wikitext_unit(w, (struct slice){unit.data, SCALE_BYTES});
    if (scale) {
        put(w, slice_of(scale));
        put(w, slice_of(" "));
        unit = (struct slice){unit.data + SCALE_BYTES, unit.size - SCALE_BYTES};
    }
    word = wikitext_unit(w, unit);
    return put(w, word ? slice_of(word) : unit);
}

/* {{convert|5|km|mi}}: 5 km; {{convert|5|to|10|km}}; {{convert|6|ft|1|in}}. */
static bool put_measure(struct wikitext *w, const struct parts *parts) {
    struct slice first = argument(parts, 1), second = argument(parts, 2);
    struct slice third = argument(parts, 3), fourth = argument(parts, 4);
    if (!put(w, first))
        return false;
    bool is_range = is_number(third) && fourth.size > 0;
    bool dash =
        slice_equal(second, slice_of("-")) || slice_equal(second, slice_of("–"));
    put(w, slice_of(is_range && dash ? "" : " "));
    if (is_range && dash)
        put(w, slice_of("–"));
    else
        put_unit(w, second);
    if (is_range) {
        put(w, slice_of(dash ? "" : " "));
        put(w, third);
        put(w, slice_of(" "));
        put_unit(w, fourth);
    }
    return true;
}

/* Without its namespace: {{Template:small|a}}. */
static struct slice name_of(const struct wikitext *w, struct slice name) {
    struct slice rest = name, prefix = {0};
    int key = NAMESPACE_MAIN;
    slice_field(&rest, ':', &prefix);
    bool has_prefix = prefix.size < name.size &&
                      namespaces_find(w->names, prefix, &key) &&
                      key == NAMESPACE_TEMPLATE;
    return slice_trim(has_prefix ? rest : name);
}

bool wikitext_template(struct wikitext *w, const struct slice *all, int count) {
    struct parts parts = {all, count};
    const char *pattern = wikitext_pattern(w, name_of(w, all[0]));
    if (pattern == NULL)
        return false;
    return strcmp(pattern, "@measure") == 0 ? put_measure(w, &parts)
                                            : put_sequence(w, &parts, &pattern);
}
