/* SPDX-License-Identifier: Apache-2.0 */
/* Questions: see questions.h. */
#include "src/task/questions.h"

#include "src/base/mem.h"

static void *grow(void *items, int64_t count, int64_t *room, size_t size) {
    if (count < *room)
        return items;
    *room = *room ? 2 * *room : 64;
    return mem_resize(items, (size_t)*room, size);
}

struct context *questions_add_context(struct questions *q) {
    q->contexts =
        grow(q->contexts, q->context_count, &q->context_room, sizeof *q->contexts);
    struct context *context = &q->contexts[q->context_count++];
    *context = (struct context){0};
    return context;
}

struct question *questions_add(struct questions *q) {
    q->list = grow(q->list, q->count, &q->room, sizeof *q->list);
    struct question *question = &q->list[q->count++];
    *question = (struct question){0};
    return question;
}

struct frame *questions_add_window(struct questions *q) {
    q->windows = grow(q->windows, q->window_count, &q->window_room, sizeof *q->windows);
    struct frame *window = &q->windows[q->window_count++];
    *window = (struct frame){0};
    return window;
}

static void context_fini(struct context *context) {
    str_fini(&context->text);
    ids_fini(&context->ids);
    mem_free(context->places);
}

static void question_fini(struct question *question) {
    str_fini(&question->id);
    for (int i = 0; i < question->answer_count; i++)
        str_fini(&question->answers[i]);
    mem_free(question->answers);
}

void questions_fini(struct questions *q) {
    for (int64_t i = 0; i < q->context_count; i++)
        context_fini(&q->contexts[i]);
    for (int64_t i = 0; i < q->count; i++)
        question_fini(&q->list[i]);
    mem_free(q->contexts);
    mem_free(q->list);
    mem_free(q->windows);
    *q = (struct questions){0};
}
