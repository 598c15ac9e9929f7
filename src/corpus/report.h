/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be told of a shard, or of many together: its ledger, kinds of records,
 * languages, lengths, samples of what the rules dropped, damaged places.  A report is a
 * function of the shard's bytes, and a sum of reports one of the shards alone, in
 * whatever order they are added. */
#ifndef MPIBERT_CORPUS_REPORT_H
#define MPIBERT_CORPUS_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "io/witness.h"
#include "src/base/arena.h"
#include "src/base/map.h"
#include "src/base/str.h"
#include "src/core/rule.h"
#include "src/core/tally.h"

enum {
    REPORT_LENGTHS = 12,        /* bins of report_length_from */
    REPORT_SAMPLES_MAX = 20,    /* a reason */
    REPORT_NOTICES_MAX = 1000,  /* a shard; the ledger counts all of them */
    REPORT_LANGUAGES_MAX = 200, /* a shard; the rest are "other" */
    REPORT_NOT_UTF8 = RULE_COUNT,
    REPORT_REASONS
};

struct sample {
    uint64_t key; /* random: those with the least are kept */
    int row;      /* of the manifest */
    int64_t ordinal;
    const char *text; /* its beginning, on one line, printable */
};

struct samples {
    struct sample items[REPORT_SAMPLES_MAX]; /* by key */
    int count;
};

struct report_notice {
    int row;
    bool is_damage;
    uint64_t offset;
    const char *member, *text; /* printable */
};

/* Zero it to begin, and set row. */
struct report {
    int row; /* of the manifest, while it is one shard's */
    int samples_max;
    struct tally tally;
    uint64_t words;                   /* of the documents kept */
    uint64_t lengths[REPORT_LENGTHS]; /* how many of those have so many words */
    struct map kinds, languages;      /* languages: of all documents, by header */
    struct samples samples[REPORT_REASONS];
    struct report_notice *notices;
    size_t notice_count;
    struct arena texts;
};

/* The least words of a bin: 0, 1, 10, 30, 100, 300, … */
uint64_t report_length_from(int bin);
/* A document that was kept, with so many words. */
void report_length(struct report *report, uint64_t words);
void report_language(struct report *report, struct slice language);
/* Something was dropped for a reason (a rule, or REPORT_NOT_UTF8). */
void report_sample(struct report *report, int reason, uint64_t key, int64_t ordinal,
                   struct slice text);
void report_notice(struct report *report, const struct notice *notice);
void report_add(struct report *to, const struct report *more);

/* To and from a parcel. */
void report_serialize(const struct report *report, struct str *parcel);
void report_deserialize(struct report *report, struct slice *parcel);
void report_fini(struct report *report);

#endif
