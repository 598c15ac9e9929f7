/* SPDX-License-Identifier: Apache-2.0 */
/* Framing by brackets: see objects.h.  A line feed within a string, which JSON does not
 * allow, shows that a quotation mark was lost: the object is dropped there, and the
 * next is sought at the beginning of a line, so that a fault costs little. */
#include "io/readers/objects.h"

#include "io/readers/fields.h"

enum { SOME_BYTES = 1 << 20 };

/* Where a scan stands. */
struct scan {
    int64_t depth;      /* of braces and, within an object, of brackets */
    bool quoted;        /* within a string */
    bool escaped;       /* after its backslash */
    bool seeking;       /* passes over the rest of what was dropped */
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
        s->quoted = s->escaped || c != '"';
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

/* Takes the object's bytes at hand; whether its end is among them, or a fault. */
static bool scan(struct scan *s, struct slice *rest) {
    const char *p = rest->data, *end = p + rest->size;
    for (; p < end; p++) {
        if (s->quoted) {
            if (*p == '\n')
                s->broken = "an object of JSON with a line feed in a string";
            s->quoted = s->escaped || *p != '"';
            s->escaped = !s->escaped && *p == '\\';
        } else if (*p == '"') {
            s->quoted = true;
        } else {
            s->depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        }
        if (s->depth == 0 || s->broken)
            break;
    }
    bool done = p < end;
    size_t taken = (size_t)(p - rest->data) + done;
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
    *s = (struct scan){.seeking = s->broken != NULL};
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
