/* SPDX-License-Identifier: Apache-2.0 */
/* The names of functions by their addresses: of this program as its own file lists
 * them, static ones too; of libraries as the linker knows them. */
#ifndef MPIBERT_BASE_SYMBOLS_H
#define MPIBERT_BASE_SYMBOLS_H

#include <stddef.h>

/* Once, before the names are needed.  A program without a list (strip) has no names. */
void symbols_load(void);
/* "stepper_run", or where it lies: "mpibert+0x1234".  Takes no lock and no memory. */
void symbols_name(const void *address, char *name, size_t size);

#endif
