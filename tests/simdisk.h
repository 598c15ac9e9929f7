/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that loses what was not synced, for one folder of one process.
 *
 * Files of that folder are in memory alone; beside what each holds is kept what of it
 * was synced, and which names the folder had when it was.  At a crash every call from
 * then on fails and does nothing, so that the program comes to its end, and
 * simdisk_boot makes the folder what it might be afterwards: of what was not synced any
 * part, page by page and name by name.  All that is drawn follows from the seed. */
#ifndef MPIBERT_TESTS_SIMDISK_H
#define MPIBERT_TESTS_SIMDISK_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/str.h"

enum simdisk_crash {
    SIMDISK_POWER, /* what was not synced may be lost */
    SIMDISK_KILL,  /* of the program alone: all that was written stays, until the power
                    * goes */
};

/* What the disk does wrong; for negative controls. */
enum simdisk_lie { SIMDISK_HONEST, SIMDISK_NO_FILE_SYNC, SIMDISK_NO_FOLDER_SYNC };

/* An empty folder, and from now on all operations on files in it (fs.h). */
void simdisk_open(const char *folder, uint64_t seed, enum simdisk_lie lie);
/* The n-th change from now is the last; it may be done by half. */
void simdisk_crash_after(int changes);
/* The n-th write from now fails: the disk is full.  Those after it are fine. */
void simdisk_full_after(int writes);
bool simdisk_is_dead(void);
/* Makes the folder as it may be after the crash, and calls work again. */
void simdisk_boot(enum simdisk_crash crash);
/* What a file holds, also of a dead disk; borrowed until the next call that changes it.
 * NULL bytes: there is none. */
struct slice simdisk_look(const char *path);
int simdisk_count_files(void);
/* Flips one bit of a file. */
void simdisk_rot(const char *path);
/* A number below n, of the seed. */
uint64_t simdisk_draw(uint64_t n);
/* Back to the system's files. */
void simdisk_close(void);

#endif
