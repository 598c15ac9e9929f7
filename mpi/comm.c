/* SPDX-License-Identifier: Apache-2.0 */
/* The ranks of a job: see comm.h.
 *
 * MPI counts are ints, ours are size_t: every transfer goes in pieces of at most PIECE
 * elements.  MPI's own faults end the job (MPI_ERRORS_ARE_FATAL): there is nothing to
 * be done about a lost rank here, so nothing below returns an error. */
#include "mpi/comm.h"

#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mpi/leftovers.h"
#include "src/base/die.h"
#include "src/base/hash.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/parse.h"
#include "src/base/pulse.h"

/* Elements of one MPI call; small enough that tests can go beyond it. */
enum { PIECE = 1 << 26, TAG = 0 };

struct comm {
    MPI_Comm all;
    int rank, size, node_size, node_first;
    char host[256];
    bool checked;    /* its collectives are compared before they begin */
    uint64_t number; /* of those that were */
};

#ifdef MPIBERT_DEBUG
static const bool CHECKED = true;
#else
static const bool CHECKED = false;
#endif

static void abort_job(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

/* Under srun without a process manager both know, every task is a world of its own, and
 * all of them would write the same files. */
static int refuse_lone_rank(int size, struct err *err) {
    const char *tasks = getenv("SLURM_NTASKS");
    int64_t n = 0;
    if (size > 1 || getenv("OMPI_COMM_WORLD_SIZE") || tasks == NULL)
        return 0;
    if (parse_int(tasks, &n) < 0 || n <= 1)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "Slurm gave this job %s tasks (SLURM_NTASKS), but MPI sees one rank "
                   "alone; start it with mpirun, or with srun --mpi=pmix",
                   tasks);
}

