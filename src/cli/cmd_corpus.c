/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert corpus: what a corpus holds, its duplicates, and new shards of it.  A row a
 * sub-command, each with options of its own beside those that say which corpus. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mpi/agree.h"
#include "src/base/parse.h"
#include "src/base/timer.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/corpus_print.h"
#include "src/cli/job.h"
#include "src/cli/paths.h"
#include "src/core/vocab.h"
#include "src/corpus/dedup.h"
#include "src/corpus/extract.h"
#include "src/corpus/reshard.h"
#include "src/data/tallies.h"
#include "src/data/wordlist.h"
#include "src/train/inputs.h"

enum { ARGS_MAX = 12 };

/* What a command line asks for. */
struct wish {
    const char *format, *text_key, *filter; /* of the corpus */
    const char *out, *form, *shard_text, *memory, *vocab;
    int64_t samples, shards, seed, level;
    bool json, fold, cased;
};

/* A sub-command at work. */
struct task {
    struct comm *comm;
    const struct wish *wish;
    struct config config;
    struct manifest manifest;
};

struct subcommand {
    const char *name, *usage, *help;
    void (*table)(struct wish *wish, struct arg table[ARGS_MAX]);
    int (*check)(const struct wish *wish, struct err *err); /* 64 */
    int (*run)(struct task *task, struct err *err);
};

/* Rows of a table of options. */
/* clang-format off */
#define CORPUS_ARGS(wish)                                                              \
    {"--format", ARG_TEXT, &(wish)->format, "of the shards (auto: by their content)"}, \
    {"--text-key", ARG_TEXT, &(wish)->text_key, "where JSON has the text"},            \
    {"--filter", ARG_TEXT, &(wish)->filter, "none, wiki, web or books (none)"}
#define OUTPUT_ARGS(wish)                                                              \
    {"-o, --out", ARG_TEXT, &(wish)->out, "folder to make"},                           \
    {"--as", ARG_TEXT, &(wish)->form, "jsonl or tar, both in zstd (jsonl)"},           \
    {"--level", ARG_INT, &(wish)->level, "of zstd, 1 to 19 (10)"}
/* clang-format on */

/* ---- which corpus ---- */

static bool is_yaml(const char *path) {
    size_t n = strlen(path);
    return (n > 5 && strcmp(path + n - 5, ".yaml") == 0) ||
           (n > 4 && strcmp(path + n - 4, ".yml") == 0);
}

/* Collective.  CONFIG.yaml's sources, or paths. */
static int make_config(struct comm *comm, const struct args *args,
                       const struct wish *wish, struct config *config,
                       struct err *err) {
    const char *first = args->words.list[0];
    bool yaml = args->words.count == 1 && is_yaml(first);
    if (yaml && (wish->format || wish->text_key))
        return err_set(err, ERR_USAGE,
                       "corpus: --format and --text-key go with paths; %s says them "
                       "itself",
                       first);
    if (job_config(comm, args, yaml ? first : NULL, config, err) < 0)
        return -1;
    const struct paths paths = {&args->words, "command line", wish->format,
                                wish->text_key};
    if ((!yaml && paths_set(config, "data.sources", &paths, err) < 0) ||
        (wish->filter &&
         config_set(config, "data.filter", wish->filter, "--filter", err) < 0)) {
        config_fini(config);
        return -1;
    }
    if (config->source_count > 0)
        return 0;
    config_fini(config);
    return err_set(err, ERR_CONFIG, "%s: has no data.sources", first);
}

/* ---- stats ---- */

static void stats_table(struct wish *wish, struct arg table[ARGS_MAX]) {
    const struct arg rows[] = {
        CORPUS_ARGS(wish),
        {"--samples", ARG_INT, &wish->samples, "of what each rule drops (3)"},
        {"--vocab", ARG_TEXT, &wish->vocab, "count its tokens too"},
        {"--cased", ARG_FLAG, &wish->cased,
         "the vocabulary is cased (else as it says)"},
        {"--json", ARG_FLAG, &wish->json, "one JSON object on standard output"},
        {NULL, ARG_FLAG, NULL, NULL}};
    memcpy(table, rows, sizeof rows);
}

