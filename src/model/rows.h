/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors as rows.  A part of the model (embeddings, a layer, a head) writes each of
 * its tensors once, with the member of its struct that remembers the place; the same
 * rows make a table and find the places in it.  A place is an offset in elements,
 * good for weights and gradients alike. */
#ifndef MPIBERT_MODEL_ROWS_H
#define MPIBERT_MODEL_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "src/core/params.h"
#include "src/core/shape.h"

struct norm_places {
    size_t weight, bias; /* of a LayerNorm */
};

struct linear_places {
    size_t weight, bias; /* (out, in) (out) */
};

struct row {
    const char *name; /* after the part's prefix */
    /* Sizes: a shape letter, a number, or so many of a letter: "H", "20", "3H";
     * columns NULL: a vector. */
    const char *rows, *columns;
    enum first_value first;
    bool decay, hidden;
    size_t member; /* offset of a size_t in the part's struct, or ROW_FOLLOWS */
};

/* first value, decay, hidden (of a layer) */
#define ROW_HIDDEN FIRST_NORMAL, true, true
#define ROW_MATRIX FIRST_NORMAL, true, false
#define ROW_BIAS FIRST_ZERO, false, false
#define ROW_GAIN FIRST_ONE, false, false
/* Lies after the tensor above, which has the place. */
#define ROW_FOLLOWS ((size_t)-1)

/* Lists of rows end with one that has no name; NULL is a list of none.  Appends them to
 * a table. */
void rows_add(const struct row *rows, const char *prefix, const struct shape *shape,
              struct params_table *table);
/* Finds them in a table from element `at` on, writes their places into the part, and
 * returns where they end.  A tensor that is missing, misplaced or of another size is a
 * bug. */
size_t rows_find(const struct row *rows, const char *prefix, const struct shape *shape,
                 const struct params_table *table, size_t at, void *part);
/* Where the first of them begins in a table; it is a bug if that is missing. */
size_t rows_begin(const struct row *rows, const char *prefix,
                  const struct params_table *table);
/* Whether a table has one of them. */
bool rows_any(const struct row *rows, const char *prefix,
              const struct params_table *table);

#endif
