/* SPDX-License-Identifier: Apache-2.0 */
/* Clean shards out of a corpus: see extract.h. */
#include "src/corpus/extract.h"

#include "mpi/agree.h"
#include "src/corpus/clean.h"
#include "src/corpus/names.h"
#include "src/corpus/walk.h"

/* One rank's work. */
struct work {
    struct walk walk;
    struct clean *clean;
    struct output output;
    uint64_t shard_bytes;
    uint64_t room; /* for text in the open file */
    int number;    /* of the shard's next file */
    struct tally tally;
};

static int write_document(struct work *w, const struct doc *doc, struct err *err) {
    const char *path = w->walk.manifest->shards[w->walk.row].path;
    if (w->output.pack && doc->text.size > w->room && output_close(&w->output, err) < 0)
        return -1;
    if (w->output.pack == NULL) {
        if (output_open(&w->output, names_stem(path), w->number++, err) < 0)
            return -1;
        w->room = w->shard_bytes;
    }
    w->room -= doc->text.size < w->room ? doc->text.size : w->room;
    return output_add(&w->output, doc, err);
}

static int extract_shard(struct work *w, struct err *err) {
    struct doc doc;
    int more;
    w->number = 0;
    while ((more = walk_document(&w->walk, &doc, err)) > 0) {
        if (!clean_run(w->clean, w->walk.row, &doc, &doc.text, &w->walk.tally))
            continue;
        if (write_document(w, &doc, err) < 0)
            return -1;
    }
    tally_add(&w->tally, &w->walk.tally);
    return more < 0 ? -1 : output_close(&w->output, err);
}

static int extract_own(struct work *w, struct err *err) {
    int more;
    while ((more = walk_shard(&w->walk, err)) > 0)
        if (extract_shard(w, err) < 0)
            return -1;
    return more;
}

int extract_run(struct comm *comm, const struct config *config,
                const struct manifest *manifest, const struct output_options *options,
                int64_t shard_bytes, struct tally *tally, struct output_counts *counts,
                struct err *err) {
    struct work work = {.shard_bytes = (uint64_t)shard_bytes};
    const struct shard_options how = walk_options(config, false);
    *counts = (struct output_counts){0};
    work.clean = clean_create(config, manifest, err);
    int rc = work.clean ? names_check_stems(manifest, err) : -1;
    rc = comm_agree(comm, rc, err);
    if (rc == 0)
        rc = output_begin(&work.output, comm, options, err);
    if (rc == 0) {
        walk_init(&work.walk, manifest, comm_rank(comm), comm_size(comm), &how);
        rc = comm_agree(comm, extract_own(&work, err), err);
        if (rc == 0)
            rc = walk_check(&work.walk, comm, config, &work.tally, err);
        rc = output_end(&work.output, comm, rc, counts, err);
    }
    *tally = work.tally;
    comm_sum_u64(comm, (uint64_t *)tally, TALLY_COUNT);
    walk_fini(&work.walk);
    clean_destroy(work.clean);
    return rc;
}
