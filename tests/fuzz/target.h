/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzz target: one function over any bytes.  Linked with libFuzzer (`make fuzz`) it
 * hunts; linked with drive.c it is a test of `make check` that runs the kept corpus and
 * some thousand mutations of it. */
#ifndef MPIBERT_TESTS_FUZZ_TARGET_H
#define MPIBERT_TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* The names are libFuzzer's.  0; a fault is a crash, and REQUIRE makes one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                             \
    ((condition) ? (void)0 : target_fail(#condition, __FILE__, __LINE__))

_Noreturn void target_fail(const char *condition, const char *file, int line);

/* A file in memory that holds the bytes; its path, the same each time. */
const char *target_file(const uint8_t *data, size_t size);

/* Reads the bytes as a shard of a format ("auto": by content), with what the bytes
 * themselves choose of skipping or stopping at damage.  Requires that it ends, that
 * only damage can fail it, and that every byte and document is accounted for. */
void target_shard(const char *format, const uint8_t *data, size_t size);

#endif
