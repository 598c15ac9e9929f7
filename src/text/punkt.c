/* SPDX-License-Identifier: Apache-2.0 */
/* Punkt's decision for a full stop: see punkt.h.  First by type: is it an abbreviation?
 * Then by token: collocations stay together; an abbreviation ends a sentence as well if
 * the next word is in a case that it has only at beginnings, or is a frequent sentence
 * starter; an initial or ordinal number goes on unless the next word's case says
 * otherwise. */
#include "src/text/punkt.h"

#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/parse.h"
#include "src/base/utf8.h"
#include "src/text/fold.h"
#include "src/text/unicode.h"

/* What is known of a type.  Its cases were seen at the beginning, in the middle, or at
 * an unknown place of sentences; the tables use these very bits. */
enum type_flag {
    BEGIN_UPPER = 1 << 1,
    MIDDLE_UPPER = 1 << 2,
    UNKNOWN_UPPER = 1 << 3,
    BEGIN_SMALL = 1 << 4,
    MIDDLE_SMALL = 1 << 5,
    UNKNOWN_SMALL = 1 << 6,
    UPPER = BEGIN_UPPER | MIDDLE_UPPER | UNKNOWN_UPPER,
    SMALL = BEGIN_SMALL | MIDDLE_SMALL | UNKNOWN_SMALL,
    ABBREVIATION = 1 << 7,
    STARTER = 1 << 8,
};

enum { FILE_MAX = 64 << 20, COLLOCATION_MAX = 2 * FOLD_MAX + 1 };

static const char number_type[] = "##number##";

/* ---- tables ---- */

/* One line of a table into the maps; -1 if it is none. */
typedef int take_line(struct punkt *punkt, struct slice line);

static int take_abbreviation(struct punkt *punkt, struct slice line) {
    map_put(&punkt->types, line, NULL)->value |= ABBREVIATION;
    return 0;
}

static int take_starter(struct punkt *punkt, struct slice line) {
    map_put(&punkt->types, line, NULL)->value |= STARTER;
    return 0;
}

static int take_collocation(struct punkt *punkt, struct slice line) {
    if (memchr(line.data, '\t', line.size) == NULL)
        return -1;
    map_put(&punkt->collocations, line, NULL);
    return 0;
}

static int take_context(struct punkt *punkt, struct slice line) {
    const char *tab = memrchr(line.data, '\t', line.size);
    char digits[8];
    int64_t bits;
    size_t size = tab ? (size_t)(line.data + line.size - tab - 1) : 0;
    if (size == 0 || size >= sizeof digits)
        return -1;
    memcpy(digits, tab + 1, size);
    digits[size] = '\0';
    if (parse_int(digits, &bits) || bits < 0 || bits & ~(int64_t)(UPPER | SMALL))
        return -1;
    struct slice type = {line.data, (size_t)(tab - line.data)};
    map_put(&punkt->types, type, NULL)->value |= (uint64_t)bits;
    return 0;
}

static int load_table(struct punkt *punkt, const char *folder, const char *name,
                      take_line *take, struct str *text, struct err *err) {
    struct str path = {0}, content = {0};
    str_printf(&path, "%s/%s", folder, name);
    int rc = file_read(path.data, FILE_MAX, &content, err);
    struct slice rest = str_slice(&content), line;
    for (int number = 1; rc == 0 && slice_line(&rest, &line); number++)
        if (line.size > 0 && take(punkt, line))
            rc = err_set(err, ERR_DATA, "%s:%d: no line of a Punkt table: '%.*s'",
                         path.data, number, (int)(line.size < 60 ? line.size : 60),
                         line.data);
    if (rc == 0 && text)
        str_append(text, content.data, content.size);
    str_fini(&content);
    str_fini(&path);
    return rc;
}

int punkt_load(struct punkt *punkt, const char *folder, struct str *text,
               struct err *err) {
    static const struct {
        const char *name;
        take_line *take;
    } tables[] = {{"abbrev_types.txt", take_abbreviation},
                  {"collocations.tab", take_collocation},
                  {"sent_starters.txt", take_starter},
                  {"ortho_context.tab", take_context}};
    int rc = 0;
    *punkt = (struct punkt){0};
    for (size_t i = 0; rc == 0 && i < sizeof tables / sizeof *tables; i++)
        rc = load_table(punkt, folder, tables[i].name, tables[i].take, text, err);
    if (rc)
        punkt_fini(punkt);
    return rc;
}

void punkt_fini(struct punkt *punkt) {
    map_fini(&punkt->types);
    map_fini(&punkt->collocations);
}

/* ---- tokens ---- */

static uint32_t first_char(struct slice s) {
    uint32_t scalar;
    if (s.size == 0 || utf8_decode(s.data, s.data + s.size, &scalar) < 0)
        return 0;
    return scalar;
}

static bool starts(struct slice s, enum unicode_flag flag) {
    return unicode_of(first_char(s))->flags & flag;
}

static bool is_one_of(char c, const char *list) {
    return c != '\0' && strchr(list, c) != NULL;
}

