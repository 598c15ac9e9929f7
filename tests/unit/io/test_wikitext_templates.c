/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: templates/xx.txt holds the commonest templates of a language's Wikipedia and
 * what a reader sees there, written down from those wikis: each line must come out so.
 * Every language that the table is about has such a page.  Then the table itself: no
 * name twice in a language, patterns that end.  At last, whose rows serve which wiki,
 * and what is no template's text. */
#include "io/readers/wikitext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/map.h"
#include "tests/tap.h"

enum { LINE_MAX_SIZE = 1024, LINES_LEAST = 30 };

static const struct row {
    const char *languages, *names, *text;
    bool is_pattern;
} rows[] = {
#define TEMPLATE(languages, names, shows) {languages, names, shows, true},
#define UNIT(languages, names, word) {languages, "unit " names, word, false},
#define MONTHS(languages, names) {languages, "months", names, false},
#define SAME(languages, language)
#include "io/readers/wikitext_templates.def"
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

struct extractor {
    struct wikitext wikitext;
    struct namespaces names;
    struct str out;
};

static const char *extract(struct extractor *e, const char *language, const char *in) {
    wikitext_set_language(&e->wikitext, slice_of(language));
    str_clear(&e->out);
    wikitext_prose(&e->wikitext, slice_of(in), &e->names, &e->out);
    str_append(&e->out, "", 0);
    if (e->out.size > 0 && e->out.data[e->out.size - 1] == '\n')
        e->out.data[--e->out.size] = '\0';
    return e->out.data;
}

/* A line "wikitext => prose"; false if it is none, but a comment. */
static bool test_line(struct extractor *e, const char *language, char *line) {
    char *arrow = strstr(line, " => ");
    line[strcspn(line, "\n")] = '\0';
    if (*line == '#' || arrow == NULL)
        return false;
    *arrow = '\0';
    is_str(extract(e, language, line), arrow + 4, "%s: %s", language, line);
    return true;
}

static void test_language(struct extractor *e, const char *language) {
    char path[256], line[LINE_MAX_SIZE];
    int count = 0;
    snprintf(path, sizeof path, "tests/unit/io/templates/%s.txt", language);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        count += test_line(e, language, line);
    ok(count >= LINES_LEAST, "%s has %d of %d lines", path, count, LINES_LEAST);
    if (file)
        fclose(file);
}

/* The languages of the rows, each once, "*" aside. */
static void test_languages(struct extractor *e) {
    struct map seen = {0};
    for (int i = 0; i < ROW_COUNT; i++) {
        struct slice rest = slice_of(rows[i].languages), code;
        while (slice_field(&rest, ' ', &code)) {
            char name[16];
            bool is_new;
            map_put(&seen, code, &is_new);
            snprintf(name, sizeof name, "%.*s", (int)code.size, code.data);
            if (is_new && strcmp(name, "*") != 0)
                test_language(e, name);
        }
    }
    map_fini(&seen);
}

/* Whether brackets close, and what stands after a $ is whole. */
static bool is_whole(const char *pattern) {
    char closers[8];
    int depth = 0;
    for (const char *p = pattern; *p; p++) {
        if (*p == '$') {
            p++;
            p += *p && strchr("M^DT?", *p) != NULL;
            p = *p == '(' ? strchr(p, ')') : p;
            if (p == NULL || *p == '\0')
                return false;
        } else if (*p == '[' || *p == '{') {
            if (depth == (int)sizeof closers)
                return false;
            closers[depth++] = *p == '[' ? ']' : '}';
        } else if (*p == ']' || *p == '}') {
            if (depth == 0 || closers[--depth] != *p)
                return false;
        } else if (*p == '|' && depth == 0) {
            return false;
        }
    }
    return depth == 0;
}

static void test_once(struct map *seen, const char *language, struct slice name) {
    char key[256];
    bool is_new;
    size_t n = (size_t)snprintf(key, sizeof key, "%s ", language);
    n += namespaces_fold(name, key + n, sizeof key - n);
    map_put(seen, (struct slice){key, n}, &is_new);
    if (!is_new)
        ok(false, "%s: %.*s has one row", language, (int)name.size, name.data);
}

static void test_table(void) {
    struct map seen = {0};
    for (int i = 0; i < ROW_COUNT; i++) {
        struct slice languages = slice_of(rows[i].languages), code, names, name;
        if (rows[i].is_pattern && !is_whole(rows[i].text))
            ok(false, "%s, %s: \"%s\" is whole", rows[i].languages, rows[i].names,
               rows[i].text);
        while (slice_field(&languages, ' ', &code)) {
            char language[16];
            snprintf(language, sizeof language, "%.*s", (int)code.size, code.data);
            for (names = slice_of(rows[i].names); slice_field(&names, '|', &name);)
                test_once(&seen, language, name);
        }
    }
    ok(seen.count > 500, "%zu names are in the table, each once", seen.count);
    map_fini(&seen);
    ok(!is_whole("a[b") && !is_whole("a}") && !is_whole("$") && !is_whole("$M") &&
           !is_whole("$(a") && !is_whole("a|b") && is_whole("{[$1|$$]|$M(a)}"),
       "a broken pattern is seen");
}

static void test_choice(struct extractor *e) {
    static const struct {
        const char *language, *in, *out;
    } cases[] = {
        {"tt", "a {{convert|5|mi}} b", "a 5 miles b"},
        {"", "a {{convert|5|mi}} b", "a 5 miles b"},
        {"en-x-simple", "a {{convert|5|mi}} b", "a 5 miles b"},
        {"fr-ca", "a {{date|1|5|2012}} b", "a 1er mai 2012 b"},
        {"fr", "a {{date|1|5|2012}} b", "a 1er mai 2012 b"},
        {"en", "a {{date|1|5|2012}} b", "a 1 b"},
        {"de", "a {{w|b|c}}, d", "a, d"},
        {"nn", "a {{dato|2012|5|1}} b", "a 1. mai 2012 b"},
        {"bar", "a {{enS|b}} c", "a b c"},
        {"fr", "a {{zitat|b}}, d", "a, d"},
        {"en", "a {{nowrap}}, {{lang|fr}}, {{nowrap|}} d", "a, d"},
        {"en", "a {{Template:small|b}} {{template: small|c}} {{ small\n| d }}",
         "a b c d"},
        {"en", "a {{Small|b}} {{cite web|b}} {{_nowrap_|c}}", "a b c"},
        {"en", "{{nowrap|{{lang|fr|[[a|''b'' {{small|c}}]]}} d}}", "b c d"},
        {"en", "{{nowrap|1= a }}{{small|2=b|1=c}}{{lang|text=d}}", "acd"},
        {"fr", "la {{12e}} {{12345e}} {{12}} {{e}}", "la 12e e"},
        {"fr", "{{s|XIX}} {{s|XIX|e}} {{s|I|er}}",
         "XIXe siècle XIXe siècle Ier siècle"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        is_str(extract(e, cases[i].language, cases[i].in), cases[i].out,
               "%s, case %zu: %s", cases[i].language, i, cases[i].out);
}

int main(void) {
    struct extractor e = {0};
    wikitext_init(&e.wikitext);
    namespaces_init(&e.names);
    test_table();
    test_languages(&e);
    test_choice(&e);
    wikitext_fini(&e.wikitext);
    namespaces_fini(&e.names);
    str_fini(&e.out);
    return tap_done();
}
