/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a corpus: see stats.h. */
#include "src/corpus/stats.h"

#include <string.h>

#include "mpi/agree.h"
#include "src/base/hash.h"
#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/corpus/clean.h"
#include "src/corpus/parcel.h"
#include "src/corpus/walk.h"
#include "src/text/tokenizer.h"
#include "src/text/unicode.h"

/* One rank's work. */
struct survey {
    const struct stats_options *options;
    struct walk walk;
    struct clean *clean;
    struct tokenizer *tokenizer; /* NULL: tokens are not counted */
    struct ids ids;
    struct witness witness;
    struct report report; /* of the shard being read */
    struct str parcel;    /* reports of those that were */
};

/* Runs of what is no white space. */
static uint64_t count_words(struct slice text) {
    const char *p = text.data, *end = p + text.size;
    uint64_t words = 0;
    bool inside = false;
    while (p < end) {
        uint32_t scalar = (unsigned char)*p;
        int n = scalar < 0x80 ? 1 : utf8_decode(p, end, &scalar);
        bool space = scalar < 0x80 ? unicode_ascii[scalar] & UNICODE_SPACE
                                   : unicode_of(scalar)->flags & UNICODE_SPACE;
        words += !space && !inside;
        inside = !space;
        p += n;
    }
    return words;
}

static void count_tokens(struct survey *s, struct slice text, struct tally *tally) {
    s->ids.count = 0;
    tokenizer_encode(s->tokenizer, text, &s->ids);
    tally->tokens += s->ids.count;
    for (size_t i = 0; i < s->ids.count; i++)
        tally->unknown_tokens += s->ids.data[i] == s->options->vocab->unk;
}

/* A random number that depends on the place alone. */
static uint64_t key_of(const struct doc *doc, size_t cut) {
    const uint64_t place[2] = {(uint64_t)doc->ordinal, cut};
    return hash64(place, sizeof place, hash64(doc->shard, strlen(doc->shard), 0));
}

static void take_samples(struct survey *s, const struct doc *doc, bool not_utf8) {
    size_t count;
    const struct filter_cut *cuts = clean_cuts(s->clean, &count);
    enum rule rule = clean_rule(s->clean);
    if (rule != RULE_NONE)
        report_sample(&s->report, (int)rule, key_of(doc, 0), doc->ordinal, doc->text);
    if (not_utf8)
        report_sample(&s->report, REPORT_NOT_UTF8, key_of(doc, 0), doc->ordinal,
                      doc->text);
    for (size_t i = 0; i < count; i++)
        report_sample(&s->report, (int)cuts[i].rule, key_of(doc, i + 1), doc->ordinal,
                      cuts[i].text);
}

static void survey_document(struct survey *s, const struct doc *doc) {
    struct tally *tally = &s->walk.tally;
    struct slice text;
    uint64_t not_utf8 = tally->documents_not_utf8;
    report_language(&s->report, doc->language);
    bool kept = clean_run(s->clean, s->walk.row, doc, &text, tally);
    take_samples(s, doc, tally->documents_not_utf8 > not_utf8);
    if (!kept)
        return;
    report_length(&s->report, count_words(text));
    if (s->tokenizer)
        count_tokens(s, text, tally);
}

static void hear(void *context, const struct notice *notice) {
    struct survey *s = context;
    report_notice(&s->report, notice);
}

static int survey_shard(struct survey *s, struct err *err) {
    struct doc doc;
    int more;
    while ((more = walk_document(&s->walk, &doc, err)) > 0)
        survey_document(s, &doc);
    if (more < 0)
        return -1;
    s->report.tally = s->walk.tally;
    s->report.kinds = s->witness.kinds; /* takes them */
    s->witness.kinds = (struct map){0};
    report_serialize(&s->report, &s->parcel);
    return 0;
}

static int survey_own(struct survey *s, struct err *err) {
    int more;
    while ((more = walk_shard(&s->walk, err)) > 0) {
        s->report =
            (struct report){.row = s->walk.row, .samples_max = s->options->samples};
        int rc = survey_shard(s, err);
        report_fini(&s->report);
        if (rc < 0)
            return -1;
    }
    return more;
}

static int survey_begin(struct survey *s, struct comm *comm,
                        const struct config *config, const struct manifest *manifest,
                        struct err *err) {
    s->witness = (struct witness){.context = s, .notice = hear};
    const struct shard_options how = {.quiet = true, .witness = &s->witness};
    walk_init(&s->walk, manifest, comm_rank(comm), comm_size(comm), &how);
    if (s->options->vocab)
        s->tokenizer = tokenizer_create(s->options->vocab, &s->options->normalizer);
    s->clean = clean_create(config, manifest, err);
    return s->clean ? 0 : -1;
}

static void survey_end(struct survey *s) {
    walk_fini(&s->walk);
    clean_destroy(s->clean);
    if (s->tokenizer)
        tokenizer_destroy(s->tokenizer);
    ids_fini(&s->ids);
    map_fini(&s->witness.kinds);
    str_fini(&s->parcel);
}

/* The reports meet on rank 0. */
static void meet(struct comm *comm, const struct str *parcel, struct stats *stats) {
    size_t *sizes = mem_alloc((size_t)comm_size(comm), sizeof *sizes);
    char *all = comm_gather(comm, parcel->data, parcel->size, sizes, 0);
    struct slice rest = {all, 0};
    for (int r = 0; all && r < comm_size(comm); r++)
        rest.size += sizes[r];
    while (rest.size > 0) {
        struct report report;
        report_deserialize(&report, &rest);
        stats->shards[report.row] = report;
    }
    for (int i = 0; all && i < stats->shard_count; i++)
        report_add(&stats->total, &stats->shards[i]);
    mem_free(all);
    mem_free(sizes);
}

int stats_run(struct comm *comm, const struct config *config,
              const struct manifest *manifest, const struct stats_options *options,
              struct stats *stats, struct err *err) {
    struct survey survey = {.options = options};
    *stats = (struct stats){0};
    int rc = survey_begin(&survey, comm, config, manifest, err);
    if (rc == 0)
        rc = survey_own(&survey, err);
    rc = comm_agree(comm, rc, err);
    if (rc == 0) {
        stats->total.samples_max = options->samples;
        stats->filtered = clean_filters(survey.clean);
        if (comm_rank(comm) == 0) {
            stats->shard_count = manifest->shard_count;
            stats->shards =
                mem_alloc((size_t)manifest->shard_count, sizeof *stats->shards);
        }
        meet(comm, &survey.parcel, stats);
        walk_check(&survey.walk, comm, config, NULL, &stats->fault);
    }
    survey_end(&survey);
    return rc;
}

void stats_fini(struct stats *stats) {
    for (int i = 0; i < stats->shard_count; i++)
        report_fini(&stats->shards[i]);
    mem_free(stats->shards);
    report_fini(&stats->total);
    *stats = (struct stats){0};
}
