/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse rows: see codes.h. */
#include "src/sparse/codes.h"

#include "src/base/mem.h"

static void reserve(struct codes *c, int64_t numbers) {
    if (c->count + numbers <= c->room)
        return;
    c->room = 2 * (c->count + numbers);
    c->atoms = mem_resize(c->atoms, (size_t)c->room, sizeof *c->atoms);
    c->values = mem_resize(c->values, (size_t)c->room, sizeof *c->values);
}

void codes_clear(struct codes *c) { c->rows = c->count = 0; }

void codes_put(struct codes *c, int32_t atom, float value) {
    reserve(c, 1);
    c->atoms[c->count] = atom;
    c->values[c->count++] = value;
}

void codes_end_row(struct codes *c) {
    if (c->rows + 2 > c->rows_room) {
        c->rows_room = 2 * (c->rows + 2);
        c->starts = mem_resize(c->starts, (size_t)c->rows_room, sizeof *c->starts);
    }
    c->starts[0] = 0;
    c->starts[++c->rows] = c->count;
}

void codes_append(struct codes *to, const struct codes *from) {
    reserve(to, from->count);
    for (int64_t i = 0; i < from->rows; i++) {
        for (int64_t j = from->starts[i]; j < from->starts[i + 1]; j++)
            codes_put(to, from->atoms[j], from->values[j]);
        codes_end_row(to);
    }
}

void codes_normalize(struct codes *c) {
    for (int64_t i = 0; i < c->rows; i++) {
        double sum = 0;
        for (int64_t j = c->starts[i]; j < c->starts[i + 1]; j++)
            sum += c->values[j];
        for (int64_t j = c->starts[i]; j < c->starts[i + 1]; j++)
            c->values[j] = (float)(c->values[j] / sum);
    }
}

void codes_fini(struct codes *c) {
    mem_free(c->starts);
    mem_free(c->atoms);
    mem_free(c->values);
    *c = (struct codes){0};
}
