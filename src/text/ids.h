/* SPDX-License-Identifier: Apache-2.0 */
/* A growing list of token ids. */
#ifndef MPIBERT_TEXT_IDS_H
#define MPIBERT_TEXT_IDS_H

#include <stddef.h>
#include <stdint.h>

/* Zero it to begin. */
struct ids {
    int32_t *data; /* owned */
    size_t count, capacity;
};

void ids_append(struct ids *ids, int32_t id);
/* Makes room for `extra` more after count. */
void ids_reserve(struct ids *ids, size_t extra);
void ids_fini(struct ids *ids);

#endif
