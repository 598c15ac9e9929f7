/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a reference is resolved once and only if it is one of XML's five names or the
 * number of a character; everything else must come out byte for byte, whatever is cut
 * off after it. */
#include "io/readers/entity.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

static const struct row {
    const char *in, *out;
} rows[] = {
    {"", ""},
    {"no reference", "no reference"},
    {"&lt;b&gt; &amp; &quot;c&quot; &apos;d&apos;", "<b> & \"c\" 'd'"},
    {"&amp;amp; &amp;lt;", "&amp; &lt;"},
    {"&#65;&#x42;&#X43;&#x6a;&#x6A;", "ABCjj"},
    {"&#233;&#x20ac;&#128512;", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"&#x10FFFF;", "\xf4\x8f\xbf\xbf"},
    {"&#x110000; &#99999999; &#4294967361;", "&#x110000; &#99999999; &#4294967361;"},
    {"&#0; &#xD800; &#xdfff;", "&#0; &#xD800; &#xdfff;"},
    {"&#; &#x; &#6a; &#xg; &#-1;", "&#; &#x; &#6a; &#xg; &#-1;"},
    {"&nbsp; &AMP; &lt &", "&nbsp; &AMP; &lt &"},
    {"&&&lt;&", "&&<&"},
};

static void test_named(void) {
    static const struct {
        const char *in;
        uint32_t code;
    } names[] = {{"AElig;", 198}, {"zwnj;x", 8204},    {"mdash;", 8212}, {"nbsp;", 160},
                 {"nbsp", 0},     {"NBSP;", 0},        {";", 0},         {"", 0},
                 {"#65;", 0},     {"toolonganame;", 0}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t size = 0;
        is_int(entity_named(slice_of(names[i].in), &size), names[i].code, "name '%s'",
               names[i].in);
        if (names[i].code)
            is_int((int64_t)size, (int64_t)strcspn(names[i].in, ";") + 1,
                   "and its size");
    }
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str out = {0};
        entity_unescape(&out, slice_of(rows[i].in));
        str_append(&out, "", 0);
        is_str(out.data, rows[i].out, "'%s'", rows[i].in);
        str_fini(&out);
    }
    for (const char *p = "#x10FFFF;"; *p;
         p++) { /* nothing after the end is looked at */
        size_t size;
        char *copy = strdup(p);
        struct slice cut = {copy, strlen(p) - 1};
        ok(entity_numeric(cut, &size) == 0, "'%.*s' is cut", (int)cut.size, p);
        free(copy);
    }
    test_named();
    return tap_done();
}
