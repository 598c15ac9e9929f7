/* SPDX-License-Identifier: Apache-2.0 */
/* Text to typed numbers, the whole text or nothing.  All return 0, or -1 with *out
 * untouched; the caller knows the name of what was parsed and writes the message. */
#ifndef MPIBERT_BASE_PARSE_H
#define MPIBERT_BASE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* "12", "-3", "10k", "2M", "1e6" (decimal suffixes k M G; integral values only). */
int parse_int(const char *text, int64_t *out);
/* "1e-4", ".01", "3"; finite only. */
int parse_real(const char *text, double *out);
/* "512", "64KiB", "512MiB", "4GiB", "1TiB", "10kB", "1MB"; K, M and G are KiB, MiB and
 * GiB. */
int parse_bytes(const char *text, int64_t *out);
/* Seconds: "30", "30s", "90m", "16h", "2d", "1h30m". */
int parse_duration(const char *text, double *out);
/* true false yes no on off 1 0 */
int parse_bool(const char *text, bool *out);

#endif
