/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: parts of whatever size are zeroed and on lines of memory, those of all ranks
 * are read and written by all, also as parts of several windows at once; and no file
 * has a name while they are used, so that none is left where ranks are killed. */
#include "mpi/window.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mpi/comm.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "src/base/pages.h"
#include "tests/fill.h"
#include "tests/tap.h"

/* Of rank 0, and more by rank. */
static const struct {
    size_t bytes, more;
} rows[] = {{1, 0},           {64, 100},     {0, 5000}, {PAGES_LARGE - 64, 64},
            {PAGES_LARGE, 1}, {100, 7654321}};
enum { ROWS = sizeof rows / sizeof *rows };

static int ranks, rank;

static size_t bytes_of(int row, int r) {
    return rows[row].bytes + (size_t)r * rows[row].more;
}

/* Rank r writes into the part of the next. */
static void write_next(const struct window *w, int row) {
    int next = (rank + 1) % ranks;
    memset(w->parts[next], 1 + rank + 16 * row, bytes_of(row, next));
}

static void read_all(const struct window *w, int row) {
    for (int r = 0; r < ranks; r++) {
        int writer = (r + ranks - 1) % ranks;
        ok(fill_is(w->parts[r], bytes_of(row, r), 1 + writer + 16 * row),
           "window %d, part %d: what rank %d wrote", row, r, writer);
    }
}

/* Names have the process that made the file. */
static int count(const char *dir, const char *name, void *context, struct err *err) {
    int *names = context;
    char part[32];
    (void)dir, (void)err;
    snprintf(part, sizeof part, ".%d.", names[1]);
    names[0] += strncmp(name, "mpibert.", 8) == 0 && strstr(name, part);
    return 0;
}

static void test_names(void) {
    int names[2] = {0, getpid()};
    MPI_Bcast(&names[1], 1, MPI_INT, 0, MPI_COMM_WORLD);
    ok(file_each_name("/dev/shm", count, names, NULL) == 0,
       "shared memory is looked at");
    is_int(names[0], 0, "no file has a name");
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    ranks = comm_size(comm), rank = comm_rank(comm);
    tap_quiet(rank != 0);
    struct window windows[ROWS];
    for (int i = 0; i < ROWS; i++) {
        window_init(&windows[i], MPI_COMM_WORLD, bytes_of(i, rank));
        char *own = windows[i].parts[rank];
        ok(fill_is(own, bytes_of(i, rank), 0), "window %d: zeroed", i);
        is_int((int64_t)((uintptr_t)own % 64), 0, "  on a line");
    }
    MPI_Barrier(MPI_COMM_WORLD);
    for (int i = 0; i < ROWS; i++)
        write_next(&windows[i], i);
    MPI_Barrier(MPI_COMM_WORLD);
    for (int i = 0; i < ROWS; i++)
        read_all(&windows[i], i);
    MPI_Barrier(MPI_COMM_WORLD);
    test_names();
    for (int i = 0; i < ROWS; i++)
        window_fini(&windows[i]);
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
