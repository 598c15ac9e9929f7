/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a row is a document and the events that must come of it, also when it is fed
 * byte by byte; where it breaks, at which byte and why.  Attacks by expansion, depth
 * and endless tags must be refused, and offsets must be those of the stored bytes. */
#include "io/syntax/xml.h"

#include <string.h>

#include "tests/tap.h"

#define S(literal)                                                                     \
    { literal, sizeof(literal) - 1 }

struct log {
    struct xml *xml;
    struct str events;
    uint64_t ends[8]; /* where elements named "p" end */
    int count;
};

static void on_start(void *user, const char *name, const char **attributes) {
    struct log *log = user;
    str_printf(&log->events, "<%s", name);
    for (; *attributes; attributes += 2)
        str_printf(&log->events, " %s=%s", attributes[0], attributes[1]);
    str_append(&log->events, ">", 1);
}

static void on_end(void *user, const char *name) {
    struct log *log = user;
    str_printf(&log->events, "</%s>", name);
    if (strcmp(name, "p") != 0)
        return;
    if (log->count < 8)
        log->ends[log->count++] = xml_end_offset(log->xml);
    xml_hold(log->xml);
}

static void on_text(void *user, struct slice text) {
    struct log *log = user;
    str_append(&log->events, text.data, text.size);
}

static const struct xml_handler handler = {on_start, on_end, on_text};

static const struct row {
    const char *what;
    struct slice in;
    const char *events;
    int64_t fault; /* offset; -1: none */
} rows[] = {
    {"an element", S("<a>b</a>"), "<a>b</a>", -1},
    {"attributes, entities, CDATA",
     S("<a x='1' y=\"&lt;\">&amp;&#65;<![CDATA[<b>]]></a>"), "<a x=1 y=<>&A<b></a>",
     -1},
    {"prefixes go", S("<t:a xmlns:t='u'><t:b/></t:a>"), "<a xmlns:t=u><b></b></a>", -1},
    {"held at p and resumed", S("<a><p>1</p><p>2</p></a>"), "<a><p>1</p><p>2</p></a>",
     -1},
    {"Latin 1", S("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>"),
     "<a>\xc3\xa9</a>", -1},
    {"UTF-16, little end first", S("\xff\xfe<\0a\0>\0\xe9\0<\0/\0a\0>\0"),
     "<a>\xc3\xa9</a>", -1},
    {"UTF-16, big end first", S("\xfe\xff\0<\0a\0>\0\xe9\0<\0/\0a\0>"),
     "<a>\xc3\xa9</a>", -1},
    {"a character's name", S("<!DOCTYPE a [<!ENTITY e '\xc3\xa9'>]><a>&e;</a>"),
     "<a>\xc3\xa9</a>", -1},
    {"parameter entities are not looked at",
     S("<!DOCTYPE a [<!ENTITY % p SYSTEM 'nowhere.dtd'> %p;]><a/>"), "<a></a>", -1},
    {"mismatched", S("<a><b></a>"), "<a><b>", 8},
    {"ill-formed UTF-8", S("<a>b\xff</a>"), "<a>b", 4},
    {"not closed", S("<a><b>"), "<a><b>", 6},
    {"not even begun", S("a"), "", 0},
    {"a control", S("<a>\1</a>"), "<a>", 3},
    {"an unknown entity", S("<a>&b;</a>"), "<a>", 3},
    {"an unknown encoding", S("<?xml version='1.0' encoding='X'?><a/>"), "", 30},
};

/* Feeds pieces of `step` bytes: the last status. */
static enum xml_status feed(struct xml *xml, struct slice in, size_t step) {
    enum xml_status status = XML_MORE;
    bool end = false;
    while (!end && status == XML_MORE) {
        size_t n = in.size < step ? in.size : step;
        end = n == 0;
        status = xml_feed(xml, (struct slice){in.data, n});
        in.data += n, in.size -= n;
        while (status == XML_HELD)
            status = xml_resume(xml);
    }
    return status;
}

static void test_rows(void) {
    static const size_t steps[] = {XML_PIECE_MAX, 1};
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof *rows); i++) {
        const struct row *row = &rows[i / 2];
        struct log log = {0};
        struct xml *xml = log.xml = xml_create(&handler, &log);
        str_append(&log.events, "", 0);
        xml_begin(xml, "", NULL, 1000);
        enum xml_status status = feed(xml, row->in, steps[i % 2]);
        int64_t fault =
            status == XML_BROKEN ? (int64_t)xml_start_offset(xml) - 1000 : -1;
        is_str(log.events.data, row->events, "%s, pieces of %zu", row->what,
               steps[i % 2]);
        is_int(fault, row->fault, "%s: %s", row->what,
               status == XML_BROKEN ? xml_fault(xml) : "no fault");
        xml_destroy(xml);
        str_fini(&log.events);
    }
}

