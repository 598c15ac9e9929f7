/* SPDX-License-Identifier: Apache-2.0 */
/* Lines over blocks: see input.h.  A line inside one block is lent as it lies there;
 * only one that lies across blocks is copied. */
#include "io/readers/input.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/log.h"
#include "src/base/timer.h"

enum { WARNINGS_MAX = 50 }; /* a shard; the rest is counted */
enum { KIND_MAX = 64, KINDS_MAX = 200, PLACE_MAX = 256 };

void input_begin(struct input *in, const char *member) {
    in->member = member;
    in->offset = 0;
    input_resume(in);
}

void input_resume(struct input *in) {
    in->cut = in->ended = false;
    in->window = (struct slice){0};
}

void input_fini(struct input *in) {
    str_fini(&in->held);
    str_fini(&in->spare);
    str_fini(&in->line);
    str_fini(&in->first);
}

void input_unpacked(struct input *in, double start) {
    if (in->unpacking)
        *in->unpacking += timer_used() - start;
}

/* Names of members are not to be trusted: what a terminal obeys goes, also the control
 * characters that UTF-8 has in two bytes; a long one is cut. */
static const char *place_of(const struct input *in, char *place, size_t size) {
    const char *name = in->member ? in->member : "";
    snprintf(place, size, "%.*s%s", (int)size - 3, name, name[0] ? ": " : "");
    for (unsigned char *p = (unsigned char *)place; *p; p++)
        if (*p < ' ' || *p == 0x7f || (p[0] == 0xc2 && p[1] < 0xa0))
            *p = '?';
    return place;
}

/* The witness is told all, the log what it can bear. */
static void tell(struct input *in, bool is_damage, uint64_t offset, const char *text) {
    const struct notice notice = {is_damage, in->member ? in->member : "", offset,
                                  text};
    char place[PLACE_MAX];
    if (in->witness && in->witness->notice)
        in->witness->notice(in->witness->context, &notice);
    if (in->first.size == 0)
        str_printf(&in->first, "%s%s", place_of(in, place, sizeof place), text);
}

static void say(struct input *in, const char *text) {
    char place[PLACE_MAX];
    if (in->quiet || ++in->warnings > WARNINGS_MAX)
        return;
    log_warn("%s: %s%s", in->path, place_of(in, place, sizeof place), text);
}

void input_sum_up(struct input *in) {
    if (in->warnings > WARNINGS_MAX)
        log_warn("%s: %llu warnings in all, of which the first %d were shown", in->path,
                 (unsigned long long)in->warnings, WARNINGS_MAX);
}

/* Stops the run if damage does, else warns. */
static int stop_or_say(struct input *in, const char *text, struct err *err) {
    char place[PLACE_MAX];
    if (in->stop_on_damage)
        return err_set(err, ERR_DATA, "%s: %s%s", in->path,
                       place_of(in, place, sizeof place), text);
    say(in, text);
    return 0;
}

static int damage(struct input *in, const char *text, struct err *err) {
    in->tally->damaged_places++;
    return stop_or_say(in, text, err);
}

int input_fault(struct input *in, const struct err *fault, struct err *err) {
    tell(in, true, in->offset, fault->text);
    return damage(in, fault->text, err);
}

int input_damage(struct input *in, uint64_t offset, struct err *err, const char *format,
                 ...) {
    char text[768];
    va_list args;
    va_start(args, format);
    int n = snprintf(text, sizeof text, "byte %llu: ", (unsigned long long)offset);
    vsnprintf(text + n, sizeof text - (size_t)n, format, args);
    va_end(args);
    tell(in, true, offset, text + n);
    return damage(in, text, err);
}

int input_refuse(struct input *in, struct err *err, const char *format, ...) {
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    in->tally->members_unread++;
    tell(in, false, in->offset, text);
    return stop_or_say(in, text, err);
}

void input_warn(struct input *in, const char *format, ...) {
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tell(in, false, in->offset, text);
    say(in, text);
}

void input_kind(struct input *in, const char *what, struct slice name) {
    char key[KIND_MAX];
    if (in->witness == NULL)
        return;
    struct map *kinds = &in->witness->kinds;
    int n = snprintf(key, sizeof key, "%s %.*s", what, (int)name.size, name.data);
    size_t size = n < KIND_MAX ? (size_t)n : KIND_MAX - 1;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)key[i] < ' ' || (unsigned char)key[i] > '~')
            key[i] = '?'; /* the name is the file's, and not to be trusted */
    struct slice kind = {key, size};
    if (kinds->count >= KINDS_MAX && map_find(kinds, kind) == NULL)
        kind = slice_of("other");
    map_put(kinds, kind, NULL)->value++;
}

/* The next block after an empty window: 1, 0 end (or damage: cut), -1. */
static int input_block(struct input *in, struct slice *block, struct err *err) {
    if (in->ended)
        return 0;
    struct err fault = {0};
    struct slice next;
    double start = timer_used();
    int status = stream_next_block(in->stream, &next, &fault);
    input_unpacked(in, start);
    uint64_t dropped = stream_take_dropped(in->stream);
    in->tally->unpacked_bytes += dropped;
    in->tally->damaged_bytes += dropped;
    if (status == 1) {
        in->tally->unpacked_bytes += next.size;
        *block = next;
        return 1;
    }
    in->ended = true;
    if (status == 0)
        return 0;
    if (fault.code != ERR_DATA)
        return err_set(err, fault.code, "%s", fault.text);
    in->cut = true;
    return input_damage(in, in->offset + in->window.size, err, "%s", fault.text);
}

