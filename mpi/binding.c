/* SPDX-License-Identifier: Apache-2.0 */
/* Binding: see binding.h.  Every rank of a host learns where the others of it may run
 * and works out all places by the same rules, so that nothing needs to be dealt out;
 * the first of each host describes it to rank 0, which counts hosts that say the same.
 */
#include "mpi/binding.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/place_text.h"
#include "src/base/mem.h"

struct binding {
    struct topology topology;
    struct place place;
    bool bound_by_user;
    struct str text, warnings;
};

/* The first of the numbers in OMP_NUM_THREADS; 0 if there is none. */
static int32_t threads_asked(void) {
    const char *text = getenv("OMP_NUM_THREADS");
    long n = text ? strtol(text, NULL, 10) : 0;
    return n > 0 && n < INT32_MAX ? (int32_t)n : 0;
}

static bool user_binds(void) {
    static const char *const names[] = {"OMP_PROC_BIND", "OMP_PLACES",
                                        "GOMP_CPU_AFFINITY", "KMP_AFFINITY"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            return true;
    return false;
}

/* The ranks on this host; this rank alone if they do not all see the same cores. */
static MPI_Comm host_of(struct comm *comm, int cores) {
    MPI_Comm host, seen;
    MPI_Comm_split_type(*(MPI_Comm *)comm_handle(comm), MPI_COMM_TYPE_SHARED, 0,
                        MPI_INFO_NULL, &host);
    MPI_Comm_split(host, cores, 0, &seen);
    MPI_Comm_free(&host);
    return seen;
}

/* ---- what hosts say, on rank 0 ---- */

/* Of these, the first that says what hosts[i] says; *count: how many say it. */
static int first_alike(const struct slice *hosts, int n, int i, int *count) {
    int first = i;
    *count = 0;
    for (int j = n - 1; j >= 0; j--) {
        if (!slice_equal(hosts[j], hosts[i]))
            continue;
        first = j;
        ++*count;
    }
    return first;
}

/* A host's first line describes it, the others warn. */
static void add_host(struct binding *b, struct slice host, int alike, int hosts) {
    struct slice line;
    slice_line(&host, &line);
    str_printf(&b->text, "%s%.*s", b->text.size > 0 ? "\n" : "", (int)line.size,
               line.data);
    if (hosts > 1)
        str_printf(&b->text, ", on %d of %d hosts", alike, hosts);
    str_append(&b->warnings, host.data, host.size);
}

static void add_hosts(struct binding *b, const char *texts, const size_t *sizes,
                      int ranks) {
    struct slice *hosts = mem_alloc((size_t)ranks, sizeof *hosts);
    int n = 0, alike;
    for (int r = 0; r < ranks; texts += sizes[r++])
        if (sizes[r] > 0)
            hosts[n++] = (struct slice){texts, sizes[r]};
    for (int i = 0; i < n; i++)
        if (first_alike(hosts, n, i, &alike) == i)
            add_host(b, hosts[i], alike, n);
    mem_free(hosts);
}

/* Collective.  `own` is empty but on the first rank of each host. */
static void collect(struct comm *comm, struct binding *b, const struct str *own) {
    size_t *sizes = mem_alloc((size_t)comm_size(comm), sizeof *sizes);
    char *texts = comm_gather(comm, own->data, own->size, sizes, 0);
    str_append(&b->text, "", 0);
    str_append(&b->warnings, "", 0);
    if (texts)
        add_hosts(b, texts, sizes, comm_size(comm));
    mem_free(texts);
    mem_free(sizes);
}

/* ---- all ranks ---- */

/* Collective over the host.  Fills what the ranks of it say of themselves; both arrays
 * are owned by the caller. */
static void ask_host(MPI_Comm host, const struct binding *b, uint8_t **allowed,
                     int32_t **asked, int ranks) {
    int cores = b->topology.core_count;
    int32_t mine = threads_asked();
    uint8_t *own = mem_alloc((size_t)cores, 1);
    *allowed = mem_alloc((size_t)ranks, (size_t)cores);
    *asked = mem_alloc((size_t)ranks, sizeof **asked);
    topology_allowed(&b->topology, own);
    MPI_Allgather(own, cores, MPI_UINT8_T, *allowed, cores, MPI_UINT8_T, host);
    MPI_Allgather(&mine, 1, MPI_INT32_T, *asked, 1, MPI_INT32_T, host);
    mem_free(own);
}

struct binding *binding_create(struct comm *comm) {
    struct binding *b = mem_alloc(1, sizeof *b);
    uint8_t *allowed, *usable;
    int32_t *asked;
    int rank, ranks;
    struct str text = {0};
    topology_init(&b->topology);
    b->bound_by_user = user_binds();
    MPI_Comm host = host_of(comm, b->topology.core_count);
    MPI_Comm_rank(host, &rank);
    MPI_Comm_size(host, &ranks);
    ask_host(host, b, &allowed, &asked, ranks);
    MPI_Comm_free(&host);
    usable = mem_alloc((size_t)b->topology.core_count, 1);
    topology_usable(&b->topology, usable);
    const struct place_host view = {&b->topology, ranks, usable,
                                    allowed,      asked, b->bound_by_user};
    place_init(&b->place, &view, rank);
    if (rank == 0) {
        place_describe(&view, &text);
        str_append_char(&text, '\n');
        place_warn(&view, &text);
    }
    collect(comm, b, &text);
    str_fini(&text);
    mem_free(allowed);
    mem_free(asked);
    mem_free(usable);
    return b;
}

int binding_threads(const struct binding *b) { return b->place.threads; }

void binding_apply(const struct binding *b, int thread) {
    if (b->place.own && thread < b->place.core_count)
        topology_bind(&b->topology, b->place.cores[thread]);
}

const char *binding_text(const struct binding *b) { return b->text.data; }
const char *binding_warnings(const struct binding *b) { return b->warnings.data; }

void binding_destroy(struct binding *b) {
    if (b == NULL)
        return;
    place_fini(&b->place);
    topology_fini(&b->topology);
    str_fini(&b->text);
    str_fini(&b->warnings);
    mem_free(b);
}
