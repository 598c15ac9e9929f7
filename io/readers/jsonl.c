/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines: an object a line, the text under one key ("text", or "a.b" for a key
 * inside an object).  The line is not built into a tree: one pass finds the raw string
 * of that key and checks what it passes; then only that string is decoded.  A line that
 * is no JSON object is dropped as damaged.  Lone surrogates are dropped, as no UTF-8
 * exists for them. */
#include "io/readers/reader.h"

#include <string.h>

enum { DEPTH_MAX = 64 };

struct scan {
    const char *p, *end;
    struct slice found; /* raw, without its quotes; data NULL: not there */
};

static void skip_space(struct scan *s) {
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r'))
        s->p++;
}

static bool take(struct scan *s, char c) {
    skip_space(s);
    if (s->p >= s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static int hex4(const char *p, const char *end) {
    int value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef", *at;
        char c = p[i] >= 'A' && p[i] <= 'F' ? (char)(p[i] | 0x20) : p[i];
        if (c == '\0' || (at = strchr(digits, c)) == NULL)
            return -1;
        value = value * 16 + (int)(at - digits);
    }
    return value;
}

/* Takes a string, checking its escapes; *raw is what lies between the quotes. */
static bool take_string(struct scan *s, struct slice *raw) {
    if (!take(s, '"'))
        return false;
    const char *start = s->p;
    for (;;) {
        while (s->p < s->end && *s->p != '"' && *s->p != '\\')
            s->p++;
        if (s->p >= s->end)
            return false;
        if (*s->p == '"')
            break;
        if (s->end - s->p < 2 || s->p[1] == '\0' || !strchr("\"\\/bfnrtu", s->p[1]))
            return false;
        if (s->p[1] == 'u' && hex4(s->p + 2, s->end) < 0)
            return false;
        s->p += s->p[1] == 'u' ? 6 : 2;
    }
    *raw = (struct slice){start, (size_t)(s->p - start)};
    s->p++;
    return true;
}

/* Takes a number, true, false or null. */
static bool take_word(struct scan *s) {
    const char *start = s->p;
    while (s->p < s->end && *s->p &&
           strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", *s->p))
        s->p++;
    struct slice word = {start, (size_t)(s->p - start)};
    if (word.size > 0 && (*start == '-' || (*start >= '0' && *start <= '9')))
        return true;
    return slice_equal(word, slice_of("true")) ||
           slice_equal(word, slice_of("false")) || slice_equal(word, slice_of("null"));
}

/* Passes over a value of any depth up to DEPTH_MAX.  Brackets must match; commas and
 * colons inside of what nobody asked for are not judged. */
static bool skip_value(struct scan *s) {
    char closers[DEPTH_MAX];
    int depth = 0;
    struct slice raw;
    do {
        skip_space(s);
        if (s->p >= s->end)
            return false;
        char c = *s->p;
        if (c == '{' || c == '[') {
            if (depth == DEPTH_MAX)
                return false;
            closers[depth++] = c == '{' ? '}' : ']';
            s->p++;
        } else if (depth > 0 && c == closers[depth - 1]) {
            depth--;
            s->p++;
        } else if (depth > 0 && (c == ',' || c == ':')) {
            s->p++;
        } else if (c == '"' ? !take_string(s, &raw) : !take_word(s)) {
            return false;
        }
    } while (depth > 0);
    return true;
}

/* Takes an object and in it finds `key`; a dot in it leads into an object inside. */
static bool take_object(struct scan *s, struct slice key, int depth) {
    const char *dot = memchr(key.data, '.', key.size);
    size_t head = dot ? (size_t)(dot - key.data) : key.size;
    if (!take(s, '{'))
        return false;
    if (take(s, '}'))
        return true;
    do {
        struct slice name;
        if (!take_string(s, &name) || !take(s, ':'))
            return false;
        skip_space(s);
        char c = s->p < s->end ? *s->p : '\0';
        bool good;
        if (c == '"' && slice_equal(name, key))
            good = take_string(s, &s->found);
        else if (c == '{' && dot && depth < DEPTH_MAX &&
                 slice_equal(name, (struct slice){key.data, head}))
            good =
                take_object(s, (struct slice){dot + 1, key.size - head - 1}, depth + 1);
        else
            good = skip_value(s);
        if (!good)
            return false;
    } while (take(s, ','));
    return take(s, '}');
}

/* Decodes \uXXXX at p, and its second half if it is a surrogate pair; returns what
 * follows. */
static const char *decode_unicode(struct str *out, const char *p, const char *end) {
    uint32_t c = (uint32_t)hex4(p + 2, end);
    p += 6;
    if (c < 0xd800 || c > 0xdfff) {
        reader_append_utf8(out, c);
        return p;
    }
    int low = end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex4(p + 2, end) : 0;
    if (c > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return p; /* a lone surrogate */
    reader_append_utf8(out, 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)low - 0xdc00));
    return p + 6;
}

static void decode_string(struct str *out, struct slice raw) {
    if (raw.size == 0)
        return;
    const char *p = raw.data, *end = raw.data + raw.size;
    while (p < end) {
        const char *escape = memchr(p, '\\', (size_t)(end - p));
        if (escape == NULL)
            escape = end;
        str_append(out, p, (size_t)(escape - p));
        p = escape;
        if (p == end)
            break;
        static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
        const char *at = strchr(from, p[1]);
        if (p[1] == 'u') {
            p = decode_unicode(out, p, end);
            continue;
        }
        str_append_char(out, at ? to[at - from] : p[1]);
        p += 2;
    }
}

static int jsonl_next(struct reader *r, struct err *err) {
    for (;;) {
        struct line line;
        uint64_t start = r->in->offset;
        int status = input_line(r->in, UINT64_MAX, &line, err);
        if (status <= 0)
            return status;
        struct scan s = {line.text.data, line.text.data + line.text.size, {0}};
        if (line_is_blank(&line)) {
            reader_markup(r, &line);
            continue;
        }
        bool good = take_object(&s, slice_of(r->text_key), 0);
        skip_space(&s);
        if (good && s.p == s.end) {
            decode_string(&r->text, s.found);
            reader_fold_lines(&r->text);
            r->stored = s.found.size;
            r->in->tally->markup_bytes += line.stored - s.found.size;
            return 1;
        }
        r->in->tally->damaged_bytes += line.stored;
        if (input_damage(r->in, start, err,
                         "not a JSON object (wrong at its byte %lld)",
                         (long long)(s.p - line.text.data)) < 0)
            return -1;
    }
}

static int jsonl_bid(struct slice head, const char *name) {
    size_t i = 0;
    while (i < head.size && (head.data[i] == ' ' || head.data[i] == '\n'))
        i++;
    if (i == head.size || head.data[i] != '{')
        return 0;
    bool named = reader_name_ends(name, ".jsonl") ||
                 reader_name_ends(name, ".ndjson") || reader_name_ends(name, ".json");
    for (i++; i < head.size && head.data[i] == ' ';)
        i++;
    bool quoted = i < head.size && (head.data[i] == '"' || head.data[i] == '}');
    return quoted ? 80 : named ? 60 : 0;
}

const struct reader_format reader_jsonl = {"jsonl", jsonl_bid, jsonl_next, NULL};
