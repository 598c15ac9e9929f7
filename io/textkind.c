/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of text by their beginning: see textkind.h.  Each is asked for so much that
 * prose which only begins like it is still prose: a tag must be closed somewhere, JSON
 * be JSON up to the end of what is seen, every line be a path. */
#include "io/textkind.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { CUT_BYTES = 4096 }; /* a head of so much may end within a line */

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static void skip(struct slice *rest, size_t size) {
    size = size < rest->size ? size : rest->size;
    rest->data += size;
    rest->size -= size;
}

static void skip_space(struct slice *rest) {
    while (rest->size > 0 && is_space(*rest->data))
        skip(rest, 1);
}

static bool starts_nocase(struct slice s, const char *prefix) {
    size_t n = strlen(prefix);
    return s.size >= n && strncasecmp(s.data, prefix, n) == 0;
}

/* ---- markup ---- */

/* Takes all up to and with `end`; all there is if it does not come. */
static void skip_past(struct slice *rest, const char *end) {
    size_t n = strlen(end);
    const char *at = memmem(rest->data, rest->size, end, n);
    skip(rest, at ? (size_t)(at - rest->data) + n : rest->size);
}

/* Whether an end tag or an empty one is in it. */
static bool has_end_tag(struct slice rest) {
    for (; rest.size > 1; skip(&rest, 1))
        if ((slice_starts(rest, "</") && rest.size > 2 && is_letter(rest.data[2])) ||
            (rest.data[0] == '/' && rest.data[1] == '>'))
            return true;
    return false;
}

/* What markup begins with. */
struct opening {
    struct slice root; /* from the name of the first element on */
    bool says_html, says_xml;
};

/* Whether it is markup, and what it begins with. */
static bool look(struct slice head, struct opening *opening) {
    bool declared = false, commented = false;
    *opening = (struct opening){.says_xml = slice_starts(head, "<?xml")};
    for (skip_space(&head); head.size > 0; skip_space(&head)) {
        if (slice_starts(head, "<!--")) {
            commented = true;
            skip_past(&head, "-->");
        } else if (slice_starts(head, "<!") || slice_starts(head, "<?")) {
            declared = true;
            opening->says_html =
                opening->says_html || starts_nocase(head, "<!doctype html");
            skip_past(&head, ">");
        } else {
            break;
        }
    }
    if (head.size == 0)
        return declared || commented;
    bool tag = head.size > 1 && head.data[0] == '<' && is_letter(head.data[1]);
    if (tag)
        opening->root = (struct slice){head.data + 1, head.size - 1};
    return declared || (tag && has_end_tag(head));
}

/* Whether the name is one of HTML; in XML it takes the root of XHTML. */
static bool names_html(const struct opening *opening) {
    static const char *const names[] = {
        "html",    "head",    "body",   "title", "meta",  "link",  "script",
        "style",   "div",     "p",      "span",  "table", "h1",    "h2",
        "h3",      "h4",      "ul",     "ol",    "a",     "img",   "br",
        "hr",      "b",       "i",      "pre",   "main",  "nav",   "blockquote",
        "section", "article", "center", "font",  "em",    "strong"};
    const size_t count = opening->says_xml ? 1 : sizeof names / sizeof *names;
    struct slice root = opening->root;
    size_t size = 0;
    while (size < root.size && !is_space(root.data[size]) &&
           !strchr("/>", root.data[size]))
        size++;
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == size && strncasecmp(root.data, names[i], size) == 0)
            return true;
    return false;
}

bool textkind_is_html(struct slice head) {
    struct opening opening;
    return look(head, &opening) && (opening.says_html || names_html(&opening));
}

bool textkind_is_xml(struct slice head) {
    struct opening opening;
    return look(head, &opening) && !opening.says_html && !names_html(&opening);
}

/* ---- JSON ---- */

/* Takes a string after its quotation mark; false if it holds what none may. */
static bool take_string(struct slice *rest) {
    while (rest->size > 0 && *rest->data != '"') {
        if ((unsigned char)*rest->data < ' ')
            return false;
        skip(rest, *rest->data == '\\' ? 2 : 1);
    }
    skip(rest, 1);
    return true;
}

/* Takes a number or a word of JSON (or of Python's JSON), which the look may cut. */
static bool take_word(struct slice *rest) {
    static const char *const words[] = {"true", "false", "null", "NaN", "Infinity"};
    size_t size = 0;
    while (size < rest->size && rest->data[size] &&
           (is_letter(rest->data[size]) || strchr("+-.0123456789", rest->data[size])))
        size++;
    bool cut = size == rest->size,
         good = size > 0 && strchr("-0123456789", *rest->data);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        good = good || (size > 0 && (size == n || (cut && size < n)) &&
                        memcmp(rest->data, words[i], size) == 0);
    }
    skip(rest, size);
    return good;
}

bool textkind_is_json(struct slice head) {
    enum { STRINGS_MIN = 3 };
    int strings = 0, lists = 0;
    for (skip_space(&head); head.size > 0; skip_space(&head)) {
        char c = *head.data;
        bool first = strings == 0 && lists == 0;
        if (first && c != '[' && c != '"')
            return false;
        if (c == '"') {
            skip(&head, 1);
            strings++;
            if (!take_string(&head))
                return false;
        } else if (strchr("[]{},:", c) && c != '\0') {
            skip(&head, 1);
            lists += c == '[';
        } else if (!take_word(&head)) {
            return false;
        }
    }
    return lists > 0 || strings >= STRINGS_MIN;
}

/* ---- lists ---- */

/* Takes a checksum in front of a name, with the blanks after it. */
static void skip_checksum(struct slice *line) {
    enum { DIGITS_MIN = 32 };
    size_t n = 0;
    while (n < line->size && line->data[n] && strchr("0123456789abcdef", line->data[n]))
        n++;
    if (n < DIGITS_MIN || n + 2 > line->size || line->data[n] != ' ')
        return;
    skip(line, n + 2);
}

static bool is_path(struct slice line) {
    bool parts = false;
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    skip_checksum(&line);
    for (size_t i = 0; i < line.size; i++) {
        unsigned char c = (unsigned char)line.data[i];
        if (c <= ' ' || c > '~')
            return false;
        parts = parts || c == '/';
    }
    return parts;
}

bool textkind_is_path_list(struct slice head) {
    bool cut = head.size >= CUT_BYTES;
    struct slice line;
    int lines = 0;
    while (slice_line(&head, &line) && !(cut && head.size == 0)) {
        if (!is_path(line))
            return false;
        lines++;
    }
    return lines > 1;
}