/* Who shares this rank's host. */
static void know_node(struct comm *comm) {
    MPI_Comm node;
    MPI_Comm_split_type(comm->all, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    MPI_Comm_size(node, &comm->node_size);
    comm->node_first = comm->rank;
    MPI_Bcast(&comm->node_first, 1, MPI_INT, 0, node);
    MPI_Comm_free(&node);
}

/* A rank without a launcher has no daemon of Open MPI's beside it, since it starts no
 * others, and no folder: all such on a host would have the same one, which one that
 * ends removes while another one begins. */
static void be_alone(void) {
    if (getenv("PMIX_RANK") || getenv("PMI_RANK"))
        return;
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    setenv("OMPI_MCA_orte_create_session_dirs", "0", 0);
}

struct comm *comm_create(int *argc, char ***argv, struct err *err) {
    int provided;
    /* ROMIO: Open MPI's own OMPIO hangs under HDF5 1.10 when several ranks write. */
    setenv("OMPI_MCA_io", "^ompio", 0);
    be_alone();
    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
    struct comm *comm = mem_alloc(1, sizeof *comm);
    MPI_Comm_dup(MPI_COMM_WORLD, &comm->all);
    MPI_Comm_rank(comm->all, &comm->rank);
    MPI_Comm_size(comm->all, &comm->size);
    know_node(comm);
    if (gethostname(comm->host, sizeof comm->host - 1) < 0)
        strcpy(comm->host, "?");
    if (comm->rank == comm->node_first)
        leftovers_remove("/dev/shm", getenv("OMPI_MCA_orte_top_session_dir"),
                         comm->host);
    comm->checked = CHECKED;
    log_set_rank(comm->rank);
    die_set_hook(abort_job);
    /* A write over the limit of file size should fail with EFBIG, not kill the rank. */
    signal(SIGXFSZ, SIG_IGN);
    int rc = refuse_lone_rank(comm->size, err);
    if (provided < MPI_THREAD_FUNNELED)
        rc = err_set(err, ERR_CONFIG,
                     "this MPI (%s) was built without threads: "
                     "MPI_THREAD_FUNNELED is needed",
                     comm_describe());
    if (rc == 0)
        return comm;
    comm_destroy(comm);
    return NULL;
}

/* ---- what all ranks come to ---- */

/* Whether all come to the same.  If one comes to none, this waits for it. */
static void compare(struct comm *comm, enum pulse_wait what, size_t count) {
    const uint64_t own[] = {++comm->number, (uint64_t)what, count};
    uint64_t hash = hash64(own, sizeof own, 0), most[] = {hash, ~hash};
    MPI_Allreduce(MPI_IN_PLACE, most, 2, MPI_UINT64_T, MPI_MAX, comm->all);
    if (most[0] != ~most[1])
        die("ranks do not come to the same: this one comes to %s of %zu bytes, "
            "number %llu",
            pulse_wait_name(what), count, (unsigned long long)comm->number);
}

/* This rank waits for others from here to pulse_go.  `count` must be the same on all
 * ranks. */
static void meet(struct comm *comm, enum pulse_wait what, size_t count) {
    pulse_wait(what);
    if (comm->checked && comm->size > 1)
        compare(comm, what, count);
}

void comm_check(struct comm *comm, bool checked) { comm->checked = checked; }

struct comm *comm_split(struct comm *comm, int colour) {
    struct comm *group = mem_alloc(1, sizeof *group);
    meet(comm, PULSE_SPLIT, 0);
    MPI_Comm_split(comm->all, colour, comm->rank, &group->all);
    MPI_Comm_rank(group->all, &group->rank);
    MPI_Comm_size(group->all, &group->size);
    know_node(group);
    group->checked = comm->checked;
    memcpy(group->host, comm->host, sizeof group->host);
    pulse_go();
    return group;
}

void comm_leave(struct comm *group) {
    if (group == NULL)
        return;
    MPI_Comm_free(&group->all);
    mem_free(group);
}

bool comm_is_awaited(void) {
    /* The second says that it is MPI whose ranks the first counts. */
    static const char *const names[][2] = {{"OMPI_COMM_WORLD_SIZE", NULL},
                                           {"PMI_SIZE", NULL},
                                           {"SLURM_STEP_NUM_TASKS", "PMIX_RANK"}};
    int begun = 0;
    MPI_Initialized(&begun);
    for (size_t i = 0; !begun && i < sizeof names / sizeof *names; i++) {
        const char *size = getenv(names[i][0]);
        bool counts = names[i][1] == NULL || getenv(names[i][1]);
        int64_t ranks;
        if (size && counts && parse_int(size, &ranks) == 0 && ranks > 1)
            return true;
    }
    return false;
}

void comm_destroy(struct comm *comm) {
    if (comm == NULL)
        return;
    die_set_hook(NULL);
    MPI_Comm_free(&comm->all);
    mem_free(comm);
    MPI_Finalize();
}

int comm_rank(const struct comm *comm) { return comm->rank; }
int comm_size(const struct comm *comm) { return comm->size; }
int comm_node_size(const struct comm *comm) { return comm->node_size; }
int comm_node_first(const struct comm *comm) { return comm->node_first; }
const char *comm_host(const struct comm *comm) { return comm->host; }
void *comm_handle(struct comm *comm) { return &comm->all; }

const char *comm_describe(void) {
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(text, &length);
    text[strcspn(text, ",\n")] = '\0'; /* after it: who packaged it, and when */
    return text;
}

void comm_barrier(struct comm *comm) {
    meet(comm, PULSE_BARRIER, 0);
    MPI_Barrier(comm->all);
    pulse_go();
}

static int piece_of(size_t left) { return left < PIECE ? (int)left : PIECE; }

static void reduce_all(struct comm *comm, void *values, size_t count, size_t width,
                       MPI_Datatype type, MPI_Op op) {
    char *place = values;
    if (comm->size == 1)
        return;
    meet(comm, op == MPI_MAX ? PULSE_MAXIMUM : PULSE_SUM, count * width);
    while (count > 0) {
        int n = piece_of(count);
        MPI_Allreduce(MPI_IN_PLACE, place, n, type, op, comm->all);
        place += (size_t)n * width;
        count -= (size_t)n;
    }
    pulse_go();
}

void comm_sum_u64(struct comm *comm, uint64_t *values, size_t count) {
    reduce_all(comm, values, count, sizeof *values, MPI_UINT64_T, MPI_SUM);
}

void comm_sum_f64(struct comm *comm, double *values, size_t count) {
    reduce_all(comm, values, count, sizeof *values, MPI_DOUBLE, MPI_SUM);
}

void comm_sum_f32(struct comm *comm, float *values, size_t count) {
    reduce_all(comm, values, count, sizeof *values, MPI_FLOAT, MPI_SUM);
}

void comm_max_f64(struct comm *comm, double *values, size_t count) {
    reduce_all(comm, values, count, sizeof *values, MPI_DOUBLE, MPI_MAX);
}

void comm_broadcast(struct comm *comm, void *bytes, size_t size, int root) {
    char *place = bytes;
    meet(comm, PULSE_BROADCAST, size);
    while (size > 0) {
        int n = piece_of(size);
        MPI_Bcast(place, n, MPI_BYTE, root, comm->all);
        place += n;
        size -= (size_t)n;
    }
    pulse_go();
}

void comm_broadcast_str(struct comm *comm, struct str *bytes, int root) {
    uint64_t size = bytes->size;
    comm_broadcast(comm, &size, sizeof size, root);
    if (comm->rank != root) {
        str_clear(bytes);
        str_reserve(bytes, size);
        bytes->size = size;
        bytes->data[size] = '\0';
    }
    comm_broadcast(comm, bytes->data, size, root);
}

/* Sends to one rank while receiving from another.  A side that has nothing left drops
 * out of the call (MPI_PROC_NULL), so that the two lengths need not match. */
static void send_receive(struct comm *comm, const char *out, size_t out_size, int to,
                         char *in, size_t in_size, int from) {
    while (out_size > 0 || in_size > 0) {
        int sent = piece_of(out_size), received = piece_of(in_size);
        MPI_Sendrecv(out, sent, MPI_BYTE, sent ? to : MPI_PROC_NULL, TAG, in, received,
                     MPI_BYTE, received ? from : MPI_PROC_NULL, TAG, comm->all,
                     MPI_STATUS_IGNORE);
        out += sent, out_size -= (size_t)sent;
        in += received, in_size -= (size_t)received;
    }
}

void *comm_gather(struct comm *comm, const void *bytes, size_t size, size_t *sizes,
                  int root) {
    uint64_t own = size, *all = mem_alloc((size_t)comm->size, sizeof *all);
    char *gathered = NULL;
    meet(comm, PULSE_GATHER, 0);
    MPI_Gather(&own, 1, MPI_UINT64_T, all, 1, MPI_UINT64_T, root, comm->all);
    if (comm->rank == root) {
        size_t total = 0, place = 0;
        for (int r = 0; r < comm->size; r++)
            total += all[r];
        gathered = mem_alloc(total, 1);
        for (int r = 0; r < comm->size; place += all[r++]) {
            if (r != root)
                send_receive(comm, NULL, 0, MPI_PROC_NULL, gathered + place, all[r], r);
            else if (size > 0)
                memcpy(gathered + place, bytes, size);
        }
        for (int r = 0; sizes && r < comm->size; r++)
            sizes[r] = all[r];
    } else {
        send_receive(comm, bytes, size, root, NULL, 0, MPI_PROC_NULL);
    }
    pulse_go();
    mem_free(all);
    return gathered;
}

/* starts[r] = sum of sizes[0 … r) */
static void starts_of(const size_t *sizes, size_t *starts, int n) {
    size_t total = 0;
    for (int r = 0; r < n; r++) {
        starts[r] = total;
        total += sizes[r];
    }
}

/* Round by round everybody sends to one rank and hears from one: no rank is crowded. */
static void exchange(struct comm *comm, const char *out, const size_t *send_sizes,
                     char *in, const size_t *receive_sizes) {
    size_t n = (size_t)comm->size, *starts = mem_alloc(2 * n, sizeof *starts),
           *places = starts + n;
    starts_of(send_sizes, starts, comm->size);
    starts_of(receive_sizes, places, comm->size);
    if (send_sizes[comm->rank] > 0)
        memcpy(in + places[comm->rank], out + starts[comm->rank],
               send_sizes[comm->rank]);
    for (int round = 1; round < comm->size; round++) {
        int to = (comm->rank + round) % comm->size;
        int from = (comm->rank - round + comm->size) % comm->size;
        send_receive(comm, send_sizes[to] ? out + starts[to] : NULL, send_sizes[to], to,
                     in + places[from], receive_sizes[from], from);
    }
    mem_free(starts);
}

void *comm_exchange(struct comm *comm, const void *bytes, const size_t *send_sizes,
                    size_t *receive_sizes) {
    size_t n = (size_t)comm->size, total = 0;
    uint64_t *sizes = mem_alloc(2 * n, sizeof *sizes), *coming = sizes + n;
    for (size_t r = 0; r < n; r++)
        sizes[r] = send_sizes[r];
    meet(comm, PULSE_EXCHANGE, 0);
    MPI_Alltoall(sizes, 1, MPI_UINT64_T, coming, 1, MPI_UINT64_T, comm->all);
    for (size_t r = 0; r < n; r++)
        total += receive_sizes[r] = coming[r];
    mem_free(sizes);
    char *received = mem_alloc(total, 1);
    exchange(comm, bytes, send_sizes, received, receive_sizes);
    pulse_go();
    return received;
}

void comm_exchange_known(struct comm *comm, const void *bytes, const size_t *send_sizes,
                         void *received, const size_t *receive_sizes) {
    meet(comm, PULSE_EXCHANGE, 0);
    exchange(comm, bytes, send_sizes, received, receive_sizes);
    pulse_go();
}
