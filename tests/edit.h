/* SPDX-License-Identifier: Apache-2.0 */
/* A file changed in one way, for tests of what must be refused, or must not matter. */
#ifndef MPIBERT_TESTS_EDIT_H
#define MPIBERT_TESTS_EDIT_H

#include <stddef.h>

/* Replaces every `old` in a text file, or in the header of one whose name has
 * ".safetensors", and appends `more` zeros.  A test fails where there was none. */
void edit_file(const char *path, const char *old, const char *new, size_t more);

#endif
