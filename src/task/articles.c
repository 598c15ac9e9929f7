/* SPDX-License-Identifier: Apache-2.0 */
/* Files of questions in SQuAD's JSON, version 1.1 or 2.0: articles of paragraphs, each
 * a context with questions about it.  A context that is too long for one sequence is
 * several windows, of which each shares some tokens with the one before; a window
 * that has not the whole answer has none, which is its [CLS]. */
#include <stdio.h>
#include <string.h>

#include "io/syntax/json.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/task/reading.h"

enum { MOST_BYTES = 1 << 30, QUESTION_TOKENS = 64 };

/* A file that is being read. */
struct articles {
    const struct reading *r;
    struct questions *questions;
    struct offsets *offsets;
    struct str text;   /* the file */
    struct ids ids;    /* of a question */
    struct slice id;   /* of the question that is read, or empty */
    int64_t cut_short; /* questions that lost tokens */
    bool asks;         /* answers are not read */
};

/* Where the right answer is: tokens of the context; none: begin over end. */
struct target {
    size_t begin, end;
};

/* ---- faults ---- */

/* The line of the question's id; JSON has lost them. */
static int64_t line_of(const struct articles *a) {
    struct str id = {0};
    int64_t line = 1;
    str_printf(&id, "\"%.*s\"", (int)a->id.size, a->id.data ? a->id.data : "");
    const char *at = memmem(a->text.data, a->text.size, id.data, id.size);
    for (const char *p = a->text.data; at && p < at; p++)
        line += *p == '\n';
    str_fini(&id);
    return line;
}

static int refuse(const struct articles *a, const char *what, struct err *err) {
    if (a->id.size == 0)
        return err_set(err, ERR_DATA, "%s: %s", a->r->path, what);
    return err_set(err, ERR_DATA, "%s:%lld: question '%.*s': %s", a->r->path,
                   (long long)line_of(a), (int)(a->id.size < 60 ? a->id.size : 60),
                   a->id.data, what);
}

static int want_text(const struct articles *a, const struct json *object,
                     const char *key, struct slice *text, struct err *err) {
    char what[80];
    if (json_get_string(json_get(object, key), text) == 0)
        return 0;
    snprintf(what, sizeof what, "has no \"%s\" that is a string", key);
    return refuse(a, what, err);
}

static int want_list(const struct articles *a, const struct json *object,
                     const char *key, const struct json **list, struct err *err) {
    char what[80];
    *list = json_get(object, key);
    if (json_kind(*list) == JSON_KIND_ARRAY)
        return 0;
    snprintf(what, sizeof what, "has no list \"%s\"; a file in SQuAD's form is wanted",
             key);
    return refuse(a, what, err);
}

/* ---- answers ---- */

/* The byte at which character `index` of a text begins, or its size. */
static size_t byte_of(struct slice text, int64_t index) {
    const char *p = text.data, *end = p + text.size;
    uint32_t scalar;
    for (; p < end && index > 0; index--)
        p += utf8_decode(p, end, &scalar);
    return (size_t)(p - text.data);
}

/* Whether an answer is where it is said to be; *begin: its first byte. */
static int find_answer(const struct articles *a, const struct json *answer,
                       struct slice context, struct slice *text, size_t *begin,
                       struct err *err) {
    int64_t start;
    if (want_text(a, answer, "text", text, err) < 0)
        return -1;
    if (json_get_int(json_get(answer, "answer_start"), &start) < 0 || start < 0)
        return refuse(a, "has no \"answer_start\" that is a number", err);
    *begin = byte_of(context, start);
    if (text->size <= context.size - *begin &&
        memcmp(context.data + *begin, text->data, text->size) == 0)
        return 0;
    return refuse(a, "its answer is not at answer_start, which counts characters", err);
}

/* The tokens that have the bytes begin … end-1. */
static struct target target_of(const struct context *context, size_t begin,
                               size_t end) {
    const struct reach *places = context->places;
    size_t count = context->ids.count, first = 0, last = 0;
    while (first + 1 < count && places[first + 1].begin <= begin)
        first++;
    while (last < count && places[last].end < end)
        last++;
    bool there = last < count && places[first].begin <= begin && first <= last;
    return there ? (struct target){first, last} : (struct target){1, 0};
}

/* All answers of a question that has some; the first is what is learnt. */
static int read_answers(const struct articles *a, const struct json *object,
                        struct question *question, struct target *target,
                        struct err *err) {
    const struct context *context = &a->questions->contexts[question->context];
    const struct json *list;
    if (want_list(a, object, "answers", &list, err) < 0)
        return -1;
    if (json_count(list) == 0)
        return refuse(a, "has no answers, and is_impossible is not true", err);
    question->answers = mem_alloc(json_count(list), sizeof *question->answers);
    for (size_t i = 0; i < json_count(list); i++) {
        struct slice text;
        size_t begin = 0;
        if (find_answer(a, json_at(list, i), str_slice(&context->text), &text, &begin,
                        err) < 0)
            return -1;
        str_append(&question->answers[question->answer_count++], text.data, text.size);
        if (i == 0)
            *target = target_of(context, begin, begin + text.size);
    }
    return 0;
}

/* ---- windows ---- */

static void append(struct ids *out, const int32_t *ids, size_t count) {
    ids_reserve(out, count);
    if (count > 0)
        memcpy(out->data + out->count, ids, count * sizeof *ids);
    out->count += count;
}

