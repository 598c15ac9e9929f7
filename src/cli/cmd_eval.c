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
#include "src/core/text_flags.h"
#include "src/data/tallies.h"
#include "src/infer/bundle.h"
#include "src/train/evaluate.h"
#include "src/train/inputs.h"
#include "src/train/notes.h"
#include "src/train/program.h"
#include "src/train/threads.h"

struct request {
    struct words data;
    struct paths paths;
    bool json;
};

/* What its models are asked. */
static uint32_t asked(const struct bundle *bundle) {
    return bundle->objectives | bundle->generator;
}

static void print_json(const struct bundle *bundle, const struct evaluation *e) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    json_open(&w, NULL, '{');
    for (int i = 0; i < OBJECTIVES; i++) {
        if (!objectives_judged(asked(bundle), i))
            continue;
        number_put(&w, objective_words[i].loss, e->of[i].loss);
        number_put(&w, objective_words[i].accuracy, e->of[i].accuracy);
    }
    number_put(&w, "unigram_entropy", e->unigram_entropy);
    number_put(&w, "unk_share", evaluation_unknown(e));
    json_put_int(&w, "tokens", (int64_t)e->tokens);
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_judged(asked(bundle), i))
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

/* What a discriminator is asked about, a generator makes. */
static int check_models(const struct bundle *bundle, struct err *err) {
    if (!objectives_has(bundle->objectives, OBJECTIVE_RTD) || bundle->generator)
        return 0;
    return err_set(err, ERR_DATA,
                   "%s: is a discriminator without the generator whose tokens it tells "
                   "from the text's; `mpibert import DIR CHECKPOINT --generator DIR` "
                   "makes a checkpoint of both",
                   bundle->name);
}

/* These files and all of them, whatever the run evaluated on. */
static int set_heldout(struct config *config, const struct request *r,
                       struct err *err) {
    struct paths paths = r->paths;
    paths.words = &r->data;
    paths.origin = "--data";
    if (config_set(config, "evaluation.max_documents", NULL, "--data", err) < 0)
        return -1;
    return paths_set(config, "data.heldout", &paths, err);
}

/* Whether a key is one of these; "data." has all that begin so. */
static bool is_among(const char *key, const char *const names[]) {
    for (size_t i = 0; names[i]; i++) {
        size_t n = strlen(names[i]);
        bool all = names[i][n - 1] == '.' || names[i][n - 1] == '[';
        if (all ? strncmp(key, names[i], n) == 0 : strcmp(key, names[i]) == 0)
            return true;
    }
    return false;
}

/* What evaluation depends on and a model leaves open: how text is read and cut into
 * examples. Another value of the rest would be ignored, or be another model: the
 * vocabulary and how text is made for it are the model's, and --data is the text. */
static bool is_open(const char *key) {
    static const char *const open[] = {"data.", "evaluation.", "train.sequence_length",
                                       "train.chunk_tokens", NULL};
    static const char *const fixed[] = {"data.vocab",    "data.sources",
                                        "data.sources[", "data.heldout",
                                        "data.heldout[", NULL};
    return is_among(key, open) && !is_among(key, fixed) &&
           text_flags_owner(key) == TEXT_FLAG_NONE;
}

static int take_settings(const struct settings *settings, struct config *config,
                         struct err *err) {
    for (int i = 0; i < settings->count; i++)
        if (!is_open(settings->list[i].key))
            return err_set(
                err, ERR_CONFIG,
                "--set %s=%s: eval does not depend on it, or the model has it fixed; "
                "data.*, evaluation.*, train.sequence_length and "
                "train.chunk_tokens may be set, and --data says what is read",
                settings->list[i].key, settings->list[i].value);
    if (settings_apply(settings, config, err) < 0)
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
static int agree_inputs(struct trial *t, struct comm *comm, const struct args *args,
                        struct err *err) {
    const struct request *r = args->request;
    struct config *config = &t->bundle.config;
    int rc = comm_agree(comm, bundle_load(args->words.list[0], &t->bundle, err), err);
    if (rc < 0 || inputs_agree_model(comm, &t->bundle, err) < 0)
        return -1;
    rc = check_models(&t->bundle, err);
    if (rc == 0)
        rc = set_heldout(config, r, err);
    if (rc == 0)
        rc = take_settings(&args->settings, config, err);
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

static int job(struct comm *comm, const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct trial t = {0};
    const struct config *config = &t.bundle.config;
    struct evaluation e;
    struct binding *binding = threads_begin(comm);
    mem_advise("lower --set train.chunk_tokens, or start fewer ranks on a host");
    threads_bind(binding);
    int rc = agree_inputs(&t, comm, args, err);
    if (rc == 0)
        rc = comm_agree(comm, trial_open(&t, comm, err), err);
    if (rc == 0) {
        const struct evaluation_input input = {.config = config,
                                               .models.program = program_of(config),
                                               .heldout = t.heldout,
                                               .vocab = &t.bundle.vocab,
                                               .shape = &t.bundle.shape,
                                               .weights = &t.bundle.weights,
                                               .objectives = asked(&t.bundle)};
        rc = evaluate(comm, &input, &e, err);
    }
    if (rc == 0 && comm_rank(comm) == 0) {
        notes_warn_unknown(&e.tally);
        if (r->json)
            print_json(&t.bundle, &e);
        else
            print_text(&t.bundle, &e);
    }
    trial_close(&t);
    binding_destroy(binding);
    return rc;
}

static const struct arg options[] = {
    ARG_LIST("--data", "PATH…", data, ARG_NEEDED,
             "held-out files or patterns, as many as follow"),
    PATHS_OPTIONS(paths),
    ARG_FLAG("--json", json, "one JSON object on standard output"), ARG_END};

const struct command cmd_eval = {
    .name = "eval",
    .words = "CHECKPOINT|DIR",
    .summary = "Loss and accuracy on held-out text",
    .example = "  mpirun -n 8 mpibert eval run --data heldout.tar.gz\n"
               "  mpibert eval my-bert --data a.txt b.txt --set data.language=de\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .job = job};
