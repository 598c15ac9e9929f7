/* SPDX-License-Identifier: Apache-2.0 */
/* From states to shares of atoms: see coding.h. */
#include "src/train/coding.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/sparse/coder.h"

struct coding {
    struct coder *coder;
    int64_t d;
    int64_t rows; /* that there is room for */
    float *x;     /* (rows,d) states of length 1 */
    struct codes codes;
};

static enum coder_mode mode_of(const struct config *config) {
    int mode = 0;
    while (strcmp(coder_names[mode], config->teacher_codes) != 0)
        mode++;
    return (enum coder_mode)mode;
}

/* Atoms, packed once or twice, and their products. */
size_t coding_measure(const struct teacher *teacher, const struct config *config) {
    const struct dictionary *d = &teacher->dictionary;
    bool exact = mode_of(config) == CODER_EXACT;
    int64_t numbers = exact ? d->K * (d->d + d->K) : 2 * d->K * d->d;
    return (size_t)numbers * sizeof(float);
}

struct coding *coding_create(const struct teacher *teacher,
                             const struct config *config) {
    const struct dictionary *d = &teacher->dictionary;
    const struct coder_options options = {mode_of(config), d->K,     d->d,
                                          d->lambda,       d->atoms, NULL};
    struct coding *coding = mem_alloc(1, sizeof *coding);
    coding->coder = coder_create(&options);
    coding->d = d->d;
    return coding;
}

struct sparse_rows coding_run(struct coding *coding, int64_t rows,
                              const float *states) {
    struct codes *codes = &coding->codes;
    if (rows > coding->rows) {
        coding->rows = rows;
        coding->x =
            mem_resize(coding->x, (size_t)rows, (size_t)coding->d * sizeof *coding->x);
    }
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < rows; i++)
        coder_unit(coding->d, states + i * coding->d, coding->x + i * coding->d);
    coder_run(coding->coder, rows, coding->x, codes);
    codes_normalize(codes);
    return (struct sparse_rows){codes->starts, codes->atoms, codes->values};
}

void coding_destroy(struct coding *coding) {
    if (coding == NULL)
        return;
    coder_destroy(coding->coder);
    codes_fini(&coding->codes);
    mem_free(coding->x);
    mem_free(coding);
}