bool input_is_cut(const struct input *in) { return in->cut && in->window.size == 0; }

/* Takes `size` bytes off the window. */
static struct slice input_take(struct input *in, size_t size) {
    struct slice taken = {in->window.data, size};
    in->window.data += size;
    in->window.size -= size;
    in->offset += size;
    return taken;
}

/* Copies the window, after some bytes, to where the stream does not overwrite it. */
static void input_hold(struct input *in, struct slice front) {
    struct str *all = &in->spare;
    str_clear(all);
    str_append(all, front.data, front.size);
    str_append(all, in->window.data, in->window.size);
    struct str held = in->held;
    in->held = *all;
    *all = held;
    in->window = str_slice(&in->held);
}

int input_peek(struct input *in, size_t size, struct slice *bytes, struct err *err) {
    struct slice block;
    int status = 1;
    while (in->window.size < size && !in->ended) {
        input_hold(in, (struct slice){0}); /* the next block may end this one */
        status = input_block(in, &block, err);
        if (status != 1)
            break;
        str_append(&in->held, block.data, block.size);
        in->window = str_slice(&in->held);
    }
    *bytes = (struct slice){in->window.data,
                            in->window.size < size ? in->window.size : size};
    return status < 0 ? -1 : 0;
}

void input_unread(struct input *in, struct slice bytes) {
    in->offset -= bytes.size;
    input_hold(in, bytes);
}

/* A line is too long: passes over the rest of it. */
static int input_drop_line(struct input *in, uint64_t start, uint64_t limit,
                           struct err *err) {
    uint64_t dropped = in->offset - start;
    bool found = false;
    while (!found && dropped < limit) {
        int status = in->window.size > 0 ? 1 : input_block(in, &in->window, err);
        if (status < 0)
            return -1;
        if (status == 0)
            break;
        uint64_t room = limit - dropped;
        size_t size = in->window.size < room ? in->window.size : (size_t)room;
        const char *end = memchr(in->window.data, '\n', size);
        found = end != NULL;
        size = end ? (size_t)(end - in->window.data) + 1 : size;
        input_take(in, size);
        dropped += size;
    }
    in->tally->damaged_bytes += dropped;
    return input_damage(in, start, err, "a line of over %d MiB is dropped",
                        INPUT_LINE_MAX >> 20);
}

/* One try: 1 a line, 0 end, -1, 2 a line was dropped. */
static int input_line_once(struct input *in, uint64_t limit, struct slice *bytes,
                           struct err *err) {
    uint64_t start = in->offset;
    str_clear(&in->line);
    for (;;) {
        if (in->window.size == 0) {
            int status = input_block(in, &in->window, err);
            if (status < 0)
                return -1;
            if (status == 0)
                break;
        }
        uint64_t room = limit - in->line.size;
        size_t size = in->window.size < room ? in->window.size : (size_t)room;
        const char *end = memchr(in->window.data, '\n', size);
        size_t taken = end ? (size_t)(end - in->window.data) + 1 : size;
        *bytes = input_take(in, taken);
        bool complete = end != NULL || taken == room;
        if (complete && in->line.size == 0)
            return 1;
        str_append(&in->line, bytes->data, bytes->size);
        *bytes = str_slice(&in->line);
        if (complete)
            return 1;
        if (in->line.size > INPUT_LINE_MAX)
            return input_drop_line(in, start, limit, err) < 0 ? -1 : 2;
    }
    if (in->cut)
        in->tally->damaged_bytes += in->line.size;
    return in->line.size > 0 && !in->cut;
}

int input_line(struct input *in, uint64_t limit, struct line *line, struct err *err) {
    struct slice bytes = {0};
    uint64_t start = in->offset;
    int status = 2;
    while (status == 2 && limit > in->offset - start)
        status = input_line_once(in, limit - (in->offset - start), &bytes, err);
    if (status != 1)
        return status < 0 ? -1 : 0;
    line->stored = bytes.size;
    if (bytes.size > 0 && bytes.data[bytes.size - 1] == '\n')
        bytes.size--;
    if (bytes.size > 0 && bytes.data[bytes.size - 1] == '\r')
        bytes.size--;
    line->text = bytes;
    return 1;
}

int input_some(struct input *in, size_t limit, struct slice *bytes, struct err *err) {
    int status = in->window.size > 0 ? 1 : input_block(in, &in->window, err);
    if (status == 1)
        *bytes = input_take(in, in->window.size < limit ? in->window.size : limit);
    return status;
}

int input_bytes(struct input *in, uint64_t size, struct str *out, struct err *err) {
    while (size > 0) {
        int status = in->window.size > 0 ? 1 : input_block(in, &in->window, err);
        if (status <= 0)
            return status;
        struct slice part =
            input_take(in, in->window.size < size ? in->window.size : (size_t)size);
        str_append(out, part.data, part.size);
        size -= part.size;
    }
    return 0;
}

int input_pass(struct input *in, uint64_t size, uint64_t *passed, struct err *err) {
    for (*passed = 0; *passed < size;) {
        int status = in->window.size > 0 ? 1 : input_block(in, &in->window, err);
        if (status <= 0)
            return status;
        uint64_t rest = size - *passed;
        *passed +=
            input_take(in, in->window.size < rest ? in->window.size : (size_t)rest)
                .size;
    }
    return 0;
}
