/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse rows: how much of which atoms.  They grow as needed and keep their memory. */
#ifndef MPIBERT_SPARSE_CODES_H
#define MPIBERT_SPARSE_CODES_H

#include <stdint.h>

/* Zero it to begin. */
struct codes {
    int64_t rows, count; /* count: of the numbers in all rows */
    int64_t *starts;     /* (rows + 1) where each row begins */
    int32_t *atoms;      /* (count) ascending in a row */
    float *values;       /* (count) */
    int64_t rows_room, room;
};

void codes_clear(struct codes *codes);
/* Puts a number into the row that is not ended yet; then ends it. */
void codes_put(struct codes *codes, int32_t atom, float value);
void codes_end_row(struct codes *codes);
/* Appends all rows of others. */
void codes_append(struct codes *to, const struct codes *from);
/* Each row sums to 1 from here on, or is empty. */
void codes_normalize(struct codes *codes);
void codes_fini(struct codes *codes);

#endif
