/* SPDX-License-Identifier: Apache-2.0 */
/* What a checkpoint is: one HDF5 file that is complete and hashed, or not there.
 *
 * /params/<name>, /<moment>/<name>   float32, a dataset a tensor: the weights, and each
 *           moment of the optimizer ("adam/m") for the tensors that have it
 * /lanes    (lanes, cursor bytes) uint8: the cursors, lane by lane
 * /hashes   (datasets) strings "name hash": of every dataset above
 * /config, /vocab, /ledger   text: the full configuration, the vocabulary, the run's
 *           story
 * attributes of /: format, version, step, tokens, adam_step, state_hash, data_hash, the
 *           versions of what wrote it, and header_hash over all of these and /hashes
 *
 * Layout: the comment in hdf5.c; hashes: contents.h. */
#ifndef MPIBERT_IO_CKPT_CKPT_H
#define MPIBERT_IO_CKPT_CKPT_H

#include <stdbool.h>
#include <stdint.h>

#include "io/ckpt/header.h"
#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/params.h"
#include "src/core/series.h"

/* How the names of checkpoints begin that are not complete (yet). */
#define CKPT_TEMPORARY ".tmp-"

/* The group of the weights. */
#define CKPT_WEIGHTS "params"

/* A group of tensors to write; all borrowed.  The tensors of a moment are some of the
 * weights', in their order. */
struct ckpt_group {
    const char *group;                /* CKPT_WEIGHTS, or a moment's name: "adam/m" */
    const struct params_table *table; /* with places in this block */
    struct span have;                 /* the elements that lie at data here */
    const float *data;
};

/* All of them: the weights first, then the moments, if there are any. */
enum { CKPT_BLOCKS = 5 }; /* at most */
struct ckpt_groups {
    struct ckpt_group list[CKPT_BLOCKS];
    int count;
};

/* Appends a group, as yet without data. */
struct ckpt_group *ckpt_add_group(struct ckpt_groups *blocks, const char *group,
                                  const struct params_table *table);
/* Those that are whole weights and nothing else. */
struct ckpt_groups ckpt_weights_only(const struct params *weights);
/* Local.  The elements of block i that this rank writes; of the blocks only the tables
 * count. */
struct span ckpt_share(const struct comm *comm, const struct ckpt_groups *blocks,
                       int i);
/* ---- writing ---- */

/* How the numbers get into the file; the files are the same byte for byte. */
enum ckpt_writer {
    CKPT_POSIX, /* each rank writes its slices with pwrite, past the cache (direct.h) */
    CKPT_MPIIO, /* all ranks share it through parallel HDF5; never beside the caller */
};

struct ckpt_how {
    enum ckpt_writer writer;
    bool beside; /* in a thread, while the caller goes on; CKPT_POSIX only */
};

struct ckpt_writing; /* opaque: a checkpoint on its way to disk */

/* Collective.  Begins to write `path` by the protocol: hashes; a temporary name, laid
 * out by rank 0 with room for all; slices by all ranks, own fsync on every rank; slices
 * of the next host's (or rank's) read back; rename, fsync of the folder.  The ranks
 * agree between each two of these.  What fails is begun again with a new file, twice.
 * Header (as above; state_hash is filled on the way) and groups, of which each rank has
 * at least its share, stay as they are until ckpt_end. */
struct ckpt_writing *ckpt_begin(struct comm *comm, const char *path,
                                struct ckpt_how how, struct ckpt_header *header,
                                const struct ckpt_groups *groups);
/* Local.  Whether this rank is at something. */
bool ckpt_is_busy(const struct ckpt_writing *writing);
/* Collective, for when no rank is busy (else it waits): the next part; true when there
 * is none. */
bool ckpt_poll(struct ckpt_writing *writing);
/* Collective.  Waits for its end, and frees it: 0, the checkpoint is there for good, or
 * -1 on all ranks with nothing left, unless it was the sync of the folder that failed:
 * then the checkpoint is whole, and may be lost with the power.  *seconds, unless NULL:
 * of work on this rank. */
int ckpt_end(struct ckpt_writing *writing, double *seconds, struct err *err);
/* Collective.  Both at once. */
int ckpt_write(struct comm *comm, const char *path, enum ckpt_writer writer,
               struct ckpt_header *header, const struct ckpt_groups *groups,
               struct err *err);

/* ---- reading ---- */

struct ckpt; /* opaque: an open checkpoint */

