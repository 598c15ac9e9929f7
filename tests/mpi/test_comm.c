/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: every collective must give what a formula of (rank, size) says, for no
 * elements, an odd few, and more than one MPI call carries. */
#include "mpi/comm.h"

#include <fcntl.h>
#include <setjmp.h>
#include <string.h>
#include <unistd.h>

#include "src/base/die.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "tests/tap.h"

static const size_t counts[] = {0, 1, 3, 1001, (1 << 16) + 7};
enum { COUNTS = sizeof counts / sizeof *counts };

static void test_sums(struct comm *comm, size_t n) {
    int rank = comm_rank(comm), size = comm_size(comm);
    uint64_t *u = mem_alloc(n, sizeof *u);
    double *d = mem_alloc(n, sizeof *d), *most = mem_alloc(n, sizeof *most);
    float *f = mem_alloc(n, sizeof *f);
    for (size_t i = 0; i < n; i++) {
        u[i] = (uint64_t)(rank + 1) << 40 | i;
        d[i] = rank + 0.5;
        f[i] = (float)(rank + 1);
        most[i] = (double)((rank + i) % (size_t)size);
    }
    comm_sum_u64(comm, u, n);
    comm_sum_f64(comm, d, n);
    comm_sum_f32(comm, f, n);
    comm_max_f64(comm, most, n);
    uint64_t ranks = (uint64_t)size * (uint64_t)(size + 1) / 2; /* 1 + 2 + … + size */
    bool good[4] = {true, true, true, true};
    for (size_t i = 0; i < n; i++) {
        good[0] = good[0] && u[i] == (ranks << 40) + (uint64_t)size * i;
        good[1] = good[1] && d[i] == (double)ranks - 0.5 * size;
        good[2] = good[2] && f[i] == (float)ranks;
        good[3] = good[3] && most[i] == size - 1;
    }
    const char *names[] = {"sum_u64", "sum_f64", "sum_f32", "max_f64"};
    for (int k = 0; k < 4; k++)
        ok(good[k], "%s of %zu", names[k], n);
    mem_free(u), mem_free(d), mem_free(f), mem_free(most);
}

static void test_broadcast(struct comm *comm, size_t n) {
    int root = comm_size(comm) - 1;
    uint8_t *bytes = mem_alloc(n, 1);
    if (comm_rank(comm) == root)
        memset(bytes, 0xa5, n);
    comm_broadcast(comm, bytes, n, root);
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++)
        wrong += bytes[i] != 0xa5;
    is_int((int64_t)wrong, 0, "broadcast of %zu bytes", n);
    mem_free(bytes);
}

/* What rank `from` sends to rank `to`: (from + 2 to) mod 5 × step bytes, each telling
 * both. */
static size_t amount(int from, int to, size_t step) {
    return (size_t)((from + 2 * to) % 5) * step;
}

static uint8_t mark(int from, int to) { return (uint8_t)(16 * from + to + 1); }

static size_t count_wrong(const uint8_t *bytes, size_t size, uint8_t want) {
    size_t wrong = 0;
    for (size_t i = 0; i < size; i++)
        wrong += bytes[i] != want;
    return wrong;
}

static void test_gather(struct comm *comm, int root, size_t step) {
    int rank = comm_rank(comm), size = comm_size(comm);
    size_t n = amount(rank, root, step),
           *sizes = mem_alloc((size_t)size, sizeof *sizes);
    uint8_t *own = mem_alloc(n, 1);
    memset(own, mark(rank, root), n);
    uint8_t *all = comm_gather(comm, n ? own : NULL, n, sizes, root);
    ok((all != NULL) == (rank == root), "gather gives to the root alone");
    const uint8_t *place = all;
    for (int r = 0; all && r < size; r++) {
        is_int((int64_t)sizes[r], (int64_t)amount(r, root, step), "size of rank %d", r);
        is_int((int64_t)count_wrong(place, sizes[r], mark(r, root)), 0,
               "and its bytes");
        place += sizes[r];
    }
    mem_free(all), mem_free(own), mem_free(sizes);
}