/* A root is taken for granted, in the document's encoding; offsets leave it out. */
static void test_root(void) {
    static const struct {
        const char *encoding;
        struct slice in;
        uint64_t end;
    } parts[] = {
        {"", S("<p>1</p>\n<q/></a>"), 8},
        {"UTF-16LE", S("<\0p\0/\0>\0<\0/\0a\0>\0"), 8},
        {"UTF-16BE", S("\0<\0p\0/\0>\0<\0/\0a\0>"), 8},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct log log = {0};
        struct xml *xml = log.xml = xml_create(&handler, &log);
        xml_begin(xml, parts[i].encoding, "a", 7);
        is_int(feed(xml, parts[i].in, XML_PIECE_MAX), XML_MORE, "part %zu is read", i);
        ok(xml_is_closed(xml) && log.count == 1 && log.ends[0] == 7 + parts[i].end,
           "its <p> ends at byte %llu", (unsigned long long)log.ends[0]);
        xml_destroy(xml);
        str_fini(&log.events);
    }
}

/* What is left behind a fault is what was fed from there on. */
static void test_unparsed(void) {
    struct log log = {0};
    struct xml *xml = log.xml = xml_create(&handler, &log);
    for (size_t step = 1; step < 20; step += 6) {
        xml_begin(xml, "", NULL, 0);
        feed(xml, (struct slice)S("<a><b></a><c/>"), step);
        struct slice rest = xml_unparsed(xml), whole = S("a><c/>");
        ok(rest.size >= 2 && rest.size <= 6 &&
               memcmp(rest.data, whole.data, rest.size) == 0,
           "pieces of %zu: %zu bytes from the fault on", step, rest.size);
        ok(!xml_is_unfinished(xml), "which is not an end too soon");
    }
    xml_begin(xml, "", NULL, 0);
    ok(feed(xml, (struct slice)S("<a>"), 9) == XML_BROKEN && xml_is_unfinished(xml) &&
           xml_depth(xml) == 1,
       "an end too soon is one");
    xml_destroy(xml);
    str_fini(&log.events);
}

static void refused(const char *what, struct str *in, const char *why) {
    struct log log = {0};
    struct xml *xml = log.xml = xml_create(&handler, &log);
    xml_begin(xml, "", NULL, 0);
    enum xml_status status = feed(xml, str_slice(in), XML_PIECE_MAX);
    ok(status == XML_BROKEN && strstr(xml_fault(xml), why), "%s: %s", what,
       status == XML_BROKEN ? xml_fault(xml) : "went through");
    ok(log.events.size < 4096, "%s: costs nothing", what);
    xml_destroy(xml);
    str_fini(&log.events);
    str_clear(in);
}

static void test_attacks(void) {
    struct str in = {0};
    str_printf(&in, "<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><a>&b;</a>");
    refused("a billion laughs", &in, "entity");
    str_printf(&in, "<!DOCTYPE a [<!ENTITY a '%050d'>]><a>&a;</a>", 0);
    refused("a long laugh", &in, "entity");
    str_printf(&in, "<!DOCTYPE a [<!ENTITY a SYSTEM 'file.txt'>]><a>&a;</a>");
    refused("another file", &in, "external entity");
    for (int i = 0; i <= XML_DEPTH_MAX; i++)
        str_printf(&in, "<b>");
    refused("depth", &in, "too deep");
    str_printf(&in, "<a b='");
    str_reserve(&in, 2 * XML_TOKEN_MAX);
    memset(in.data + in.size, 'x', 2 * XML_TOKEN_MAX);
    in.size += 2 * XML_TOKEN_MAX;
    refused("an endless tag", &in, "over 1 MiB");
    str_fini(&in);
}

int main(void) {
    test_rows();
    test_root();
    test_unparsed();
    test_attacks();
    const char *attributes[] = {"a", "1", "xml:lang", "en", NULL};
    is_str(xml_attribute(attributes, "xml:lang"), "en", "an attribute");
    ok(xml_attribute(attributes, "1") == NULL, "a value is no name");
    xml_destroy(NULL);
    return tap_done();
}
