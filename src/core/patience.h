/* SPDX-License-Identifier: Apache-2.0 */
/* How long a job may stand still: train.watchdog. */
#ifndef MPIBERT_CORE_PATIENCE_H
#define MPIBERT_CORE_PATIENCE_H

#include "src/base/err.h"

/* Seconds, of "10m" or NULL (ten minutes); 0 of "off".  -1 (78): it is no such time, or
 * under a second. */
int patience_parse(const char *text, double *seconds, struct err *err);

#endif
