/* SPDX-License-Identifier: Apache-2.0 */
/* Shared memory: see window.h. */
#include "mpi/window.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"

enum { LINE = 64 };

/* Everybody maps parts at addresses of his own, but at the same place in a page. */
static char *aligned(void *base) {
    size_t over = (size_t)base % LINE;
    return (char *)base + (over ? LINE - over : 0);
}

/* Parts on pages of their own, so that each lies in memory near who touches it
 * first. */
static MPI_Win allocate(MPI_Comm node, size_t bytes) {
    MPI_Info info;
    MPI_Win win;
    void *base;
    MPI_Info_create(&info);
    MPI_Info_set(info, "alloc_shared_noncontig", "true");
    MPI_Comm_set_errhandler(node, MPI_ERRORS_RETURN);
    int rc =
        MPI_Win_allocate_shared((MPI_Aint)(bytes + LINE), 1, info, node, &base, &win);
    if (rc != MPI_SUCCESS)
        die("out of memory that ranks of a host can share: %.1f MiB a rank were "
            "wanted; is "
            "there room in /dev/shm?  Else %s",
            (double)bytes / 1048576.0, mem_advice());
    MPI_Comm_set_errhandler(node, MPI_ERRORS_ARE_FATAL);
    MPI_Info_free(&info);
    return win;
}

void window_init(struct window *window, MPI_Comm node, size_t bytes) {
    int ranks, rank;
    MPI_Comm_size(node, &ranks);
    MPI_Comm_rank(node, &rank);
    window->win = MPI_WIN_NULL;
    window->bytes = bytes;
    window->parts = mem_alloc((size_t)ranks, sizeof *window->parts);
    if (ranks == 1) {
        window->parts[0] = mem_map(bytes, 1);
        return;
    }
    window->win = allocate(node, bytes);
    for (int r = 0; r < ranks; r++) {
        MPI_Aint size;
        int unit;
        void *base;
        MPI_Win_shared_query(window->win, r, &size, &unit, &base);
        window->parts[r] = aligned(base);
    }
    memset(window->parts[rank], 0, bytes);
    MPI_Barrier(node);
}

void window_fini(struct window *window) {
    if (window->win == MPI_WIN_NULL)
        mem_unmap(window->parts[0], window->bytes, 1);
    else
        MPI_Win_free(&window->win);
    mem_free(window->parts);
}