static int stats_check(const struct wish *wish, struct err *err) {
    if (wish->samples < 0 || wish->samples > REPORT_SAMPLES_MAX)
        return err_set(err, ERR_USAGE, "corpus stats: --samples is from 0 to %d",
                       REPORT_SAMPLES_MAX);
    return 0;
}

static int stats(struct task *t, struct err *err) {
    const struct wish *wish = t->wish;
    struct vocab vocab = {0};
    struct stats stats;
    struct stats_options options = {.samples = (int)wish->samples,
                                    .normalizer = {.clean_text = true,
                                                   .chinese_chars = true,
                                                   .strip_accents = !wish->cased,
                                                   .lowercase = !wish->cased}};
    int rc = 0;
    if (wish->vocab)
        rc = wordlist_open(wish->vocab, wish->cased, &vocab, &options.normalizer, err);
    if (wish->vocab)
        options.vocab = &vocab;
    rc = comm_agree(t->comm, rc, err);
    if (rc == 0)
        rc = stats_run(t->comm, &t->config, &t->manifest, &options, &stats, err);
    if (rc == 0 && comm_rank(t->comm) == 0)
        (wish->json ? corpus_print_json : corpus_print_text)(&t->manifest, &stats);
    if (rc == 0) {
        if (stats.fault.code != ERR_NONE)
            *err = stats.fault;
        rc = stats.fault.code != ERR_NONE ? -1 : 0;
        stats_fini(&stats);
    }
    vocab_fini(&vocab);
    return rc;
}

/* ---- dedup ---- */

static void dedup_table(struct wish *wish, struct arg table[ARGS_MAX]) {
    const struct arg rows[] = {
        CORPUS_ARGS(wish),
        {"-o, --out", ARG_TEXT, &wish->out, "drop list to write"},
        {"--fold", ARG_FLAG, &wish->fold,
         "compare letters and digits alone, whatever their case, accents, value"},
        {NULL, ARG_FLAG, NULL, NULL}};
    memcpy(table, rows, sizeof rows);
}

static int dedup_check(const struct wish *wish, struct err *err) {
    if (wish->out == NULL)
        return err_set(err, ERR_USAGE, "corpus dedup: --out FILE is needed");
    return 0;
}

static void print_ledger(const struct tally *tally) {
    tallies_print(tally);
    tallies_print_balance(tally);
}

static int dedup(struct task *t, struct err *err) {
    struct dedup_result r;
    double start = timer_now();
    int rc = dedup_run(t->comm, &t->config, &t->manifest, t->wish->fold, t->wish->out,
                       &r, err);
    if (rc < 0 || comm_rank(t->comm) > 0)
        return rc;
    print_ledger(&r.tally);
    printf("%s: %" PRIu64 " of %" PRIu64
           " documents are to be dropped, copies of %" PRIu64
           " texts (the commonest is there %" PRIu64 " times)\n",
           t->wish->out, r.duplicates, r.documents, r.copied, r.most_copies);
    printf("%.1f s; %.1f MB for hashes on all ranks together\n", timer_now() - start,
           2e-6 * DEDUP_RECORD_BYTES * (double)r.documents);
    printf("use it: --set filter.drop_list=%s\n", t->wish->out);
    return 0;
}

/* ---- what writes shards ---- */

static int output_check(const struct wish *wish, struct err *err) {
    if (wish->out == NULL || wish->out[0] == '\0')
        return err_set(err, ERR_USAGE, "corpus: --out FOLDER is needed");
    if (strcmp(wish->form, "jsonl") != 0 && strcmp(wish->form, "tar") != 0)
        return err_set(err, ERR_USAGE, "corpus: --as %s: is jsonl or tar", wish->form);
    if (wish->level < 1 || wish->level > 19)
        return err_set(err, ERR_USAGE, "corpus: --level is from 1 to 19");
    return 0;
}

