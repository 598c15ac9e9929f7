/* SPDX-License-Identifier: Apache-2.0 */
/* Framing by brackets: see objects.h.  Two things that JSON does not allow show a
 * fault, so that it costs little.  A line feed within a string: a quotation mark was
 * lost; the object is dropped there, and the next is sought at the beginning of a line.
 * An object where none can stand, as after a value: a bracket was lost; the object is
 * dropped, and the next one begins there. */
#include "io/readers/objects.h"

#include "io/readers/fields.h"

enum { SOME_BYTES = 1 << 20, DEPTH_MAX = 64 /* where a fault of brackets is seen */ };

/* Where a scan stands. */
struct scan {
    int64_t depth;      /* of braces and, within an object, of brackets */
    uint64_t lists;     /* bit i: what was opened at depth i is a list */
    char last;          /* the last byte outside strings that is no space */
    bool quoted;        /* within a string */
    bool escaped;       /* after its backslash */
    bool seeking;       /* passes over the rest of the line that was dropped */
    bool line_begun;    /* while seeking: something stood in this line */
    uint64_t junk;      /* bytes that are damaged, not reported yet */
    uint64_t size;      /* of the object so far */
    const char *broken; /* why the object is dropped; NULL: it is not */
};

/* Sees to it that there is something: 1, 0 end, -1. */
static int fill(struct objects *o, struct input *in, struct err *err) {
    if (o->rest.size > 0)
        return 1;
    return input_some(in, SOME_BYTES, &o->rest, err);
}

/* Counts damaged bytes and reports them. */
static int report(struct objects *o, struct input *in, uint64_t bytes, const char *why,
                  struct err *err) {
    in->tally->damaged_bytes += bytes;
    return input_damage(in, in->offset - o->rest.size - bytes, err, "%s", why);
}

/* One byte between objects: whether one begins with it. */
static bool between(struct objects *o, struct input *in, struct scan *s, char c) {
    bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == FIELDS_MARK;
    if (s->seeking) {
        bool begins = c == '{' && !s->line_begun;
        s->line_begun = c == '\n' ? false : s->line_begun || !space;
        s->seeking = !begins;
        s->junk += !begins;
        return begins;
    }
    if (s->quoted) {
        s->quoted = c != '\n' && (s->escaped || c != '"');
        s->escaped = !s->escaped && c == '\\';
        s->junk++;
        return false;
    }
    if (c == '{')
        return true;
    o->open += (c == '[') - (c == ']');
    if (space || c == '[' || c == ']' || c == ',')
        in->tally->markup_bytes++;
    else
        s->junk++;
    s->quoted = c == '"';
    return false;
}

/* Passes over what lies before the next object: 1 it begins, 0 end, -1. */
static int find(struct objects *o, struct input *in, struct scan *s, struct err *err) {
    int status;
    while ((status = fill(o, in, err)) == 1) {
        if (between(o, in, s, *o->rest.data))
            break;
        o->rest.data++;
        o->rest.size--;
    }
    uint64_t junk = s->junk;
    s->junk = 0;
    if (status >= 0 && junk > 0 &&
        report(o, in, junk, "JSON that is no object", err) < 0)
        return -1;
    return status;
}

/* A byte within a string. */
static void quoted(struct scan *s, char c) {
    if (c == '\n') {
        s->broken = "an object of JSON with a line feed in a string";
        s->seeking = true;
    }
    s->quoted = s->escaped || c != '"';
    s->escaped = !s->escaped && c == '\\';
}

/* Whether an object may begin here: as a value of a key or of a list. */
static bool value_may_begin(const struct scan *s) {
    if (s->depth == 0 || s->depth > DEPTH_MAX || s->last == ':' || s->last == '[')
        return true;
    return s->last == ',' && (s->lists >> (s->depth - 1) & 1);
}

/* A byte outside strings. */
static void plain(struct scan *s, char c) {
    bool opens = c == '{' || c == '[';
    if (opens && s->depth < DEPTH_MAX) {
        uint64_t bit = (uint64_t)1 << s->depth;
        s->lists = c == '[' ? s->lists | bit : s->lists & ~bit;
    }
    s->depth += opens - (c == '}' || c == ']');
    s->quoted = c == '"';
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
        s->last = c;
}

/* Takes the object's bytes at hand; whether its end is among them, or a fault. */
static bool scan(struct scan *s, struct slice *rest) {
    const char *p = rest->data, *end = p + rest->size;
    bool done = false;
    for (; p < end && !done; p++) {
        if (s->quoted)
            quoted(s, *p);
        else if (*p == '{' && !value_may_begin(s))
            s->broken = "an object of JSON without its end";
        else
            plain(s, *p);
        done = s->depth == 0 || s->broken;
    }
    if (s->broken && !s->seeking)
        p--; /* this brace begins the next object */
    size_t taken = (size_t)(p - rest->data);
    rest->data += taken;
    rest->size -= taken;
    return done;
}

/* The object that begins at hand: 1 whole, 2 dropped, 0 it has no end, -1. */
static int take(struct objects *o, struct input *in, struct scan *s, struct str *out,
                struct err *err) {
    bool done = false;
    int status;
    while (!done && (status = fill(o, in, err)) == 1) {
        const char *from = o->rest.data;
        done = scan(s, &o->rest);
        size_t taken = (size_t)(o->rest.data - from);
        s->size += taken;
        if (s->size <= INPUT_LINE_MAX)
            str_append(out, from, taken);
    }
    if (!done && status < 0)
        return -1;
    if (done && !s->broken && s->size <= INPUT_LINE_MAX)
        return 1;
    const char *why = s->broken ? s->broken
                      : !done   ? "an object of JSON without its end"
                                : "an object of JSON of over 16 MiB is dropped";
    uint64_t size = s->size;
    o->ended = !done;
    *s = (struct scan){.seeking = s->seeking};
    str_clear(out);
    return report(o, in, size, why, err) < 0 ? -1 : done ? 2 : 0;
}

int objects_next(struct objects *o, struct input *in, struct str *out,
                 struct err *err) {
    struct scan s = {0};
    int status = 2;
    str_clear(out);
    while (status == 2 && (status = find(o, in, &s, err)) == 1)
        status = take(o, in, &s, out, err);
    if (status != 0 || o->ended)
        return status;
    o->ended = true;
    if (o->open > 0 && !in->cut)
        return report(o, in, 0, "the list of JSON has no end: was it cut?", err);
    return 0;
}
