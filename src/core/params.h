/* SPDX-License-Identifier: Apache-2.0 */
/* Named tensors over one dense block.  The same table serves weights, gradients,
 * checkpoints and export (a moment has a table of the tensors that have it); tensor
 * names are Hugging Face's.  Tensors follow each other without gaps, in the order of
 * the table: embeddings, layers, heads, so that backward finishes them from the end to
 * the beginning. */
#ifndef MPIBERT_CORE_PARAMS_H
#define MPIBERT_CORE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TENSOR_NAME_SIZE = 96 };

/* What a new model has: zeros, ones, or a normal distribution around 0 cut at two
 * deviations. */
enum first_value { FIRST_ZERO, FIRST_ONE, FIRST_NORMAL };

struct tensor {
    char name[TENSOR_NAME_SIZE];
    int rank;         /* 1 or 2 */
    int64_t shape[2]; /* row-major; [out, in] for matrices */
    size_t offset;    /* first element in the block */
    size_t count;     /* elements */
    enum first_value first;
    bool decay;  /* weight decay applies (not to biases and LayerNorm) */
    bool hidden; /* a matrix from hidden units to hidden units: muon moves it whole */
    float rate; /* what its learning rate is, as a share of the run's: 1; 0: it stays */
};

struct params_table {
    struct tensor *tensors; /* owned */
    int count;
    size_t total; /* elements of the block */
};

/* A block of floats, table.total long and aligned to 64, under a borrowed table.  The
 * block is owned where params_init made it; or it is somebody else's (a reducer's), and
 * then nobody calls params_fini. */
struct params {
    const struct params_table *table;
    float *data;
};

/* Appends one tensor after the last; rank 1 when columns is 0. */
void params_table_add(struct params_table *table, const char *name, int64_t rows,
                      int64_t columns, enum first_value first, bool decay);
/* The tensor of a name, or NULL. */
const struct tensor *params_find(const struct params_table *table, const char *name);
/* The index of the tensor that an element of the block lies in. */
int params_at(const struct params_table *table, size_t element);
/* Weight decay applies to all. */
void params_decay_all(struct params_table *table);
void params_table_fini(struct params_table *table);

/* Zeroed block for a table, which is borrowed until params_fini; large ones are in huge
 * pages that nobody has touched yet. */
void params_init(struct params *params, const struct params_table *table);
void params_fini(struct params *params);

/* A run of elements of a block. */
struct span {
    size_t offset, count;
};

/* Several, in order, that do not overlap. */
struct span_list {
    struct span *items;
    int count;
};

#endif