static int bytes_check(const char *name, const char *text, struct err *err) {
    int64_t bytes;
    if (parse_bytes(text, &bytes) < 0 || bytes < 1 << 10)
        return err_set(err, ERR_USAGE,
                       "corpus: %s %s: is a size of 1KiB at least, as 512MiB", name,
                       text);
    return 0;
}

static struct output_options output_options(const struct wish *wish) {
    bool tar = strcmp(wish->form, "tar") == 0;
    return (struct output_options){wish->out, tar ? PACK_TAR : PACK_JSONL,
                                   (int)wish->level};
}

static void print_output(const struct wish *wish, const struct tally *tally,
                         const struct output_counts *counts, double seconds) {
    print_ledger(tally);
    printf(
        "%s: %" PRIu64 " documents in %" PRIu64 " shards, %.1f MB of text in %.1f MB; "
        "%.1f s\n",
        wish->out, counts->documents, counts->files, 1e-6 * (double)counts->text_bytes,
        1e-6 * (double)counts->stored_bytes, seconds);
    if (counts->pieces > counts->documents)
        printf("cut into %" PRIu64 ", as their lines of JSON would be too long\n",
               counts->pieces);
}

/* ---- extract ---- */

static void extract_table(struct wish *wish, struct arg table[ARGS_MAX]) {
    const struct arg rows[] = {CORPUS_ARGS(wish),
                               OUTPUT_ARGS(wish),
                               {"--shard-text", ARG_TEXT, &wish->shard_text,
                                "text in a shard at most (512MiB)"},
                               {NULL, ARG_FLAG, NULL, NULL}};
    memcpy(table, rows, sizeof rows);
}

static int extract_check(const struct wish *wish, struct err *err) {
    return output_check(wish, err) < 0
               ? -1
               : bytes_check("--shard-text", wish->shard_text, err);
}

static int extract(struct task *t, struct err *err) {
    struct output_options options = output_options(t->wish);
    struct output_counts counts;
    struct tally tally;
    int64_t bytes = 0;
    double start = timer_now();
    parse_bytes(t->wish->shard_text, &bytes);
    int rc = extract_run(t->comm, &t->config, &t->manifest, &options, bytes, &tally,
                         &counts, err);
    if (rc == 0 && comm_rank(t->comm) == 0)
        print_output(t->wish, &tally, &counts, timer_now() - start);
    return rc;
}

/* ---- reshard ---- */

static void reshard_table(struct wish *wish, struct arg table[ARGS_MAX]) {
    const struct arg rows[] = {
        CORPUS_ARGS(wish),
        OUTPUT_ARGS(wish),
        {"--shards", ARG_INT, &wish->shards, "how many to make"},
        {"--seed", ARG_INT, &wish->seed, "of the order of documents (0)"},
        {"--memory", ARG_TEXT, &wish->memory,
         "for documents, a rank: with less the corpus is read more often (2GiB)"},
        {NULL, ARG_FLAG, NULL, NULL}};
    memcpy(table, rows, sizeof rows);
}

static int reshard_check(const struct wish *wish, struct err *err) {
    if (output_check(wish, err) < 0)
        return -1;
    if (wish->shards < 1 || wish->shards > 100000)
        return err_set(err, ERR_USAGE,
                       "corpus reshard: --shards N is needed, 1 to 100000");
    if (wish->seed < 0)
        return err_set(err, ERR_USAGE, "corpus reshard: --seed is 0 or more");
    return bytes_check("--memory", wish->memory, err);
}

static int reshard(struct task *t, struct err *err) {
    const struct wish *wish = t->wish;
    struct reshard_options options = {.output = output_options(wish),
                                      .shards = (int)wish->shards,
                                      .seed = (uint64_t)wish->seed};
    struct reshard_result r;
    double start = timer_now();
    parse_bytes(wish->memory, &options.memory_bytes);
    int rc = reshard_run(t->comm, &t->config, &t->manifest, &options, &r, err);
    if (rc < 0 || comm_rank(t->comm) > 0)
        return rc;
    print_output(wish, &r.tally, &r.counts, timer_now() - start);
    printf("%" PRIu64 " documents kept, %" PRIu64
           " written; the corpus was read %d times\n",
           r.tally.documents_kept, r.counts.documents, 1 + r.passes);
    return 0;
}

