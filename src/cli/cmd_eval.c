/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert eval: loss and accuracy on held-out text, the same on any number of ranks. */
#include <stdio.h>
#include <string.h>

#include "io/syntax/json.h"
#include "mpi/agree.h"
#include "src/base/mem.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/cli/number.h"
#include "src/cli/paths.h"
#include "src/data/tallies.h"
#include "src/infer/bundle.h"
#include "src/train/evaluate.h"
#include "src/train/inputs.h"
#include "src/train/notes.h"
#include "src/train/threads.h"

static void print_json(const struct bundle *bundle, const struct evaluation *e) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    json_open(&w, NULL, '{');
    for (int i = 0; i < OBJECTIVES; i++) {
        if (!objectives_told(bundle->objectives, i))
            continue;
        number_put(&w, objective_words[i].loss, e->of[i].loss);
        number_put(&w, objective_words[i].accuracy, e->of[i].accuracy);
    }
    number_put(&w, "unigram_entropy", e->unigram_entropy);
    number_put(&w, "unk_share", evaluation_unknown(e));
    json_put_int(&w, "tokens", (int64_t)e->tokens);
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_told(bundle->objectives, i))
            json_put_int(&w, objective_words[i].unit, (int64_t)e->of[i].count);
    json_put_int(&w, "sequences", (int64_t)e->sequences);
    json_put_int(&w, "documents", (int64_t)e->documents);
    json_close(&w, '}');
    printf("%s\n", text.data);
    str_fini(&text);
}

static void print_text(const struct bundle *bundle, const struct evaluation *e) {
    printf("%s, step %lld\n", bundle->name, (long long)bundle->step);
    for (int i = 0; i < OBJECTIVES; i++)
        if (e->of[i].count > 0)
            printf("  %-15s  loss %.4f  accuracy %.2f %%  (%llu %s)\n",
                   objective_words[i].what, e->of[i].loss, 100 * e->of[i].accuracy,
                   (unsigned long long)e->of[i].count, objective_words[i].unit);
    printf("  unigram entropy  %.4f nats: what guessing by frequency alone loses\n",
           e->unigram_entropy);
    printf("  %llu documents, %llu sequences of at most %lld tokens, %llu tokens\n",
           (unsigned long long)e->documents, (unsigned long long)e->sequences,
           (long long)bundle->config.train_sequence_length,
           (unsigned long long)e->tokens);
    tallies_print(&e->tally);
    tallies_print_balance(&e->tally);
    notes_examples(&bundle->config, &e->tally);
}

/* These files and all of them, whatever the run evaluated on. */
static int set_heldout(struct config *config, const struct words *paths,
                       const char *format, struct err *err) {
    const struct paths data = {.words = paths, .origin = "--data", .format = format};
    if (config_set(config, "evaluation.max_documents", NULL, "--data", err) < 0)
        return -1;
    return paths_set(config, "data.heldout", &data, err);
}

/* What the command line asks for. */
struct question {
    const char *checkpoint, *format;
    struct words paths;
    const struct args *args; /* --set */
    bool json;
};

static bool begins_with_one(const char *setting, const char *const keys[]) {
    for (size_t i = 0; keys[i]; i++)
        if (strncmp(setting, keys[i], strlen(keys[i])) == 0)
            return true;
    return false;
}

/* What evaluation depends on and a model leaves open: how text is read and cut into
 * examples. Another value of the rest would be ignored, or be another model: the
 * vocabulary and how text is made for it are the model's, and --data is the text. */
static bool is_open(const char *setting) {
    static const char *const open[] = {
        "data.", "evaluation.", "train.sequence_length=", "train.chunk_tokens=", NULL};
    static const char *const fixed[] = {
        "data.vocab=",         "data.lowercase=",     "data.clean_text=",
        "data.chinese_chars=", "data.strip_accents=", "data.dotted_i=",
        "data.sources",        "data.heldout",        NULL};
    return begins_with_one(setting, open) && !begins_with_one(setting, fixed);
}

