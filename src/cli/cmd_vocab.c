/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert vocab: a WordPiece vocabulary from shards, the same file for any number of ranks. */
#include <stdio.h>

#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/text/learn.h"
#include "src/train/tallies.h"
#include "src/corpus/wordcount.h"

struct wish {
    int64_t size, min_count, alphabet;
    bool cased;
    const char *out, *format;
    const struct words *paths;
};

static int make_specs(const struct wish *wish, struct config *config, struct err *err) {
    config_init(config);
    for (int i = 0; i < wish->paths->count; i++) {
        char key[48];
        snprintf(key, sizeof key, "data.sources[%d].path", i);
        if (config_set(config, key, wish->paths->list[i], "command line", err) < 0)
            return -1;
        snprintf(key, sizeof key, "data.sources[%d].format", i);
        if (config_set(config, key, wish->format, "--format", err) < 0)
            return -1;
    }
    return 0;
}

static int learn(const struct wish *wish, const struct map *counts, struct err *err) {
    struct learn_options options = {(int32_t)wish->size, (uint64_t)wish->min_count,
                                    (int32_t)wish->alphabet};
    struct str text = {0};
    double start = timer_now();
    learn_vocabulary(counts, &options, &text);
    int rc = file_write_atomic(wish->out, text.data, text.size, err);
    int64_t tokens = 0;
    for (size_t i = 0; i < text.size; i++)
        tokens += text.data[i] == '\n';
    if (rc == 0)
        printf("%s: %lld tokens learnt from %zu different words in %.1f s\n", wish->out,
               (long long)tokens, counts->count, timer_now() - start);
    str_fini(&text);
    return rc;
}

static int run(struct comm *comm, const struct wish *wish, struct err *err) {
    struct config config;
    struct manifest manifest = {0};
    int rc = make_specs(wish, &config, err);
    if (rc == 0)
        rc = manifest_init(&manifest, config.sources, config.source_count, err);
    rc = comm_agree(comm, rc, err);
    const struct normalizer_options how = {true, true, !wish->cased, !wish->cased};
    struct map counts;
    struct tally tally;
    double start = timer_now();
    if (rc == 0 && (rc = wordcount(comm, &manifest, &how, &counts, &tally, err)) == 0) {
        if (comm_rank(comm) == 0) {
            printf("counted words in %.1f s\n", timer_now() - start);
            tallies_print(&tally);
            tallies_print_balance(&tally);
            rc = learn(wish, &counts, err);
        }
        map_fini(&counts);
        rc = comm_agree(comm, rc, err);
    }
    manifest_fini(&manifest);
    config_fini(&config);
    return rc;
}

static int check(const struct wish *wish, struct err *err) {
    if (wish->size < 16 || wish->size > 1 << 20)
        return err_set(err, ERR_USAGE, "vocab: --size N is needed, from 16 to 1048576");
    if (wish->out == NULL)
        return err_set(err, ERR_USAGE, "vocab: --out FILE is needed");
    if (wish->min_count < 1 || wish->alphabet < 1 || wish->alphabet > 1 << 20)
        return err_set(err, ERR_USAGE, "vocab: --min-count and --alphabet are at least 1");
    return 0;
}

int cmd_vocab(int argc, char **argv, struct err *err) {
    struct wish wish = {.min_count = 2, .alphabet = 1000, .format = "auto"};
    const struct arg table[] = {
        {"--size", ARG_INT, &wish.size, "tokens in all, special ones too"},
        {"--cased", ARG_FLAG, &wish.cased, "keep case and accents"},
        {"--out", ARG_TEXT, &wish.out, "file to write"},
        {"--format", ARG_TEXT, &wish.format, "of the shards (auto: by their content)"},
        {"--min-count", ARG_INT, &wish.min_count, "pairs rarer than this stay apart (2)"},
        {"--alphabet", ARG_INT, &wish.alphabet, "different characters at most (1000)"},
        {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "vocab", .table = table, .least = 1, .most = 1 << 20};
    struct comm *comm;
    int rc = args_parse(&args, argc, argv, err);
    if (args.help) {
        args_fini(&args);
        return 0;
    }
    wish.paths = &args.words;
    if (rc == 0)
        rc = check(&wish, err);
    rc = job_begin(&comm, argc, argv, rc, err);
    if (rc == 0)
        rc = run(comm, &wish, err);
    rc = job_end(comm, rc, err);
    args_fini(&args);
    return rc;
}
