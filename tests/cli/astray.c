/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded by watchdog.t, numbers.t and probe.t: a rank goes astray, or all sums do.
 *   HANG=loop:2:900  rank 2 loops where its main thread looks at the clock again
 *   HANG=skip:2:3    rank 2 leaves out the counts of its third step, and goes on alone
 *   HANG=read:0:3    rank 0 waits 3 s for the first piece of a shard
 *   SPOIL=6          the gradient's norm in the 6th step is NaN; SPOIL=0: in each
 *   SPOIL_LOG=FILE   and a folder lies in the place of that file from then on */
#include <dlfcn.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    SHARD_PIECE = 256 << 10,
    /* a step's sum of whole numbers before the backward pass: fewer than tensors */
    COUNTS_LEAST = 10,
    COUNTS_MOST = 35,
    LOSSES = 10, /* at least, in its sum of doubles after it */
};

int clock_gettime(clockid_t clock, struct timespec *time);
ssize_t read(int fd, void *to, size_t size);

/* Whether this is its rank; *number is what is said of it. */
static int is_meant(const char *what, int *number) {
    const char *hang = getenv("HANG"), *rank = getenv("OMPI_COMM_WORLD_RANK");
    size_t n = strlen(what);
    int whose;
    return hang && rank && strncmp(hang, what, n) == 0 &&
           sscanf(hang + n, ":%d:%d", &whose, number) == 2 && whose == atoi(rank);
}

static void loop_for_ever(void) {
    volatile int forever = 1;
    while (forever)
        ;
}

/* Called by the program itself, not by a library that waits for others. */
static int is_own(const void *caller) {
    Dl_info info;
    return dladdr(caller, &info) && strstr(info.dli_fname, "mpibert") &&
           syscall(SYS_gettid) == getpid();
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int calls;
    int which = 0;
    if (is_meant("loop", &which) && is_own(__builtin_return_address(0)) &&
        ++calls == which)
        loop_for_ever();
    return (int)syscall(SYS_clock_gettime, clock, time);
}

ssize_t read(int fd, void *to, size_t size) {
    static int waited;
    int seconds = 0;
    if (size == SHARD_PIECE && !waited && is_meant("read", &seconds)) {
        waited = 1;
        sleep((unsigned)seconds);
    }
    return syscall(SYS_read, fd, to, size);
}

/* The last of a step's sums is that of the squares. */
static void spoil(double *sums, int count) {
    static int steps;
    const char *which = getenv("SPOIL");
    steps++;
    if (which == NULL || (atoi(which) != 0 && atoi(which) != steps))
        return;
    sums[count - 1] = NAN;
    if (getenv("SPOIL_LOG") && unlink(getenv("SPOIL_LOG")) == 0)
        mkdir(getenv("SPOIL_LOG"), 0777);
}

int MPI_Allreduce(const void *from, void *to, int count, MPI_Datatype type, MPI_Op op,
                  MPI_Comm comm) {
    static int steps;
    int which = 0;
    steps += type == MPI_UINT64_T && count >= COUNTS_LEAST && count <= COUNTS_MOST;
    if (is_meant("skip", &which) && steps == which) {
        steps++;
        return MPI_SUCCESS;
    }
    int rc = PMPI_Allreduce(from, to, count, type, op, comm);
    if (type == MPI_DOUBLE && op == MPI_SUM && count >= LOSSES)
        spoil(to, count);
    return rc;
}
