/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert vocab: a WordPiece vocabulary from shards, the same file for any number of
 * ranks. */
#include <stdio.h>
#include <stdlib.h>

#include "io/convert/vocab_note.h"
#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/ram.h"
#include "src/base/timer.h"
#include "src/base/mem.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/cli/paths.h"
#include "src/cli/vocab_report.h"
#include "src/train/inputs.h"

/* The alphabet where no --alphabet is given: as Hugging Face's trainer, and more where
 * that would lose letters. */
enum { LETTERS = 1000 };
static const double COVERAGE = 0.9995;

enum { MEMORY_LEAST = 1 << 14, SIZE_LEAST = 16, SIZE_MOST = 1 << 20 };

struct request {
    int64_t size, min_count, min_word_count, alphabet, unused, multiple, memory_bytes;
    bool cased, keep_accents, strip_accents, no_chinese, dotted_i, likelihood, json;
    const char *out, *filter, *temporary, *state;
    double save_seconds;
    struct words heldout;
    struct paths paths;
    const struct settings *settings; /* of the filter */
};

/* ---- the work ---- */

static struct normalizer_options normalizer_of(const struct request *r) {
    return (struct normalizer_options){.clean_text = true,
                                       .chinese_chars = !r->no_chinese,
                                       .strip_accents = r->strip_accents ||
                                                        (!r->cased && !r->keep_accents),
                                       .lowercase = !r->cased,
                                       .dotted_i = r->dotted_i};
}

static struct learn_options learn_options_of(const struct request *r) {
    return (struct learn_options){.size = (int32_t)r->size,
                                  .min_count = (uint64_t)r->min_count,
                                  .letters =
                                      (int32_t)(r->alphabet ? r->alphabet : LETTERS),
                                  .coverage = r->alphabet ? 0 : COVERAGE,
                                  .unused = (int32_t)r->unused,
                                  .multiple = (int32_t)r->multiple,
                                  .likelihood = r->likelihood};
}

/* Some paths, resolved. */
struct source {
    struct config config;
    struct manifest manifest;
};

static int source_init(struct source *source, const struct paths *paths,
                       struct err *err) {
    struct config *config = &source->config;
    config_init(config);
    if (paths_set(config, "data.sources", paths, err) < 0)
        return -1;
    return manifest_init(&source->manifest, config->sources, config->source_count, err);
}

static void source_fini(struct source *source) {
    manifest_fini(&source->manifest);
    config_fini(&source->config);
}

static int count(struct comm *comm, const struct source *source,
                 const struct request *r, const char *state, struct wordcount *counts,
                 struct err *err) {
    struct wordcount_options options = {.config = &source->config,
                                        .normalizer = normalizer_of(r),
                                        .memory_bytes = (size_t)r->memory_bytes,
                                        .folder = r->temporary,
                                        .state = state,
                                        .save_seconds = r->save_seconds};
    return wordcount_run(comm, &source->manifest, &options, counts, err);
}

/* All that a run makes. */
struct outcome {
    struct source source, heldout_source;
    struct vocab_text training, heldout;
    struct learning learning;
    struct vocab vocab;
};

static int resolve(struct outcome *out, const struct request *r, struct err *err) {
    struct paths heldout = r->paths;
    heldout.words = &r->heldout;
    if (source_init(&out->source, &r->paths, err) < 0 ||
        settings_apply(r->settings, &out->source.config, err) < 0)
        return -1;
    if (r->heldout.count == 0)
        return 0;
    return source_init(&out->heldout_source, &heldout, err);
}

/* The vocabulary, and the note of how text is made for it. */
static int write_vocabulary(const struct request *r, struct slice text,
                            struct err *err) {
    struct normalizer_options n = normalizer_of(r);
    struct learn_options l = learn_options_of(r);
    const struct vocab_note note = {
#define TEXT_FLAG(name, owner) .name = n.name,
#include "src/core/text_flags.def"
#undef TEXT_FLAG
    };
    const struct vocab_making making = {.size = r->size,
                                        .min_count = r->min_count,
                                        .min_word_count = r->min_word_count,
                                        .letters = l.letters,
                                        .unused = r->unused,
                                        .multiple = r->multiple,
                                        .coverage = l.coverage,
                                        .by = l.likelihood ? "likelihood" : "count",
                                        .filter = r->filter ? r->filter : "none"};
    if (file_write_atomic(r->out, text.data, text.size, err) < 0)
        return -1;
    return vocab_note_write(r->out, text, &note, &making, err);
}

