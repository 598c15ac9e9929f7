/* SPDX-License-Identifier: Apache-2.0 */
/* Examples: see examples.h. */
#include "src/task/examples.h"

#include "src/base/mem.h"
#include "src/task/questions.h"

/* ---- growing ---- */

void examples_begin(struct examples *d) {
    if (d->count == d->room) {
        d->room = d->room ? 2 * d->room : 1024;
        size_t room = (size_t)d->room;
        d->starts = mem_resize(d->starts, room + 1, sizeof *d->starts);
        d->span_starts = mem_resize(d->span_starts, room + 1, sizeof *d->span_starts);
        d->asked_starts =
            mem_resize(d->asked_starts, room + 1, sizeof *d->asked_starts);
    }
    if (d->count == 0)
        d->starts[0] = d->span_starts[0] = d->asked_starts[0] = 0;
    d->span_starts[d->count + 1] = d->span_starts[d->count];
    d->asked_starts[d->count + 1] = d->asked_starts[d->count];
    d->cut = false;
}

static void grow_asked(struct examples *d, size_t asked) {
    if ((int64_t)asked <= d->asked_room)
        return;
    size_t room = 2 * asked > 1024 ? 2 * asked : 1024;
    d->asked_room = (int64_t)room;
    d->places = mem_resize(d->places, room, sizeof *d->places);
    d->labels = mem_resize(d->labels, room, sizeof *d->labels);
    d->scores = mem_resize(d->scores, room, sizeof *d->scores);
    d->lines = mem_resize(d->lines, room, sizeof *d->lines);
}

size_t examples_ask(struct examples *d, size_t n, int64_t line) {
    size_t *end = &d->asked_starts[d->count + 1], first = *end;
    grow_asked(d, *end + n);
    for (*end += n; n > 0; n--) {
        size_t at = *end - n;
        d->places[at] = d->labels[at] = 0;
        d->scores[at] = 0;
        d->lines[at] = line;
    }
    return first;
}

static void raise(int32_t *most, size_t value) {
    if ((int32_t)value > *most)
        *most = (int32_t)value;
}

void examples_mark(struct examples *d, int32_t first, int32_t second) {
    if (d->count >= d->word_room) {
        d->word_room = 2 * d->count + 1024;
        d->words = mem_resize(d->words, 2 * (size_t)d->word_room, sizeof *d->words);
    }
    d->words[2 * d->count] = first;
    d->words[2 * d->count + 1] = second;
}

void examples_span(struct examples *d, struct encoded encoded) {
    size_t at = d->span_starts[d->count + 1]++, end = d->ids.count;
    int32_t first = (int32_t)(end - d->starts[d->count]) - encoded.length;
    if ((int64_t)at == d->span_room) {
        d->span_room = d->span_room ? 2 * d->span_room : 1024;
        d->spans = mem_resize(d->spans, (size_t)d->span_room, sizeof *d->spans);
        d->splits = mem_resize(d->splits, (size_t)d->span_room, sizeof *d->splits);
    }
    d->spans[at] = first;
    d->splits[at] = first + encoded.split;
    d->cut = d->cut || encoded.cut;
}

void examples_close(struct examples *d) {
    int64_t i = d->count++;
    d->cut_examples += d->cut;
    d->starts[i + 1] = d->ids.count;
    raise(&d->longest, d->starts[i + 1] - d->starts[i]);
    raise(&d->most_spans, d->span_starts[i + 1] - d->span_starts[i]);
    raise(&d->most_asked, d->asked_starts[i + 1] - d->asked_starts[i]);
}

void examples_end(struct examples *d, struct encoded encoded) {
    examples_span(d, encoded);
    examples_close(d);
}

/* ---- what they hold ---- */

void examples_get(const struct examples *d, int64_t i, struct example *e) {
    size_t first = d->starts[i], span = d->span_starts[i];
    e->length = (int32_t)(d->starts[i + 1] - first);
    e->split = d->splits[span];
    e->splits = d->splits + span;
    e->cuts = d->spans + span + 1;
    e->cut_count = (int32_t)(d->span_starts[i + 1] - span) - 1;
    e->next = NEXT_NONE;
    e->scores = d->scores + d->asked_starts[i];
    e->ids = d->ids.data + first;
    e->masked = 0;
    for (size_t q = d->asked_starts[i]; q < d->asked_starts[i + 1]; q++) {
        if (d->places[q] < 0)
            continue;
        e->positions[e->masked] = d->places[q];
        e->labels[e->masked++] = d->labels[q];
    }
    for (int k = 0; d->words && k < 2; k++) {
        e->positions[e->masked] = d->words[2 * i + k];
        e->labels[e->masked++] = d->labels[d->asked_starts[i]];
    }
}

int64_t examples_asked(const struct examples *d) {
    return d->count > 0 ? (int64_t)d->asked_starts[d->count] : 0;
}

size_t examples_row(const struct examples *d, int64_t i) {
    if (i == 0)
        return 0;
    return d->kind == TASK_TAG      ? d->asked_starts[i]
           : d->kind == TASK_CHOOSE ? d->span_starts[i]
           : d->kind == TASK_ANSWER ? d->starts[i]
                                    : (size_t)i;
}

void examples_fini(struct examples *d) {
    ids_fini(&d->ids);
    mem_free(d->starts);
    if (d->questions)
        questions_fini(d->questions);
    mem_free(d->questions);
    mem_free(d->span_starts);
    mem_free(d->spans);
    mem_free(d->splits);
    mem_free(d->asked_starts);
    mem_free(d->places);
    mem_free(d->labels);
    mem_free(d->scores);
    mem_free(d->lines);
    mem_free(d->words);
    *d = (struct examples){0};
}