/* Local.  Opens for reading; 66 not there, 65 not a checkpoint or damaged, 78 of
 * another version of the format, 74 cannot be read.  Header, lanes and texts are
 * checked against their hashes here, and the step against a name that ckpt_path would
 * give; tensors when they are read. */
struct ckpt *ckpt_open(const char *path, struct err *err);
const struct ckpt_header *ckpt_header(const struct ckpt *ckpt);
/* The table of /params, in the order it was written; borrowed until ckpt_close. */
const struct params_table *ckpt_table(const struct ckpt *ckpt);
/* How many moments it holds, and the name of each: "adam/m". */
int ckpt_moments(const struct ckpt *ckpt);
const char *ckpt_moment(const struct ckpt *ckpt, int i);
/* Local.  Reads the tensors of params->table from a group by name; a group or tensor
 * that is missing, or of another shape, is an error (65) that names it and both shapes,
 * one whose hash is wrong is, too. */
int ckpt_read(struct ckpt *ckpt, const char *group, struct params *params,
              struct err *err);
/* Local.  The same for a block that is not held whole: each tensor of the table in
 * turn, its numbers handed to `take` once, until that returns. */
typedef void ckpt_take_fn(const struct tensor *tensor, const float *data,
                          void *context);
int ckpt_each(struct ckpt *ckpt, const char *group, const struct params_table *table,
              ckpt_take_fn *take, void *context, struct err *err);
/* Local.  Reads everything and compares all hashes (65 names the first that
 * differs). */
int ckpt_verify(struct ckpt *ckpt, struct err *err);
void ckpt_close(struct ckpt *ckpt);
/* Local.  All three: opens, verifies, closes; *moments: whether it is good and has
 * them. */
int ckpt_prove(const char *path, bool *moments, struct err *err);

/* Local.  "DIR/checkpoint-000000500.h5" into *path. */
void ckpt_path(const char *dir, int64_t step, struct str *path);
/* Local.  The checkpoints of a folder, newest first: owned strings and array
 * (mem_free). */
int ckpt_list(const char *dir, char ***paths, int *count, struct err *err);
/* What follows the name of a checkpoint that a name begins with: "" or ".bad"; NULL: it
 * begins with none.  A name is what ckpt_path writes, and nothing else. */
const char *ckpt_after_name(const char *name);
/* The step that the name of a file (no folder before it) tells, or -1: only what
 * ckpt_path writes is one. */
int64_t ckpt_step_of(const char *name);
/* Local.  CHECKPOINT of the command line: a file as it is; of a folder the newest that
 * ckpt_verify accepts, with a warning for each damaged one (65) that it passes over.
 * What cannot be read at all (74) ends it: an older one would be another model.  66
 * when there is none, 65 when all that are there are damaged. */
int ckpt_resolve(const char *file_or_dir, struct str *path, struct err *err);
/* Local.  Where a run goes on from: as ckpt_resolve, but one with moments if any has
 * them; *path stays empty when there is none at all, and the folder is put in order:
 * leftovers of interrupted writes are removed, and the damaged that are newer than the
 * good one get .bad after their names, so that they count for nothing any more.  65,
 * with all left as it is, when only step 0 is good, or none, unless `restart`. */
int ckpt_resume(const char *dir, bool restart, struct str *path, struct err *err);
/* Local.  The newest good one with moments that is of a step before `step`; 66 when
 * there is none.  Those that are damaged are told and stay as they are. */
int ckpt_before(const char *dir, int64_t step, struct str *path, struct err *err);
/* Local.  Those of later steps than `step` get .bad after their names, so that they
 * count for nothing any more. */
int ckpt_set_aside_after(const char *dir, int64_t step, struct err *err);
/* Which checkpoints a run keeps beside the newest. */
struct ckpt_retention {
    int64_t keep;  /* the newest, which those below do not count among */
    int64_t every; /* for ever, those whose step is a multiple of this; 0: none are */
    const struct series *snapshots; /* for ever, these steps */
    int64_t from; /* the one that this start went on from, until two newer are known to
                     be good, as they were read again; at most 0: there is none, or
                     step 0, which stays anyway */
};

/* Local.  Removes what is not kept, and never step 0, or the one just written.  What
 * cannot be removed is a warning.  retention->from is < 0 from when it may go. */
void ckpt_retain(const char *dir, struct ckpt_retention *retention, int64_t written);

#endif