/* ---- the command ---- */

static const struct subcommand subcommands[] = {
    {"stats", "PATH…|CONFIG.yaml [--filter F] [--samples N] [--vocab FILE] [--json]",
     "What a corpus holds, where it is damaged, and what filters make of it",
     stats_table, stats_check, stats},
    {"dedup", "PATH…|CONFIG.yaml --out FILE [--fold] [--filter F]",
     "A drop list of documents that are there more than once", dedup_table, dedup_check,
     dedup},
    {"extract", "PATH…|CONFIG.yaml --out FOLDER [--filter F] [--as jsonl|tar]",
     "What the filters keep, shard by shard into new ones", extract_table,
     extract_check, extract},
    {"reshard",
     "PATH…|CONFIG.yaml --out FOLDER --shards N [--filter F] [--as jsonl|tar]",
     "The same documents, shuffled, in shards of about equal size", reshard_table,
     reshard_check, reshard},
};
enum { SUBCOMMANDS = sizeof subcommands / sizeof *subcommands };

static int print_overview(void) {
    printf("mpibert corpus: jobs over a whole corpus, alone or under mpirun.\n\n");
    for (int i = 0; i < SUBCOMMANDS; i++)
        printf("  mpibert corpus %s %s\n      %s.\n", subcommands[i].name,
               subcommands[i].usage, subcommands[i].help);
    printf("\nPATH is a file or a pattern.  `mpibert help corpus stats` and so on list "
           "the "
           "options.\n");
    return 0;
}

static int run(const struct subcommand *sub, struct task *t, struct err *err) {
    int rc =
        manifest_init(&t->manifest, t->config.sources, t->config.source_count, err);
    rc = inputs_agree(t->comm, &t->config, &t->manifest, NULL, rc, err);
    if (rc == 0)
        rc = inputs_agree_file(t->comm, "--vocab", t->wish->vocab, err);
    if (rc == 0)
        rc = sub->run(t, err);
    manifest_fini(&t->manifest);
    return rc;
}

static int run_subcommand(const struct subcommand *sub, int argc, char **argv,
                          struct err *err) {
    struct wish wish = {.form = "jsonl",
                        .shard_text = "512MiB",
                        .memory = "2GiB",
                        .samples = 3,
                        .level = 10};
    struct arg table[ARGS_MAX];
    char name[32];
    snprintf(name, sizeof name, "corpus %s", sub->name);
    struct args args = {.command = name,
                        .usage = sub->usage,
                        .what = sub->help,
                        .table = table,
                        .takes_settings = true,
                        .least = 1,
                        .most = 1 << 20};
    struct task task = {.wish = &wish};
    sub->table(&wish, table);
    int rc = args_parse(&args, argc, argv, err);
    if (args.help) {
        args_fini(&args);
        return 0;
    }
    if (rc == 0)
        rc = sub->check(&wish, err);
    rc = job_begin(&task.comm, argc, argv, rc, err);
    if (rc == 0)
        rc = make_config(task.comm, &args, &wish, &task.config, err);
    if (rc == 0)
        rc = run(sub, &task, err);
    rc = job_end(task.comm, rc, err);
    config_fini(&task.config);
    args_fini(&args);
    return rc;
}

int cmd_corpus(int argc, char **argv, struct err *err) {
    if (argc < 2)
        return err_set(err, ERR_USAGE,
                       "corpus: stats, dedup, extract or reshard? (try `mpibert help "
                       "corpus`)");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return print_overview();
    for (int i = 0; i < SUBCOMMANDS; i++)
        if (strcmp(subcommands[i].name, argv[1]) == 0)
            return run_subcommand(&subcommands[i], argc - 1, argv + 1, err);
    return err_set(err, ERR_USAGE,
                   "corpus: '%s' is not stats, dedup, extract or reshard (try `mpibert "
                   "help corpus`)",
                   argv[1]);
}