static void test_exchange(struct comm *comm, size_t step) {
    int rank = comm_rank(comm), size = comm_size(comm);
    size_t *out = mem_alloc((size_t)size, sizeof *out), total = 0;
    size_t *in = mem_alloc((size_t)size, sizeof *in);
    for (int r = 0; r < size; r++)
        total += out[r] = amount(rank, r, step);
    uint8_t *bytes = mem_alloc(total, 1), *place = bytes;
    for (int r = 0; r < size; place += out[r++])
        memset(place, mark(rank, r), out[r]);
    uint8_t *came = comm_exchange(comm, total ? bytes : NULL, out, in);
    const uint8_t *next = came;
    for (int r = 0; r < size; r++) {
        is_int((int64_t)in[r], (int64_t)amount(r, rank, step), "exchange: size from %d",
               r);
        is_int((int64_t)count_wrong(next, in[r], mark(r, rank)), 0, "and its bytes");
        next += in[r];
    }
    size_t all = (size_t)(next - came);
    uint8_t *known = mem_alloc(all, 1);
    comm_exchange_known(comm, total ? bytes : NULL, out, known, in);
    ok(all == 0 || memcmp(known, came, all) == 0, "the same where sizes are known");
    mem_free(out), mem_free(in), mem_free(bytes), mem_free(came), mem_free(known);
}

/* Odd and even ranks apart: a sum stays in its group, and ranks keep their order. */
static void test_split(struct comm *comm) {
    int rank = comm_rank(comm), size = comm_size(comm);
    struct comm *group = comm_split(comm, rank % 2);
    is_int(comm_size(group), (size + 1 - rank % 2) / 2, "the size of a group");
    is_int(comm_rank(group), rank / 2, "the rank in it");
    double sum = rank % 2;
    comm_sum_f64(group, &sum, 1);
    is_int((int64_t)sum, rank % 2 ? comm_size(group) : 0, "a sum within it");
    comm_leave(group);
    struct comm *alone = comm_split(comm, rank);
    is_int(comm_size(alone), 1, "a rank alone");
    comm_leave(alone);
}

/* ---- ranks that come to different collectives ---- */

static jmp_buf after_death;
static void leap(int code) { longjmp(after_death, code); }

enum crossing { SAME, OTHER_COUNT, OTHER_KIND, ONE_MORE, CROSSINGS };

static void cross(struct comm *comm, enum crossing how) {
    bool strays = comm_rank(comm) == comm_size(comm) - 1;
    double values[3] = {0};
    if (how == ONE_MORE && !strays)
        comm_barrier(comm);
    if (how == OTHER_KIND && strays)
        comm_max_f64(comm, values, 2);
    else
        comm_sum_f64(comm, values, how == OTHER_COUNT && strays ? 3 : 2);
}

/* The job's end by code 70 instead of waiting, or of sums of what does not match. */
static void test_check(struct comm *comm) {
    static const char *const names[] = {"the same", "another number of elements",
                                        "another collective",
                                        "one that others left out"};
    int errors = dup(STDERR_FILENO), nothing = open("/dev/null", O_WRONLY);
    comm_check(comm, true);
    die_set_hook(leap);
    for (enum crossing how = SAME; how < CROSSINGS; how++) {
        dup2(nothing, STDERR_FILENO);
        int code = setjmp(after_death);
        if (code == 0)
            cross(comm, how);
        dup2(errors, STDERR_FILENO);
        is_int(code, how == SAME || comm_size(comm) == 1 ? 0 : 70, "checked: %s",
               names[how]);
    }
    die_set_hook(NULL);
    close(errors);
    close(nothing);
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    int rank = comm_rank(comm), size = comm_size(comm);
    tap_quiet(rank != 0);
    ok(rank >= 0 && rank < size && log_rank() == rank, "the log knows the rank");
    is_int(comm_node_size(comm), size, "one host");
    is_int(comm_node_first(comm), 0, "and who is first on it");
    ok(strlen(comm_describe()) > 3, "MPI says what it is: %s", comm_describe());
    for (int i = 0; i < COUNTS; i++) {
        test_sums(comm, counts[i]);
        test_broadcast(comm, counts[i]);
        test_exchange(comm, counts[i]);
        for (int root = 0; root < size; root++)
            test_gather(comm, root, counts[i]);
    }
    test_broadcast(comm, ((size_t)1 << 26) + 3); /* two pieces */
    test_split(comm);
    test_check(comm);
    test_split(comm);
    test_sums(comm, 3);
    test_gather(comm, 0, 3);
    test_exchange(comm, 3);
    comm_barrier(comm);
    int rc = tap_done();
    comm_destroy(comm);
    comm_destroy(NULL);
    return rc;
}
