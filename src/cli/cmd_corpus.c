/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert corpus: jobs over a whole corpus.  Each part is a command of its own
 * (cmd_corpus_….c); what they share is here. */
#include "src/cli/cmd_corpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/data/tallies.h"
#include "src/train/inputs.h"

/* Collective.  CONFIG.yaml's sources, or paths. */
static int make_config(struct comm *comm, const struct args *args,
                       struct config *config, struct err *err) {
    const struct cmd_corpus *corpus = args->request;
    const char *first = args->words.list[0];
    bool yaml = args->words.count == 1 && paths_is_yaml(first);
    struct paths paths = corpus->paths;
    if (yaml && (paths.format || paths.text_key))
        return args_refuse(args, err,
                           "--format and --text-key go with paths; %s says them itself",
                           first);
    if (job_config(comm, &args->settings, yaml ? first : NULL, config, err) < 0)
        return -1;
    paths.words = &args->words;
    paths.origin = "command line";
    if (!yaml && paths_set(config, "data.sources", &paths, err) < 0)
        return -1;
    return config->source_count > 0
               ? 0
               : err_set(err, ERR_CONFIG, "%s: has no data.sources", first);
}

int cmd_corpus_open(struct comm *comm, const struct args *args,
                    struct cmd_corpus_input *input, struct err *err) {
    *input = (struct cmd_corpus_input){0};
    struct config *config = &input->config;
    if (make_config(comm, args, config, err) < 0)
        return -1;
    int rc =
        manifest_init(&input->manifest, config->sources, config->source_count, err);
    return inputs_agree(comm, config, &input->manifest, NULL, rc, err);
}

void cmd_corpus_close(struct cmd_corpus_input *input) {
    manifest_fini(&input->manifest);
    config_fini(&input->config);
}

/* ---- what writes shards ---- */

struct output_options cmd_corpus_output(const struct cmd_corpus_output *output) {
    bool tar = strcmp(output->form, "tar") == 0;
    return (struct output_options){output->folder, tar ? SHARD_TAR : SHARD_JSONL,
                                   (int)output->level};
}

void cmd_corpus_print_ledger(const struct tally *tally) {
    tallies_print(tally);
    tallies_print_balance(tally);
}

void cmd_corpus_print_output(const struct cmd_corpus_output *output,
                             const struct tally *tally,
                             const struct output_counts *counts, double seconds) {
    cmd_corpus_print_ledger(tally);
    printf("%s: %" PRIu64 " documents in %" PRIu64
           " shards, %.1f MB of text in %.1f MB; "
           "%.1f s\n",
           output->folder, counts->documents, counts->files,
           1e-6 * (double)counts->text_bytes, 1e-6 * (double)counts->stored_bytes,
           seconds);
    if (counts->pieces > counts->documents)
        printf("cut into %" PRIu64 ", as their lines of JSON would be too long\n",
               counts->pieces);
}

const struct command cmd_corpus = {
    .name = "corpus",
    .summary = "Statistics, duplicates, clean or new shards of a corpus",
    .example =
        "  mpirun -n 8 mpibert corpus stats 'shards/*.tar.gz' --filter wiki\n"
        "  mpirun -n 8 mpibert corpus reshard 'raw/*' --out shards --shards 64\n"};
