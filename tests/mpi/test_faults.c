/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: whichever file operation fails on whichever rank, with an error or by doing
 * less than it was asked for, and whoever writes checkpoints, a run goes on as if
 * nothing had been, or ends on all ranks with 74 (or 78: a rank could not read what the
 * others did) and the same words; none waits for another.  The checkpoint it began from
 * stays good, and the next start goes on from there, to the same bits.
 *
 * MPIBERT_TEST_LONG=posix, mpiio or all: every call of every operation under that
 * writer or both (tests/long/faults.t); else some of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "tests/failfs.h"
#include "tests/smallrun.h"
#include "tests/tap.h"

enum { SECONDS = 60, ERRORS = 4 }; /* a run takes some hundredths of one */
static const char *const writers[] = {"posix", "mpiio"};

static struct comm *comm;
static struct smallrun run;
static char undisturbed[1100];
static int runs, fired;

static const struct {
    int number;
    const char *name;
} errors[ERRORS] = {
    {EIO, "EIO"}, {ENOSPC, "ENOSPC"}, {EINTR, "EINTR"}, {FAILFS_SHORT, "short"}};

/* Where each of the runs begins: at the checkpoint of step 2. */
static void go_back(void) {
    static const int64_t later[] = {4, 6};
    for (int i = 0; comm_rank(comm) == 0 && i < 2; i++) {
        struct str path = {0};
        ckpt_path(run.config.checkpoint_dir, later[i], &path);
        unlink(path.data);
        str_fini(&path);
    }
    comm_barrier(comm);
}

/* Rank 0: the newest checkpoint is a good one. */
static bool is_safe(void) {
    if (comm_rank(comm) > 0)
        return true;
    struct str path = {0};
    struct err err = {0};
    bool safe = ckpt_resolve(run.config.checkpoint_dir, &path, &err) == 0;
    if (safe) {
        struct ckpt *ckpt = ckpt_open(path.data, &err);
        safe = ckpt && ckpt_header(ckpt)->step >= 2;
        ckpt_close(ckpt);
    }
    str_fini(&path);
    return safe;
}

/* Whether all ranks say the same. */
static bool is_agreed(const char *result) {
    char first[1100];
    snprintf(first, sizeof first, "%s", result);
    comm_broadcast(comm, first, sizeof first, 0);
    double differs = strcmp(first, result) != 0;
    comm_max_f64(comm, &differs, 1);
    return differs == 0;
}

/* One run in which one call fails; false: there are not so many calls. */
static bool fail_call(int rank, enum failfs_op op, int nth, int error) {
    char result[1100] = "";
    struct err err = {0};
    go_back();
    alarm(SECONDS);
    if (comm_rank(comm) == rank)
        failfs_arm(op, nth, 1, errors[error].number);
    if (smallrun_run(&run, &err) < 0)
        snprintf(result, sizeof result, "%d: %s", err.code, err.text);
    double hit = comm_rank(comm) == rank && failfs_disarm() >= nth;
    comm_max_f64(comm, &hit, 1);
    alarm(0);
    runs++, fired += hit > 0;
    bool known = err.code == ERR_NONE || err.code == ERR_IO || err.code == ERR_CONFIG;
    if (!is_agreed(result) || !known || !is_safe())
        ok(false, "rank %d, call %d of %s, %s: '%s'", rank, nth, failfs_names[op],
           errors[error].name, result);
    return hit > 0;
}

/* After all that the run is what it would have been. */
static void check_end(const char *what) {
    char result[1100], list[512];
    smallrun_train(&run, result);
    is_str(result, undisturbed, "%s: the next start goes on to the same bits", what);
    smallrun_list(&run, list);
    is_str(list, "0 2 4 6 evaluations.jsonl metrics.jsonl",
           "%s: nothing else lies there", what);
}

/* Every call, every error, every rank. */
static void fail_all_of(const char *writer) {
    smallrun_set(&run, "checkpoint.writer", writer);
    for (int op = 0; op < FAILFS_OPS; op++) {
        int kinds = failfs_can_be_short((enum failfs_op)op) ? ERRORS : ERRORS - 1;
        for (int i = 0; i < kinds * comm_size(comm); i++)
            for (int nth = 1; fail_call(i / kinds, (enum failfs_op)op, nth, i % kinds);
                 nth++)
                ;
        check_end(failfs_names[op]);
    }
}

static void fail_all(const char *writer) {
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        if (strcmp(writer, "all") == 0 || strcmp(writer, writers[i]) == 0)
            fail_all_of(writers[i]);
}

/* Of each operation a few calls and errors, on rank 0, which does most, and another;
 * one operation under one writer, the next under the other. */
static void fail_some(void) {
    static const int calls[] = {1, 4};
    for (int op = 0; op < FAILFS_OPS; op++) {
        int kinds = failfs_can_be_short((enum failfs_op)op) ? ERRORS : ERRORS - 1;
        smallrun_set(&run, "checkpoint.writer", writers[op % 2]);
        int other = 1 + op % (comm_size(comm) > 1 ? comm_size(comm) - 1 : 1);
        for (int i = 0; i < 2; i++) {
            fail_call(0, (enum failfs_op)op, calls[i], (op + i) % kinds);
            if (i == 0 && other < comm_size(comm))
                fail_call(other, (enum failfs_op)op, 1, (op + 2) % kinds);
        }
    }
    check_end("after all");
}

int main(int argc, char **argv) {
    struct err err = {0};
    comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    tap_quiet(comm_rank(comm) != 0);
    smallrun_init(&run, comm, "faults");
    smallrun_set(&run, "checkpoint.keep", "all");
    smallrun_train(&run, undisturbed);
    is_int((int64_t)strlen(undisturbed), HASH_HEX_SIZE - 1, "undisturbed: %s",
           undisturbed);
    const char *writer = getenv("MPIBERT_TEST_LONG");
    if (writer)
        fail_all(writer);
    else
        fail_some();
    ok(fired >= FAILFS_OPS, "%d runs, in %d of them a call failed", runs, fired);
    smallrun_fini(&run);
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