/* Before the vocabulary is written: what cannot be read is known then. */
static int count_heldout(struct comm *comm, const struct request *r,
                         struct outcome *out, struct err *err) {
    if (r->heldout.count == 0)
        return 0;
    return count(comm, &out->heldout_source, r, NULL, &out->heldout.counts, err);
}

static int learn(struct comm *comm, const struct request *r, struct outcome *out,
                 struct err *err) {
    struct learn_options options = learn_options_of(r);
    struct wordcount *counts = &out->training.counts;
    const struct str *text = &out->learning.text;
    if (count(comm, &out->source, r, r->state, counts, err) < 0 ||
        count_heldout(comm, r, out, err) < 0 ||
        learning_run(comm, &counts->words, &options, (uint64_t)r->min_word_count,
                     (size_t)r->memory_bytes / 8, &out->learning, err) < 0)
        return -1;
    if (out->learning.characters == 0)
        return err_set(err, ERR_DATA,
                       "vocab: there is no word in %s%s: nothing to learn from",
                       r->paths.words->list[0],
                       r->paths.words->count > 1 ? " and the other paths" : "");
    int rc = vocab_parse(&out->vocab, str_slice(text), r->out, err);
    if (rc == 0 && comm_rank(comm) == 0)
        rc = write_vocabulary(r, str_slice(text), err);
    return comm_agree(comm, rc, err);
}

/* What the vocabulary makes of the training text and, if there is any, of held-out. */
static int judge(struct comm *comm, const struct request *r, struct outcome *out,
                 struct err *err) {
    struct vocab_text *training = &out->training, *heldout = &out->heldout;
    if (learning_fit(comm, &training->counts.words, &out->vocab, &training->fit, err) <
        0)
        return -1;
    if (r->heldout.count == 0)
        return 0;
    return learning_fit(comm, &heldout->counts.words, &out->vocab, &heldout->fit, err);
}

/* Collective.  Rank 0 says what came of it. */
static void report(struct comm *comm, const struct request *r, double start,
                   const struct outcome *out) {
    double peaks[] = {(double)ram_peak(),
                      (double)out->training.counts.words.peak_bytes};
    comm_max_f64(comm, peaks, 2);
    struct vocab_report it = {.out = r->out,
                              .tokens = out->vocab.size,
                              .size = r->size,
                              .min_count = r->min_count,
                              .lowers = normalizer_of(r).lowercase,
                              .strips = normalizer_of(r).strip_accents,
                              .learning = &out->learning,
                              .training = &out->training,
                              .heldout = r->heldout.count > 0 ? &out->heldout : NULL,
                              .seconds = timer_now() - start,
                              .peak_bytes = peaks[0],
                              .words_bytes = peaks[1]};
    if (comm_rank(comm) != 0)
        return;
    if (r->json)
        vocab_report_json(&it);
    else
        vocab_report_print(&it);
}

/* What is not there should be known before hours are spent.  Rank 0 alone writes, so
 * other hosts need have no such folder. */
static int check_out(struct comm *comm, const struct request *r, struct err *err) {
    int rc = comm_rank(comm) == 0 ? file_check_writable(r->out, err) : 0;
    return comm_agree(comm, rc, err);
}

static int agree_inputs(struct comm *comm, const struct request *r, struct outcome *out,
                        struct err *err) {
    int rc = resolve(out, r, err);
    return inputs_agree(comm, &out->source.config, &out->source.manifest,
                        &out->heldout_source.manifest, rc, err);
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    const struct request *r = args->request;
    double start = timer_now();
    struct outcome out = {0};
    mem_advise("lower --memory, or start fewer ranks on a host");
    int rc = check_out(comm, r, err);
    if (rc == 0)
        rc = agree_inputs(comm, r, &out, err);
    if (rc == 0)
        rc = learn(comm, r, &out, err);
    if (rc == 0)
        rc = judge(comm, r, &out, err);
    if (rc == 0)
        report(comm, r, start, &out);
    vocab_fini(&out.vocab);
    learning_fini(&out.learning);
    wordcount_fini(&out.training.counts);
    wordcount_fini(&out.heldout.counts);
    source_fini(&out.source);
    source_fini(&out.heldout_source);
    return rc;
}