/* Tokens first … first+count-1 of the context as an example. */
static void add_window(const struct articles *a, const struct question *question,
                       size_t first, size_t count, struct target target) {
    struct examples *d = a->r->examples;
    const struct vocab *vocab = a->r->encoder->vocab;
    const struct context *context = &a->questions->contexts[question->context];
    struct frame *window = questions_add_window(a->questions);
    int32_t row = (int32_t)a->ids.count + 2;
    *window = (struct frame){a->questions->count - 1, first, row, (int32_t)count};
    examples_begin(d);
    size_t at = examples_ask(d, 2, 0);
    if (target.begin <= target.end && target.begin >= first &&
        target.end < first + count) {
        d->places[at] = row + (int32_t)(target.begin - first);
        d->places[at + 1] = row + (int32_t)(target.end - first);
    }
    ids_append(&d->ids, vocab->cls);
    append(&d->ids, a->ids.data, a->ids.count);
    ids_append(&d->ids, vocab->sep);
    append(&d->ids, context->ids.data + first, count);
    ids_append(&d->ids, vocab->sep);
    examples_end(d, (struct encoded){.length = row + (int32_t)count + 1, .split = row});
}

/* As transformers' tokenizers cut: each window begins `step` tokens after the one
 * before, until one has the end. */
static void add_windows(const struct articles *a, struct question *question,
                        struct target target) {
    size_t n = a->questions->contexts[question->context].ids.count;
    size_t room = (size_t)a->r->encoder->length - 3 - a->ids.count;
    size_t shared = (size_t)a->r->task->stride;
    size_t step = room - (shared < room / 2 ? shared : room / 2);
    question->first = a->questions->window_count;
    for (size_t first = 0;; first += step) {
        size_t count = n - first < room ? n - first : room;
        add_window(a, question, first, count, target);
        question->windows++;
        if (first + count >= n)
            return;
    }
}

/* Half of the room is the context's. */
static void encode_question(struct articles *a, struct slice text) {
    size_t most = (size_t)(a->r->encoder->length - 3) / 2;
    most = most < QUESTION_TOKENS ? most : QUESTION_TOKENS;
    a->ids.count = 0;
    tokenizer_encode(a->r->encoder->tokenizer, text, &a->ids);
    a->r->examples->cut_examples += a->ids.count > most;
    a->ids.count = a->ids.count < most ? a->ids.count : most;
}

/* ---- the file ---- */

static int read_question(struct articles *a, const struct json *object,
                         struct err *err) {
    struct slice text;
    struct target target = {1, 0};
    bool impossible = false;
    a->id = (struct slice){NULL, 0};
    if (want_text(a, object, "id", &a->id, err) < 0 ||
        want_text(a, object, "question", &text, err) < 0)
        return -1;
    struct question *question = questions_add(a->questions);
    question->context = a->questions->context_count - 1;
    str_append(&question->id, a->id.data, a->id.size);
    json_get_bool(json_get(object, "is_impossible"), &impossible);
    a->questions->none |= impossible;
    if (!a->asks && !impossible && read_answers(a, object, question, &target, err) < 0)
        return -1;
    encode_question(a, text);
    add_windows(a, question, target);
    a->id = (struct slice){NULL, 0};
    return 0;
}

static int read_paragraph(struct articles *a, const struct json *object,
                          struct err *err) {
    const struct json *list;
    struct slice text;
    if (want_text(a, object, "context", &text, err) < 0 ||
        want_list(a, object, "qas", &list, err) < 0)
        return -1;
    struct context *context = questions_add_context(a->questions);
    str_append(&context->text, text.data, text.size);
    const struct reach *places =
        offsets_encode(a->offsets, str_slice(&context->text), &context->ids);
    if (context->ids.count > 0)
        context->places = mem_copy(places, context->ids.count * sizeof *places);
    for (size_t i = 0; i < json_count(list); i++)
        if (read_question(a, json_at(list, i), err) < 0)
            return -1;
    return 0;
}

static int read_articles(struct articles *a, const struct json *root, struct err *err) {
    const struct json *articles, *paragraphs;
    if (want_list(a, root, "data", &articles, err) < 0)
        return -1;
    for (size_t i = 0; i < json_count(articles); i++) {
        if (want_list(a, json_at(articles, i), "paragraphs", &paragraphs, err) < 0)
            return -1;
        for (size_t k = 0; k < json_count(paragraphs); k++)
            if (read_paragraph(a, json_at(paragraphs, k), err) < 0)
                return -1;
    }
    return 0;
}

int articles_read(const struct reading *r, struct err *err) {
    struct articles a = {.r = r, .asks = r->labels == NULL};
    struct json *root = NULL;
    int rc = file_read(r->path, MOST_BYTES, &a.text, err);
    if (rc == 0 && (root = json_parse(str_slice(&a.text), r->path, err)) == NULL)
        rc = -1;
    a.questions = r->examples->questions = mem_alloc(1, sizeof *a.questions);
    a.questions->longest_answer = r->task->longest_answer;
    a.questions->null_threshold = r->task->null_threshold;
    a.offsets = offsets_create(r->encoder->vocab, r->encoder->normalizer);
    if (rc == 0)
        rc = read_articles(&a, root, err);
    offsets_destroy(a.offsets);
    json_free(root);
    str_fini(&a.text);
    ids_fini(&a.ids);
    return rc;
}
