/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a call ends the program through die(), found out in a child process. */
#ifndef MPIBERT_TESTS_DIES_H
#define MPIBERT_TESTS_DIES_H

#include <stdbool.h>

/* True if act(context) ended with code 70.  What it says on stderr is thrown away.
 * OpenMP's threads do not live on in a child: set omp_set_num_threads(1) before the
 * first is made. */
bool dies(void (*act)(void *context), void *context);

#endif
