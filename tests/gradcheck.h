/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients against finite differences. */
#ifndef MPIBERT_TESTS_GRADCHECK_H
#define MPIBERT_TESTS_GRADCHECK_H

#include <stddef.h>
#include <stdint.h>

/* The value of the function at whatever x was set to. */
typedef double gradcheck_fn(void *context);

struct gradcheck {
    double *x; /* moved, and put back */
    const double *grad;
    size_t count;
    size_t samples; /* entries to try, spread evenly; all when there are fewer */
    double step;    /* of the central difference */
    double floor;   /* smaller gradients count as this large */
};

/* ‖finite difference - gradient‖ / max(‖gradient‖, floor) over the sample. */
double gradcheck_error(const struct gradcheck *check, gradcheck_fn *value,
                       void *context);
/* The same along one random direction through all of x, whatever `samples` says: two
 * values of the function, and every entry counts. */
double gradcheck_along(const struct gradcheck *check, gradcheck_fn *value,
                       void *context);
/* ‖a - b‖ / max(‖b‖, floor): how far gradients a are from the truth b. */
double gradcheck_distance(const double *a, const double *b, size_t count, double floor);

#endif