/* -?[.,]?\d[\d,.-]* */
static bool is_number(struct slice s) {
    size_t i = s.size > 0 && s.data[0] == '-';
    i += i < s.size && is_one_of(s.data[i], ".,");
    if (i == s.size || s.data[i] < '0' || s.data[i] > '9')
        return false;
    while (i < s.size && is_one_of(s.data[i], "0123456789,.-"))
        i++;
    return i == s.size;
}

/* The name under which the tables know a token. */
static struct slice type_of(struct slice token, char out[FOLD_MAX]) {
    if (!is_number(token))
        return fold_word(token, out);
    return slice_of(number_type);
}

static uint64_t flags_of(const struct punkt *punkt, struct slice type) {
    const struct map_entry *entry =
        type.size > 0 ? map_find(&punkt->types, type) : NULL;
    return entry ? entry->value : 0;
}

/* Punctuation no token begins with stands alone. */
static struct slice without_openers(struct slice token) {
    while (token.size > 0 && is_one_of(*token.data, "(\"`{[:;&#*@)}]-,"))
        token.data++, token.size--;
    return token;
}

/* The first token of what follows: up to white space, quotes and brackets, or a comma
 * that ends it; a mark alone. */
static struct slice first_token(struct slice text) {
    if (text.size > 0 && without_openers(text).data != text.data)
        return (struct slice){text.data, 1};
    size_t size = 0;
    while (size < text.size) {
        uint32_t scalar = 0;
        int length = utf8_decode(text.data + size, text.data + text.size, &scalar);
        bool ends = unicode_of(scalar)->flags & UNICODE_SPACE ||
                    (scalar < 0x80 && is_one_of((char)scalar, ")\";}]*:@'({[?!,")) ||
                    scalar == 0xAB || scalar == 0xBB || scalar == 0x2018 ||
                    scalar == 0x2019 || scalar == 0x201C || scalar == 0x201D;
        if (ends && size > 0)
            break;
        size += length > 0 ? (size_t)length : 1;
        if (ends)
            break;
    }
    return (struct slice){text.data, size};
}

static bool is_initial(struct slice token) {
    uint32_t scalar;
    if (token.size == 0)
        return false;
    int size = utf8_decode(token.data, token.data + token.size, &scalar);
    return size > 0 && (size_t)size == token.size &&
           unicode_of(scalar)->flags & UNICODE_LETTER;
}

static bool is_abbreviation(const struct punkt *punkt, struct slice token) {
    char folded[FOLD_MAX];
    struct slice type = fold_word(token, folded);
    if (flags_of(punkt, type) & ABBREVIATION)
        return true;
    const char *dash = type.size > 0 ? memrchr(type.data, '-', type.size) : NULL;
    if (dash == NULL)
        return false;
    struct slice last = {dash + 1, (size_t)(type.data + type.size - dash - 1)};
    return flags_of(punkt, last) & ABBREVIATION;
}

/* ---- decision ---- */

enum verdict { NO, YES, UNSURE };

/* Whether a token's case says that it begins a sentence. */
static enum verdict begins(struct slice token, uint64_t flags) {
    if (token.size == 1 && is_one_of(*token.data, ";:,.!?"))
        return NO;
    if (starts(token, UNICODE_UPPER) && flags & SMALL && !(flags & MIDDLE_UPPER))
        return YES;
    if (starts(token, UNICODE_SMALL) && (flags & UPPER || !(flags & BEGIN_SMALL)))
        return NO;
    return UNSURE;
}

static bool collocate(const struct punkt *punkt, struct slice a, struct slice b) {
    char key[COLLOCATION_MAX];
    if (a.size + b.size >= sizeof key)
        return false;
    memcpy(key, a.data, a.size);
    key[a.size] = '\t';
    memcpy(key + a.size + 1, b.data, b.size);
    return map_find(&punkt->collocations, (struct slice){key, a.size + 1 + b.size});
}

bool punkt_goes_on(const struct punkt *punkt, struct slice token, struct slice next) {
    char token_type[FOLD_MAX], next_type[FOLD_MAX];
    token = without_openers(token);
    struct slice type = type_of(token, token_type), follower = first_token(next);
    struct slice bare =
        follower; /* its own full stop, if it ends its sentence, is not its */
    if (bare.size > 1 && bare.data[bare.size - 1] == '.')
        bare.size--;
    if (bare.size < follower.size && is_abbreviation(punkt, bare))
        bare = follower;
    struct slice then = type_of(bare, next_type);
    uint64_t flags = flags_of(punkt, then);
    bool initial = is_initial(token);
    bool abbreviated = is_abbreviation(punkt, token);
    if (collocate(punkt, type, then))
        return true;
    enum verdict verdict = begins(follower, flags);
    if (abbreviated && !initial)
        return verdict != YES && !(starts(follower, UNICODE_UPPER) && flags & STARTER);
    if (!initial && !is_number(token))
        return false;
    if (verdict == NO)
        return true;
    if (verdict == UNSURE && initial && starts(follower, UNICODE_UPPER) &&
        !(flags & SMALL))
        return true;
    return abbreviated;
}
