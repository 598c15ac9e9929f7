/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of ids: see ids.h. */
#include "src/text/ids.h"

#include "src/base/mem.h"

void ids_reserve(struct ids *ids, size_t extra) {
    size_t need = ids->count + extra;
    if (need <= ids->capacity)
        return;
    size_t capacity = ids->capacity ? ids->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    ids->data = mem_resize(ids->data, capacity, sizeof *ids->data);
    ids->capacity = capacity;
}

void ids_append(struct ids *ids, int32_t id) {
    ids_reserve(ids, 1);
    ids->data[ids->count++] = id;
}

void ids_fini(struct ids *ids) {
    mem_free(ids->data);
    *ids = (struct ids){0};
}
