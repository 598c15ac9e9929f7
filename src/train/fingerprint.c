/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprints: see fingerprint.h. */
#include "src/train/fingerprint.h"

#include <omp.h>

#include "src/base/processor.h"
#include "src/kernels/gemm.h"
#include "src/kernels/precision.h"
#include "src/kernels/vec.h"
#include "src/train/lanewise.h"
#include "src/train/rounded.h"

/* What changes no bits (the number of threads) is kept to be read by people. */
static const struct {
    const char *key;
    bool always, fast; /* it counts in both modes; or where sums depend on the ranks */
} rows[] = {{"mpibert", true, true},   {"mpi", false, false},
            {"blas", true, true},      {"kernels", true, true},
            {"processor", true, true}, {"precision", true, true},
            {"ranks", false, true},    {"threads", false, false}};

void fingerprint_print(const struct config *c, const struct comm *comm,
                       struct str *out) {
    char processor[PROCESSOR_TEXT];
    processor_describe(processor);
    str_printf(out,
               "mpibert: %s\nmpi: %s\nblas: %s\nkernels: %s\nprocessor: %s\nranks: %d\n"
               "threads: %d\nprecision: %s\nreproducible: %s\n",
               MPIBERT_VERSION, comm_describe(), gemm_describe(), vec_describe(),
               processor, comm_size(comm), omp_get_max_threads(),
               rounded_is(c) ? precision_describe() : "fp32", c->train_reproducible);
}

/* The value of a key; empty: there is none. */
static struct slice value_of(struct slice lines, const char *key) {
    struct slice line, name;
    while (slice_line(&lines, &line)) {
        struct slice rest = line;
        if (slice_field(&rest, ':', &name) && slice_equal(name, slice_of(key)))
            return slice_trim(rest);
    }
    return (struct slice){0};
}

void fingerprint_compare(const struct config *c, struct slice now, struct slice then,
                         struct str *out) {
    bool exact = lanewise_is(c);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice a = value_of(now, rows[i].key), b = value_of(then, rows[i].key);
        if (!(exact ? rows[i].always : rows[i].fast) || a.size == 0 || b.size == 0 ||
            slice_equal(a, b))
            continue;
        str_printf(out, "%s%s %.*s, before %.*s", out->size ? "; " : "", rows[i].key,
                   (int)a.size, a.data, (int)b.size, b.data);
    }
}
