/* SPDX-License-Identifier: Apache-2.0 */
/* Shared memory: see window.h.  (What MPI_Win_allocate_shared gives lies where it will,
 * so that no large page fits.) */
#include "mpi/window.h"

#include <errno.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/pages.h"

/* Each part on large pages of its own, so that it lies in memory near who made it:
 * where it begins, and last the end of all.  Owned. */
static size_t *place_parts(const struct window *w, MPI_Comm node, int ranks) {
    size_t *offsets = mem_alloc((size_t)ranks + 1, sizeof *offsets);
    MPI_Allgather(&w->bytes, sizeof w->bytes, MPI_BYTE, offsets + 1, sizeof *offsets,
                  MPI_BYTE, node);
    for (int r = 0; r < ranks; r++)
        offsets[r + 1] = offsets[r] + pages_round(offsets[r + 1]);
    return offsets;
}

/* All ranks go on, or none. */
static void agree(const struct window *w, MPI_Comm node, int number) {
    MPI_Allreduce(MPI_IN_PLACE, &number, 1, MPI_INT, MPI_MAX, node);
    if (number != 0)
        die("out of memory that ranks of a host can share (%s): %.1f MiB a rank were "
            "wanted; is there room in /dev/shm?  Else %s",
            strerror(number), (double)w->bytes / 1048576.0, mem_advice());
}

static void open_together(struct window *w, MPI_Comm node, int rank, size_t bytes) {
    char name[SHARED_NAME];
    int number = rank == 0 ? shared_create(&w->all, bytes, name) : 0;
    MPI_Bcast(name, sizeof name, MPI_CHAR, 0, node);
    if (rank > 0)
        number = shared_open(&w->all, bytes, name);
    MPI_Barrier(node);
    if (rank == 0)
        shared_forget(name);
    agree(w, node, number);
}

void window_init(struct window *w, MPI_Comm node, size_t bytes) {
    int ranks, rank;
    MPI_Comm_size(node, &ranks);
    MPI_Comm_rank(node, &rank);
    *w = (struct window){.bytes = bytes,
                         .parts = mem_alloc((size_t)ranks, sizeof *w->parts)};
    if (ranks == 1) {
        w->parts[0] = mem_map(bytes, 1);
        return;
    }
    size_t *offsets = place_parts(w, node, ranks);
    open_together(w, node, rank, offsets[ranks]);
    agree(w, node, shared_fill(&w->all, offsets[rank], bytes));
    if (bytes >= PAGES_LARGE)
        w->small = bytes - shared_large(&w->all, offsets[rank], bytes);
    for (int r = 0; r < ranks; r++)
        w->parts[r] = w->all.at + offsets[r];
    mem_free(offsets);
}

void window_fini(struct window *w) {
    if (w->all.at)
        shared_close(&w->all);
    else
        mem_unmap(w->parts[0], w->bytes, 1);
    mem_free(w->parts);
}
