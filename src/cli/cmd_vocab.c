/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert vocab: a WordPiece vocabulary from shards, the same file for any number of
 * ranks. */
#include <stdio.h>
#include <stdlib.h>

#include "io/convert/vocab_note.h"
#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/parse.h"
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

/* The command line. */
struct wish {
    int64_t size, min_count, min_word_count, alphabet, unused, multiple, memory_bytes;
    bool cased, keep_accents, strip_accents, no_chinese, dotted_i, likelihood, json;
    const char *out, *format, *filter, *memory, *temporary, *state, *save_every;
    double save_seconds;
    struct words heldout;
    const struct words *paths;
};

/* ---- the work ---- */

static struct normalizer_options normalizer_of(const struct wish *wish) {
    return (struct normalizer_options){
        .clean_text = true,
        .chinese_chars = !wish->no_chinese,
        .strip_accents = wish->strip_accents || (!wish->cased && !wish->keep_accents),
        .lowercase = !wish->cased,
        .dotted_i = wish->dotted_i};
}

static struct learn_options learn_options_of(const struct wish *wish) {
    return (struct learn_options){
        .size = (int32_t)wish->size,
        .min_count = (uint64_t)wish->min_count,
        .letters = (int32_t)(wish->alphabet ? wish->alphabet : LETTERS),
        .coverage = wish->alphabet ? 0 : COVERAGE,
        .unused = (int32_t)wish->unused,
        .multiple = (int32_t)wish->multiple,
        .likelihood = wish->likelihood};
}

/* Some paths, resolved. */
struct source {
    struct config config;
    struct manifest manifest;
};

static int source_init(struct source *source, const struct words *words,
                       const char *format, struct err *err) {
    const struct paths paths = {
        .words = words, .origin = "command line", .format = format};
    struct config *config = &source->config;
    config_init(config);
    if (paths_set(config, "data.sources", &paths, err) < 0)
        return -1;
    return manifest_init(&source->manifest, config->sources, config->source_count, err);
}

static void source_fini(struct source *source) {
    manifest_fini(&source->manifest);
    config_fini(&source->config);
}

static int count(struct comm *comm, const struct source *source,
                 const struct wish *wish, const char *state, struct wordcount *counts,
                 struct err *err) {
    struct wordcount_options options = {.config = &source->config,
                                        .normalizer = normalizer_of(wish),
                                        .memory_bytes = (size_t)wish->memory_bytes,
                                        .folder = wish->temporary,
                                        .state = state,
                                        .save_seconds = wish->save_seconds};
    return wordcount_run(comm, &source->manifest, &options, counts, err);
}

/* All that a run makes. */
struct outcome {
    struct source source, heldout_source;
    struct vocab_text training, heldout;
    struct learning learning;
    struct vocab vocab;
};

/* What is not there should be known before hours are spent. */
static int resolve(struct outcome *out, const struct wish *wish, struct err *err) {
    if (file_check_writable(wish->out, err) < 0 ||
        source_init(&out->source, wish->paths, wish->format, err) < 0 ||
        config_set(&out->source.config, "data.filter", wish->filter, "--filter", err) <
            0)
        return -1;
    if (wish->heldout.count == 0)
        return 0;
    return source_init(&out->heldout_source, &wish->heldout, wish->format, err);
}

/* The vocabulary, and the note of how text is made for it. */
static int write_vocabulary(const struct wish *wish, struct slice text,
                            struct err *err) {
    struct normalizer_options n = normalizer_of(wish);
    struct learn_options l = learn_options_of(wish);
    const struct vocab_note note = {.lowercase = n.lowercase,
                                    .strip_accents = n.strip_accents,
                                    .chinese_chars = n.chinese_chars,
                                    .clean_text = n.clean_text,
                                    .dotted_i = n.dotted_i};
    const struct vocab_making making = {.size = wish->size,
                                        .min_count = wish->min_count,
                                        .min_word_count = wish->min_word_count,
                                        .letters = l.letters,
                                        .unused = wish->unused,
                                        .multiple = wish->multiple,
                                        .coverage = l.coverage,
                                        .by = l.likelihood ? "likelihood" : "count",
                                        .filter = wish->filter};
    if (file_write_atomic(wish->out, text.data, text.size, err) < 0)
        return -1;
    return vocab_note_write(wish->out, text, &note, &making, err);
}

