/* SPDX-License-Identifier: Apache-2.0 */
/* What a run's own files tell of how a model came to be, for its card: results on
 * held-out text, hours, machine, tokens of each source.  All of it may be absent, and
 * then the card says nothing: a checkpoint may have been moved away from its run, or
 * imported. */
#ifndef MPIBERT_IO_CONVERT_STORY_H
#define MPIBERT_IO_CONVERT_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/objectives.h"

struct story {
    const char *license; /* borrowed: an identifier of Hugging Face's, or NULL */

    double rate; /* of learning, in the checkpoint's step; set by who knows schedules */

    int64_t step;               /* the checkpoint's */
    bool evaluated;             /* at that step */
    struct mean of[OBJECTIVES]; /* without a count: was not measured */
    double unigram_entropy;
    int64_t documents;

    double seconds;        /* of training steps; 0: not known */
    int sources;           /* as many as rows of data.sources, or 0 */
    double *source_tokens; /* (sources) seen of each; owned (story_fini) */
    struct str machine;    /* "2 ranks; AMD EPYC …; kernels AVX2"; owned */
};

/* Reads evaluations.jsonl and metrics.jsonl of `dir`, up to `step`; files and lines
 * that are not there, or not ours, are no fault.  `versions` is the checkpoint's. */
void story_read(struct story *story, const char *dir, int64_t step,
                struct slice versions);
void story_fini(struct story *story);

#endif
