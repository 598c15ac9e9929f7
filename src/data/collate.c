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
}

void collate_view(const struct block *block, const struct view *view,
                  const struct vocab *vocab, struct example *example) {
    int32_t a = (int32_t)view->a.count, b = (int32_t)view->b.count;
    int32_t *ids = example->ids;
    example->split = a + 2;
    example->length = b > 0 ? a + b + 3 : a + 2;
    example->next = view->next;
    example->masked = 0;
    ids[0] = vocab->cls;
    block_read(block, view->a, ids + 1);
    ids[a + 1] = vocab->sep;
    if (b > 0) {
        block_read(block, view->b, ids + a + 2);
        ids[a + b + 2] = vocab->sep;
    }
}

void collate_fini(struct example *example) {
    mem_free(example->ids);
    mem_free(example->positions);
    mem_free(example->labels);
    *example = (struct example){0};
}