static int take_settings(const struct args *args, struct config *config,
                         struct err *err) {
    for (int i = 0; i < args->settings.count; i++)
        if (!is_open(args->settings.list[i]))
            return err_set(
                err, ERR_CONFIG,
                "--set %s: eval does not depend on it, or the model has it fixed; "
                "data.*, evaluation.*, train.sequence_length and "
                "train.chunk_tokens may be set, and --data says what is read",
                args->settings.list[i]);
    if (args_settings(args, config, err) < 0)
        return -1;
    return config_check(config, err);
}

/* A checkpoint and what it is to be asked about. */
struct trial {
    struct bundle bundle;
    struct manifest manifest;
    struct heldout *heldout;
};

/* Collective, as each rank reads for itself. */
static int agree_inputs(struct trial *t, struct comm *comm, const struct question *q,
                        struct err *err) {
    struct config *config = &t->bundle.config;
    int rc = comm_agree(comm, bundle_load(q->checkpoint, &t->bundle, err), err);
    if (rc < 0 || inputs_agree_model(comm, &t->bundle, err) < 0)
        return -1;
    rc = set_heldout(config, &q->paths, q->format, err);
    if (rc == 0)
        rc = take_settings(q->args, config, err);
    if (rc == 0)
        rc = manifest_init(&t->manifest, config->heldout, config->heldout_count, err);
    if (inputs_agree(comm, NULL, NULL, &t->manifest, rc, err) < 0)
        return -1;
    return inputs_agree_file(comm, "data.punkt", config->data_punkt, err);
}

static int trial_open(struct trial *t, struct comm *comm, struct err *err) {
    const struct config *config = &t->bundle.config;
    t->heldout = heldout_create(config, &t->manifest, &t->bundle.vocab, comm_rank(comm),
                                comm_size(comm), err);
    return t->heldout ? 0 : -1;
}

static void trial_close(struct trial *t) {
    heldout_destroy(t->heldout);
    manifest_fini(&t->manifest);
    bundle_fini(&t->bundle);
}

static int run(struct comm *comm, const struct question *q, struct err *err) {
    struct trial t = {0};
    struct evaluation e;
    struct binding *binding = threads_begin(comm);
    mem_advise("lower --set train.chunk_tokens, or start fewer ranks on a host");
    threads_bind(binding);
    int rc = agree_inputs(&t, comm, q, err);
    if (rc == 0)
        rc = comm_agree(comm, trial_open(&t, comm, err), err);
    if (rc == 0) {
        const struct evaluation_input input = {&t.bundle.config,   NULL,
                                               t.heldout,          &t.bundle.vocab,
                                               &t.bundle.shape,    &t.bundle.weights,
                                               t.bundle.objectives};
        rc = evaluate(comm, &input, &e, err);
    }
    if (rc == 0 && comm_rank(comm) == 0) {
        notes_warn_unknown(&e.tally);
        if (q->json)
            print_json(&t.bundle, &e);
        else
            print_text(&t.bundle, &e);
    }
    trial_close(&t);
    binding_destroy(binding);
    return rc;
}

int cmd_eval(int argc, char **argv, struct err *err) {
    struct question q = {.format = "auto"};
    const struct arg table[] = {
        {"--data", ARG_LIST, &q.paths, "held-out files or patterns, as many as follow"},
        {"--format", ARG_TEXT, &q.format, "of these files (auto: by their content)"},
        {"--json", ARG_FLAG, &q.json, "one JSON object on standard output"},
        {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "eval",
                        .table = table,
                        .takes_settings = true,
                        .least = 1,
                        .most = 1};
    struct comm *comm;
    int rc = args_parse(&args, argc, argv, err);
    if (args.help) {
        args_fini(&args);
        return 0;
    }
    if (rc == 0 && q.paths.count == 0)
        rc = err_set(err, ERR_USAGE, "eval: --data PATH… is needed");
    rc = job_begin(&comm, argc, argv, rc, err);
    if (rc == 0) {
        q.checkpoint = args.words.list[0];
        q.args = &args;
        rc = run(comm, &q, err);
    }
    rc = job_end(comm, rc, err);
    words_fini(&q.paths);
    args_fini(&args);
    return rc;
}