/* ---- the command line ---- */

static const struct arg options[] = {
    ARG_INT("--size", SIZE_LEAST, SIZE_MOST, size, ARG_NEEDED,
            "tokens in all, special ones too"),
    ARG_TEXT("-o, --out", "FILE", out, ARG_NEEDED, "file to write"),
    PATHS_OPTIONS(paths),
    PATHS_FILTER(filter),
    ARG_FLAG("--cased", cased, "keep case and accents"),
    ARG_FLAG("--keep-accents", keep_accents, "keep them without case too"),
    ARG_FLAG("--strip-accents", strip_accents, "drop them with case too"),
    ARG_FLAG("--dotted-i", dotted_i,
             "lower-case I and \u0130 as Turkish and Azerbaijani do (Hugging Face "
             "cannot)"),
    ARG_FLAG("--no-chinese-characters", no_chinese,
             "ideographs are no words of their own"),
    ARG_INT("--alphabet", 1, SIZE_MOST, alphabet, NULL,
            "different characters at most (not given: 1000, or more until they are "
            "99.95 % of all)"),
    ARG_FLAG("--likelihood", likelihood,
             "merge by count(ab) / (count(a) count(b)), not by count(ab)"),
    ARG_INT("--min-count", 1, INT64_MAX, min_count, NULL,
            "pairs rarer than this stay apart (not given: 2, or 100 with "
            "--likelihood)"),
    ARG_INT("--min-word-count", 1, INT64_MAX, min_word_count, "1",
            "words rarer than this are not learnt from"),
    ARG_INT("--unused", 0, SIZE_MOST, unused, "0", "[unused…] reserved after [PAD]"),
    ARG_INT("--round", 1, SIZE_MOST, multiple, NULL,
            "make the size a multiple of this by more [unused…]"),
    ARG_BYTES("--memory", MEMORY_LEAST, memory_bytes, "1GiB", "for counts, each rank"),
    ARG_TEXT("--temporary", "DIR", temporary, NULL,
             "folder for counts that exceed it (not given: TMPDIR)"),
    ARG_TEXT("--state", "FILE", state, NULL, "keep counts here, and go on from them"),
    ARG_SECONDS("--save-every", save_seconds, "60s", "time between two of that"),
    ARG_LIST("--heldout", "PATH…", heldout, NULL, "paths to judge the vocabulary by"),
    ARG_FLAG("--json", json, "the report as one JSON object"),
    ARG_END};

static const char *temporary_folder(void) {
    const char *folder = getenv("TMPDIR");
    return folder && folder[0] ? folder : "/tmp";
}

/* What follows from other options where it is not given. */
static void complete(struct request *r, const struct args *args) {
    r->paths.words = &args->words;
    r->paths.origin = "command line";
    r->settings = &args->settings;
    if (r->min_count == 0) /* rare pairs have high likelihoods */
        r->min_count = r->likelihood ? 100 : 2;
    if (r->temporary == NULL)
        r->temporary = temporary_folder();
}

static int check(const struct args *args, struct err *err) {
    struct request *r = args->request;
    complete(r, args);
    if (r->unused > r->size - SIZE_LEAST)
        return args_refuse(args, err, "--unused N leaves less than %d of --size %lld",
                           SIZE_LEAST, (long long)r->size);
    if (r->multiple > SIZE_MOST - r->size)
        return args_refuse(args, err, "--round N may not lead over %d tokens",
                           SIZE_MOST);
    if (r->keep_accents && r->strip_accents)
        return args_refuse(args, err,
                           "--keep-accents and --strip-accents exclude each other");
    if (r->dotted_i && r->cased)
        return args_refuse(args, err,
                           "--dotted-i is about small letters; --cased keeps capitals");
    return 0;
}

const struct command cmd_vocab = {
    .name = "vocab",
    .words = "PATH…",
    .summary = "Learn a WordPiece vocabulary",
    .example = "  mpirun -n 8 mpibert vocab --size 30522 --out vocab.txt "
               "'shards/*.tar.gz'\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .check = check,
    .job = job};