static int learn(struct comm *comm, const struct wish *wish, struct outcome *out,
                 struct err *err) {
    struct learn_options options = learn_options_of(wish);
    struct wordcount *counts = &out->training.counts;
    const struct str *text = &out->learning.text;
    if (count(comm, &out->source, wish, wish->state, counts, err) < 0 ||
        learning_run(comm, &counts->words, &options, (uint64_t)wish->min_word_count,
                     (size_t)wish->memory_bytes / 8, &out->learning, err) < 0)
        return -1;
    if (out->learning.characters == 0)
        return err_set(
            err, ERR_DATA, "vocab: there is no word in %s%s: nothing to learn from",
            wish->paths->list[0], wish->paths->count > 1 ? " and the other paths" : "");
    int rc = vocab_parse(&out->vocab, str_slice(text), wish->out, err);
    if (rc == 0 && comm_rank(comm) == 0)
        rc = write_vocabulary(wish, str_slice(text), err);
    return comm_agree(comm, rc, err);
}

/* What the vocabulary makes of the training text and, if there is any, of held-out. */
static int judge(struct comm *comm, const struct wish *wish, struct outcome *out,
                 struct err *err) {
    struct vocab_text *training = &out->training, *heldout = &out->heldout;
    if (learning_fit(comm, &training->counts.words, &out->vocab, &training->fit, err) <
        0)
        return -1;
    if (wish->heldout.count == 0)
        return 0;
    if (count(comm, &out->heldout_source, wish, NULL, &heldout->counts, err) < 0)
        return -1;
    return learning_fit(comm, &heldout->counts.words, &out->vocab, &heldout->fit, err);
}

/* Collective.  Rank 0 says what came of it. */
static void report(struct comm *comm, const struct wish *wish, double start,
                   const struct outcome *out) {
    double peaks[] = {(double)ram_peak(),
                      (double)out->training.counts.words.peak_bytes};
    comm_max_f64(comm, peaks, 2);
    struct vocab_report it = {.out = wish->out,
                              .tokens = out->vocab.size,
                              .size = wish->size,
                              .min_count = wish->min_count,
                              .lowers = normalizer_of(wish).lowercase,
                              .strips = normalizer_of(wish).strip_accents,
                              .learning = &out->learning,
                              .training = &out->training,
                              .heldout = wish->heldout.count > 0 ? &out->heldout : NULL,
                              .seconds = timer_now() - start,
                              .peak_bytes = peaks[0],
                              .words_bytes = peaks[1]};
    if (comm_rank(comm) != 0)
        return;
    if (wish->json)
        vocab_report_json(&it);
    else
        vocab_report_print(&it);
}

static int run(struct comm *comm, const struct wish *wish, struct err *err) {
    double start = timer_now();
    struct outcome out = {0};
    int rc = resolve(&out, wish, err);
    rc = inputs_agree(comm, &out.source.config, &out.source.manifest,
                      &out.heldout_source.manifest, rc, err);
    if (rc == 0)
        rc = learn(comm, wish, &out, err);
    if (rc == 0)
        rc = judge(comm, wish, &out, err);
    if (rc == 0)
        report(comm, wish, start, &out);
    vocab_fini(&out.vocab);
    learning_fini(&out.learning);
    wordcount_fini(&out.training.counts);
    wordcount_fini(&out.heldout.counts);
    source_fini(&out.source);
    source_fini(&out.heldout_source);
    return rc;
}

/* ---- the command line ---- */

static int check_sizes(struct wish *wish, struct err *err) {
    if (wish->size < SIZE_LEAST || wish->size > SIZE_MOST)
        return err_set(err, ERR_USAGE, "vocab: --size N is needed, from %d to %d",
                       SIZE_LEAST, SIZE_MOST);
    if (wish->min_count == 0) /* rare pairs have high likelihoods */
        wish->min_count = wish->likelihood ? 100 : 2;
    if (wish->min_count < 1 || wish->min_word_count < 1 || wish->alphabet < 0 ||
        wish->alphabet > SIZE_MOST)
        return err_set(err, ERR_USAGE,
                       "vocab: --min-count, --min-word-count and --alphabet are at "
                       "least 1");
    if (wish->unused < 0 || wish->unused > wish->size - SIZE_LEAST)
        return err_set(err, ERR_USAGE,
                       "vocab: --unused N leaves less than %d of --size %lld",
                       SIZE_LEAST, (long long)wish->size);
    if (wish->multiple < 0 || wish->multiple > SIZE_MOST - wish->size)
        return err_set(err, ERR_USAGE,
                       "vocab: --round N is from 1, and may not lead over %d tokens",
                       SIZE_MOST);
    return 0;
}

