/* SPDX-License-Identifier: Apache-2.0 */
/* Views to examples: see collate.h. */
#include "src/data/collate.h"

#include <stddef.h>

#include "src/base/mem.h"

void collate_init(struct example *example, int64_t length) {
    size_t room = (size_t)length;
    *example = (struct example){0};
    example->ids = mem_alloc(room, sizeof *example->ids);
    example->positions = mem_alloc(room, sizeof *example->positions);
    example->labels = mem_alloc(room, sizeof *example->labels);
    example->cuts = mem_alloc(room, sizeof *example->cuts);
}

static void append(const struct block *block, struct segment segment, int32_t sep,
                   struct example *example) {
    block_read(block, segment, example->ids + example->length);
    example->length += (int32_t)segment.count;
    example->ids[example->length++] = sep;
}

void collate_view(const struct block *block, const struct view *view,
                  const struct vocab *vocab, bool isolate, struct example *example) {
    struct segment rest = view->a, part;
    example->ids[0] = vocab->cls;
    example->length = 1;
    example->cut_count = 0;
    for (; rest.count > 0; rest.first += part.count, rest.count -= part.count) {
        if (isolate && example->length > 1) {
            example->cuts[example->cut_count++] = example->length;
            example->ids[example->length++] = vocab->cls;
        }
        part = block_part(block, rest);
        append(block, part, vocab->sep, example);
    }
    example->split = example->length;
    if (view->b.count > 0)
        append(block, view->b, vocab->sep, example);
    example->next = view->next;
    example->masked = 0;
}

void collate_count(const struct view *view, const struct example *example,
                   struct tally *tally) {
    tally->examples++;
    tally->example_tokens += (uint64_t)example->length;
    tally->truncated_tokens += view->truncated;
    tally->pairs_next += view->next == NEXT_FOLLOWS;
    tally->pairs_random += view->next == NEXT_RANDOM && !view->swapped;
    tally->pairs_swapped += view->swapped;
    tally->pairs_own += view->own;
}

void collate_fini(struct example *example) {
    mem_free(example->ids);
    mem_free(example->positions);
    mem_free(example->labels);
    mem_free(example->cuts);
    *example = (struct example){0};
}
