/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a fine-tuning whose losses are good may still have answers that are no
 * numbers, where a dev or test file has what no training file has; then it has no
 * answer at all, and says so, on all ranks alike. */
#include "src/tune/tuning.h"

#include <math.h>
#include <string.h>

#include "io/convert/names.h"
#include "src/base/file.h"
#include "src/train/threads.h"
#include "tests/tap.h"

/* Its last token is one that the model cannot read. */
static const char tokens[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n";
enum { BAD = 7 };

/* Files in CoLA's form: of both, one sentence each. */
static const struct row {
    const char *what, *dev, *test, *best;
    const char *fault; /* "": there is none */
} rows[] = {
    {"all is known", "a b", "b", "false", ""},
    {"a dev file is not", "a c", "b", "false", "its answers are NaN or infinite"},
    {"it is not, epoch by epoch", "c", "b", "true", "its answers are NaN or infinite"},
    {"a test file is not", "a b", "c", "false", "its answers are NaN or infinite"},
};

static void write_file(const char *folder, const char *name, const char *format,
                       const char *sentence) {
    struct str path = {0}, text = {0};
    str_printf(&path, "%s/%s", folder, name);
    str_printf(&text, "%s", format);
    str_printf(&text, "%s\n", sentence);
    file_write_atomic(path.data, text.data, text.size, NULL);
    str_fini(&path);
    str_fini(&text);
}

/* Files of rank 0 that all read. */
static void write_files(struct comm *comm, const char *folder, const struct row *row) {
    if (comm_rank(comm) == 0) {
        write_file(folder, "vocab.txt", tokens, "");
        write_file(folder, "train.tsv", "x\t0\t\ta\nx\t1\t\tb\nx\t0\t\ta a\nx\t1\t\t",
                   "b b");
        write_file(folder, "dev.tsv", "x\t0\t\t", row->dev);
        write_file(folder, "test.tsv", "index\tsentence\n0\t", row->test);
    }
    comm_barrier(comm);
}

static void set(struct config *config, const char *key, const char *value) {
    struct err err;
    if (config_set(config, key, value, "test", &err) < 0)
        ok(false, "%s", err.text);
}

static void configure(struct config *config, const char *folder, const char *best) {
    static const char *const settings[][2] = {
        {"model.layers", "1"},         {"model.hidden", "16"},
        {"model.heads", "2"},          {"model.ffn", "32"},
        {"model.max_positions", "16"}, {"train.sequence_length", "8"},
        {"finetune.batch", "2"},       {"finetune.epochs", "2"}};
    struct str vocab = {0};
    config_init(config);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        set(config, settings[i][0], settings[i][1]);
    str_printf(&vocab, "%s/vocab.txt", folder);
    set(config, "data.vocab", vocab.data);
    set(config, "finetune.best", best);
    str_fini(&vocab);
}

/* A model that is NaN wherever it meets BAD. */
static void begin(struct bundle *bundle, const struct config *config) {
    struct err err = {0};
    is_int(bundle_begin(config, bundle, &err), 0, "a model %s", err.text);
    float *row = bundle->weights.data +
                 params_find(&bundle->table, NAMES_WORDS)->offset +
                 BAD * bundle->shape.E;
    for (int64_t i = 0; i < bundle->shape.E; i++)
        row[i] = NAN;
}

static void check_row(struct comm *comm, const char *folder, const struct row *row) {
    struct config config;
    struct bundle bundle;
    struct taskset taskset;
    struct outcome outcome;
    struct err err = {0};
    const struct normalizer_options normalizer = {.clean_text = true};
    write_files(comm, folder, row);
    configure(&config, folder, row->best);
    begin(&bundle, &config);
    const struct taskset_options options = {.name = "cola",
                                            .dir = folder,
                                            .config = &config,
                                            .vocab = &bundle.vocab,
                                            .normalizer = &normalizer,
                                            .tests = true};
    is_int(taskset_open(&taskset, &options, &err), 0, "a task %s", err.text);
    const struct tuning tuning = {
        .bundle = &bundle, .taskset = &taskset, .config = &config, .seed = 3};
    is_int(tuning_run(&tuning, comm, &outcome, &err), 0, "%s: no end %s", row->what,
           err.text);
    is_str(outcome.fault.size ? outcome.fault.data : "", row->fault, "  its outcome");
    int n = outcome.loss_count;
    ok(n > 0 && isfinite(outcome.losses[n - 1]), "  the losses are good");
    outcome_fini(&outcome);
    taskset_close(&taskset);
    bundle_fini(&bundle);
    config_fini(&config);
    comm_barrier(comm);
}

int main(int argc, char **argv) {
    struct comm *comm = comm_create(&argc, &argv, NULL);
    struct str folder = {0};
    tap_quiet(comm_rank(comm) != 0);
    if (comm_rank(comm) == 0)
        str_printf(&folder, "%s", tap_folder());
    comm_broadcast_str(comm, &folder, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(comm, folder.data, &rows[i]);
    str_fini(&folder);
    comm_destroy(comm);
    return tap_done();
}