static int check(struct wish *wish, struct err *err) {
    if (check_sizes(wish, err) < 0)
        return -1;
    if (wish->out == NULL)
        return err_set(err, ERR_USAGE, "vocab: --out FILE is needed");
    if (wish->keep_accents && wish->strip_accents)
        return err_set(err, ERR_USAGE,
                       "vocab: --keep-accents and --strip-accents exclude each other");
    if (wish->dotted_i && wish->cased)
        return err_set(
            err, ERR_USAGE,
            "vocab: --dotted-i is about small letters; --cased keeps capitals");
    if (parse_bytes(wish->memory, &wish->memory_bytes) < 0 ||
        wish->memory_bytes < MEMORY_LEAST)
        return err_set(
            err, ERR_USAGE,
            "vocab: --memory is a size of at least 16KiB, as 512MiB; not '%s'",
            wish->memory);
    mem_advise("lower --memory, or start fewer ranks on a host");
    if (parse_duration(wish->save_every, &wish->save_seconds) < 0)
        return err_set(err, ERR_USAGE,
                       "vocab: --save-every is a time, as 90s or 10m; not '%s'",
                       wish->save_every);
    return 0;
}

static const char *temporary_folder(void) {
    const char *folder = getenv("TMPDIR");
    return folder && folder[0] ? folder : "/tmp";
}

static int work(struct args *args, struct wish *wish, int argc, char **argv,
                struct err *err) {
    struct comm *comm;
    int rc = args_parse(args, argc, argv, err);
    if (args->help)
        return 0;
    wish->paths = &args->words;
    if (rc == 0)
        rc = check(wish, err);
    rc = job_begin(&comm, argc, argv, rc, err);
    if (rc == 0)
        rc = run(comm, wish, err);
    return job_end(comm, rc, err);
}

int cmd_vocab(int argc, char **argv, struct err *err) {
    struct wish wish = {.min_word_count = 1,
                        .format = "auto",
                        .filter = "none",
                        .memory = "1GiB",
                        .save_every = "60s",
                        .temporary = temporary_folder()};
    const struct arg table[] = {
        {"--size", ARG_INT, &wish.size, "tokens in all, special ones too"},
        {"-o, --out", ARG_TEXT, &wish.out, "file to write"},
        {"--format", ARG_TEXT, &wish.format, "of the shards (auto: by their content)"},
        {"--filter", ARG_TEXT, &wish.filter,
         "learn from what this preset keeps (none)"},
        {"--cased", ARG_FLAG, &wish.cased, "keep case and accents"},
        {"--keep-accents", ARG_FLAG, &wish.keep_accents, "keep them without case too"},
        {"--strip-accents", ARG_FLAG, &wish.strip_accents, "drop them with case too"},
        {"--dotted-i", ARG_FLAG, &wish.dotted_i,
         "lower-case I and \u0130 as Turkish and Azerbaijani do (Hugging Face cannot)"},
        {"--no-chinese-characters", ARG_FLAG, &wish.no_chinese,
         "ideographs are no words of their own"},
        {"--alphabet", ARG_INT, &wish.alphabet,
         "different characters at most (1000, or more until they are 99.95 % of all)"},
        {"--likelihood", ARG_FLAG, &wish.likelihood,
         "merge by count(ab) / (count(a) count(b)), not by count(ab)"},
        {"--min-count", ARG_INT, &wish.min_count,
         "pairs rarer than this stay apart (2; 100 with --likelihood)"},
        {"--min-word-count", ARG_INT, &wish.min_word_count,
         "words rarer than this are not learnt from (1)"},
        {"--unused", ARG_INT, &wish.unused, "[unused…] reserved behind [PAD] (0)"},
        {"--round", ARG_INT, &wish.multiple,
         "make the size a multiple of this by more [unused…]"},
        {"--memory", ARG_TEXT, &wish.memory, "for counts, each rank (1GiB)"},
        {"--temporary", ARG_TEXT, &wish.temporary,
         "folder for counts that exceed it (TMPDIR)"},
        {"--state", ARG_TEXT, &wish.state, "keep counts here, and go on from them"},
        {"--save-every", ARG_TEXT, &wish.save_every, "time between two of that (60s)"},
        {"--heldout", ARG_LIST, &wish.heldout, "paths to judge the vocabulary by"},
        {"--json", ARG_FLAG, &wish.json, "the report as one JSON object"},
        {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {
        .command = "vocab", .table = table, .least = 1, .most = 1 << 20};
    int rc = work(&args, &wish, argc, argv, err);
    words_fini(&wish.heldout);
    args_fini(&args);
    return rc;
}
