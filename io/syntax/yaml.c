/* SPDX-License-Identifier: Apache-2.0 */
/* YAML over libyaml's events: see yaml.h.  A stack of open maps and lists holds how
 * much of the key each of them has; a set of all keys seen finds duplicates. */
#include "io/syntax/yaml.h"

#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#include "src/base/die.h"
#include "src/base/map.h"

enum { DEPTH_MAX = 16 };

struct yaml_level {
    bool is_list;
    bool has_key;    /* of a map: the next node is a value */
    int count;       /* of what it holds; of a list: the next index */
    size_t key_size; /* of what leads here */
    yaml_mark_t at;
};

struct yaml_reader {
    const char *name;
    yaml_value_fn each;
    void *context;
    struct err *err;
    yaml_parser_t parser;
    struct yaml_level levels[DEPTH_MAX];
    int depth; /* open maps and lists */
    struct str key;
    struct map seen;
    int documents;
};

static int refuse(struct yaml_reader *y, yaml_mark_t at, const char *why) {
    return err_set(y->err, ERR_CONFIG, "%s:%zu:%zu: %s", y->name, at.line + 1,
                   at.column + 1, why);
}

static struct yaml_level *top(struct yaml_reader *y) {
    return y->depth > 0 ? &y->levels[y->depth - 1] : NULL;
}

/* A node that is a value begins: completes its key if it is in a list. */
static void begin_value(struct yaml_reader *y) {
    struct yaml_level *level = top(y);
    if (level == NULL || !level->is_list)
        return;
    y->key.size = level->key_size;
    str_printf(&y->key, "[%d]", level->count++);
}

/* It ended: the key goes back to that of the map or list around it. */
static void end_value(struct yaml_reader *y) {
    struct yaml_level *level = top(y);
    if (level == NULL)
        return;
    level->has_key = false;
    y->key.size = level->key_size;
    if (y->key.data)
        y->key.data[y->key.size] = '\0';
}

static int take_key(struct yaml_reader *y, const yaml_event_t *event) {
    const char *text = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;
    if (size == 0 || memchr(text, '\0', size))
        return refuse(y, event->start_mark, "an empty key");
    if (strcmp(text, "<<") == 0)
        return refuse(y, event->start_mark, "merge keys (<<) are not supported");
    if (y->key.size > 0)
        str_append_char(&y->key, '.');
    str_append(&y->key, text, size);
    bool is_new;
    map_put(&y->seen, str_slice(&y->key), &is_new);
    if (!is_new) {
        struct str why = {0};
        str_printf(&why, "%s is given twice", y->key.data);
        refuse(y, event->start_mark, why.data);
        str_fini(&why);
        return -1;
    }
    top(y)->has_key = true;
    top(y)->count++;
    return 0;
}

static int hand_over(struct yaml_reader *y, const char *text, yaml_mark_t at) {
    struct yaml_value value = {y->key.data, text, (int)at.line + 1, (int)at.column + 1};
    return y->each(y->context, &value, y->err);
}

static int take_scalar(struct yaml_reader *y, const yaml_event_t *event) {
    const char *text = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;
    if (event->data.scalar.anchor)
        return refuse(y, event->start_mark, "anchors are not supported");
    if (event->data.scalar.tag)
        return refuse(y, event->start_mark, "tags are not supported");
    if (y->depth == 0 && size > 0)
        return refuse(y, event->start_mark, "expected 'key: value' lines");
    if (y->depth == 0)
        return 0; /* an empty document */
    if (!top(y)->is_list && !top(y)->has_key)
        return take_key(y, event);
    if (memchr(text, '\0', size))
        return refuse(y, event->start_mark, "a NUL in a value");
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    bool none = plain && (size == 0 || !strcmp(text, "~") || !strcmp(text, "null") ||
                          !strcmp(text, "Null") || !strcmp(text, "NULL"));
    begin_value(y);
    int rc = hand_over(y, none ? "null" : text, event->start_mark);
    end_value(y);
    return rc;
}

static int open_level(struct yaml_reader *y, const yaml_event_t *event, bool is_list,
                      const void *anchor, const void *tag) {
    if (anchor)
        return refuse(y, event->start_mark, "anchors are not supported");
    if (tag)
        return refuse(y, event->start_mark, "tags are not supported");
    if (y->depth == 0 && is_list)
        return refuse(y, event->start_mark, "expected 'key: value' lines, not a list");
    if (top(y) && !top(y)->is_list && !top(y)->has_key)
        return refuse(y, event->start_mark, "a key must be a word");
    if (y->depth == DEPTH_MAX)
        return refuse(y, event->start_mark, "nested too deep");
    begin_value(y);
    y->levels[y->depth++] =
        (struct yaml_level){is_list, false, 0, y->key.size, event->start_mark};
    return 0;
}

/* One without anything in it is a value itself, but for the whole file. */
static int close_level(struct yaml_reader *y) {
    const struct yaml_level *level = top(y);
    int rc = 0;
    if (level->count == 0 && y->depth > 1)
        rc = hand_over(y, level->is_list ? "[]" : "{}", level->at);
    y->depth--;
    end_value(y);
    return rc;
}

static int take_event(struct yaml_reader *y, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (y->documents++ > 0)
            return refuse(y, event->start_mark,
                          "a second document: one file, one document");
        return 0;
    case YAML_ALIAS_EVENT:
        return refuse(y, event->start_mark, "aliases are not supported");
    case YAML_SCALAR_EVENT: return take_scalar(y, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_level(y, event, true, event->data.sequence_start.anchor,
                          event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return open_level(y, event, false, event->data.mapping_start.anchor,
                          event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return close_level(y);
    default: return 0;
    }
}

/* What libyaml has to say about the syntax, e.g. "did not find expected key". */
static int syntax_error(struct yaml_reader *y) {
    const yaml_parser_t *p = &y->parser;
    CHECK(p->error != YAML_MEMORY_ERROR);
    struct str why = {0};
    yaml_mark_t at = p->problem_mark;
    str_printf(&why, "%s", p->problem ? p->problem : "bad YAML");
    if (p->error == YAML_READER_ERROR) { /* it knows the offset only */
        at = p->mark;
        str_printf(&why, " at byte %zu", p->problem_offset);
    }
    if (p->context)
        str_printf(&why, " (%s)", p->context);
    refuse(y, at, why.data);
    str_fini(&why);
    return -1;
}

int yaml_read(const char *name, struct slice text, yaml_value_fn each, void *context,
              struct err *err) {
    struct yaml_reader y = {.name = name, .each = each, .context = context, .err = err};
    CHECK(yaml_parser_initialize(&y.parser));
    yaml_parser_set_input_string(
        &y.parser, (const unsigned char *)(text.data ? text.data : ""), text.size);
    int rc = 0;
    bool ended = false;
    while (rc == 0 && !ended) {
        yaml_event_t event;
        if (!yaml_parser_parse(&y.parser, &event)) {
            rc = syntax_error(&y);
            break;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        rc = take_event(&y, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&y.parser);
    str_fini(&y.key);
    map_fini(&y.seen);
    return rc;
}
