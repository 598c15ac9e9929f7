/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert dictionary: directions of which a teacher's states are sparse sums, for the
 * objective latent. */
#include <stdio.h>
#include <string.h>

#include "io/syntax/json.h"
#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/ram.h"
#include "src/bench/codes.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/cli/number.h"
#include "src/dictionary/make.h"
#include "src/train/threads.h"

struct request {
    const char *out, *state;
    double save_seconds;
    bool parity, compare, json;
};

enum { COMPARED = 1000 }; /* states */

/* The codes of states, exactly and by FISTA. */
struct comparison {
    struct bench_code of[CODER_MODES];
    double distance;
};

/* The mean over the last tenth of the iterations, at least one. */
static double last_of(const struct dictionary *d, int column) {
    int64_t n = d->iterations / 10 > 0 ? d->iterations / 10 : 1;
    double sum = 0;
    for (int64_t i = d->iterations - n; i < d->iterations; i++)
        sum += d->curve[2 * i + column];
    return sum / (double)n;
}

static void put_curve(struct json_writer *w, const char *key,
                      const struct dictionary *d, int column) {
    json_open(w, key, '[');
    for (int64_t i = 0; i < d->iterations; i++)
        number_put(w, NULL, d->curve[2 * i + column]);
    json_close(w, ']');
}

static void compare(const struct dictionary_result *r, struct comparison *c) {
    const struct dictionary *d = &r->dictionary;
    const struct bench_codes codes = {d->K,      d->d,     r->sampled,
                                      d->lambda, d->atoms, r->sample};
    bench_codes(&codes, c->of, &c->distance);
}

static void put_comparison(struct json_writer *w, const struct comparison *c) {
    json_open(w, "compared", '{');
    for (int mode = 0; mode < CODER_MODES; mode++) {
        json_open(w, coder_names[mode], '{');
        number_put(w, "seconds_a_state", c->of[mode].seconds);
        number_put(w, "atoms_in_a_code", c->of[mode].atoms);
        number_put(w, "objective", c->of[mode].objective);
        json_close(w, '}');
    }
    number_put(w, "distance", c->distance);
    json_close(w, '}');
}

static void print_comparison(const struct comparison *c) {
    for (int mode = 0; mode < CODER_MODES; mode++)
        printf("  %-15s  objective %.6f, %.2f atoms in a code, %.1f us a state\n",
               coder_names[mode], c->of[mode].objective, c->of[mode].atoms,
               1e6 * c->of[mode].seconds);
    printf("  their codes, each of sum 1, differ by %.4f on average\n", c->distance);
}

static void print_json(const struct dictionary_result *r, double peak,
                       const struct comparison *compared) {
    const struct dictionary *d = &r->dictionary;
    struct str text = {0};
    struct json_writer w = {.out = &text};
    json_open(&w, NULL, '{');
    json_put_int(&w, "atoms", d->K);
    json_put_int(&w, "width", d->d);
    json_put_int(&w, "layer", d->layer);
    json_put_real(&w, "lambda", d->lambda);
    json_put_int(&w, "states", r->states);
    json_put_int(&w, "iterations", d->iterations);
    number_put(&w, "objective", last_of(d, 0));
    number_put(&w, "atoms_in_a_code", last_of(d, 1));
    json_put_int(&w, "used", r->report.used);
    json_put_int(&w, "dead", r->report.dead);
    number_put(&w, "cosine_mean", r->report.cosine_mean);
    number_put(&w, "cosine_most", r->report.cosine_most);
    number_put(&w, "seconds_collecting", r->collecting);
    number_put(&w, "seconds_learning", r->report.seconds);
    number_put(&w, "peak_bytes", peak);
    put_curve(&w, "objective_by_iteration", d, 0);
    put_curve(&w, "atoms_by_iteration", d, 1);
    if (compared)
        put_comparison(&w, compared);
    json_close(&w, '}');
    printf("%s\n", text.data);
    str_fini(&text);
}

static void print_text(const struct dictionary_result *r, const char *out, double peak,
                       const struct comparison *compared) {
    const struct dictionary *d = &r->dictionary;
    printf("%s: %lld atoms of %lld numbers, of layer %lld of %s\n", out,
           (long long)d->K, (long long)d->d, (long long)d->layer, d->teacher.data);
    printf("  objective        %.5f, with %.2f atoms in a code: the mean of the last "
           "tenth\n",
           last_of(d, 0), last_of(d, 1));
    printf("  atoms            %lld in use, %lld dead (zero)\n",
           (long long)r->report.used, (long long)r->report.dead);
    printf("  cosine of atoms  %.3f on average, %.3f at most\n", r->report.cosine_mean,
           r->report.cosine_most);
    printf("  %lld states in %.1f s; learnt in %.1f s, %.0f %% of it for codes\n",
           (long long)r->states, r->collecting, r->report.seconds,
           r->report.seconds > 0 ? 100 * r->report.coding / r->report.seconds : 0);
    printf("  memory           %.2f GB on the rank that took most\n", peak / 1e9);
    if (compared)
        print_comparison(compared);
}

/* Collective.  Rank 0 says what came of it. */
static void report(struct comm *comm, const struct request *r,
                   const struct dictionary_result *result) {
    struct comparison compared;
    double peak = (double)ram_peak();
    comm_max_f64(comm, &peak, 1);
    if (comm_rank(comm) != 0)
        return;
    if (r->compare)
        compare(result, &compared);
    if (r->json)
        print_json(result, peak, r->compare ? &compared : NULL);
    else
        print_text(result, r->out, peak, r->compare ? &compared : NULL);
}

/* Both are found out before hours of work. */
static int check_files(const struct request *r, struct err *err) {
    if (file_check_writable(r->out, err) < 0)
        return -1;
    return file_check_writable(r->state, err);
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    const struct request *r = args->request;
    const struct dictionary_options options = {.out = r->out,
                                               .state = r->state,
                                               .save_seconds = r->save_seconds,
                                               .parity = r->parity,
                                               .quiet = r->json,
                                               .sample = r->compare ? COMPARED : 0};
    struct dictionary_result result;
    struct config config;
    int rc = comm_rank(comm) == 0 ? check_files(r, err) : 0;
    if (comm_agree(comm, rc, err) < 0 ||
        job_config(comm, &args->settings, args->words.list[0], &config, err) < 0)
        return -1;
    mem_advise("lower dictionary.iterations or dictionary.atoms, or start more ranks "
               "on more hosts");
    struct binding *binding = threads_begin(comm);
    rc = dictionary_make(comm, &config, &options, &result, err);
    if (rc == 0)
        report(comm, r, &result);
    dictionary_result_fini(&result);
    binding_destroy(binding);
    config_fini(&config);
    return rc;
}

static const struct arg options[] = {
    ARG_TEXT("-o, --out", "D.h5", out, ARG_NEEDED, "file to write"),
    ARG_FLAG("--spams-parity", parity,
             "the first iteration as SPAMS has it, which decides which atoms move "
             "first"),
    ARG_TEXT("--state", "FILE", state, NULL,
             "keep what is learnt here, and go on from it (not given: D.h5.state)"),
    ARG_SECONDS("--save-every", save_seconds, "60s", "time between two of that"),
    ARG_FLAG("--compare", compare,
             "code 1000 of the states exactly and by FISTA, too, and say how far they "
             "are from each other"),
    ARG_FLAG("--json", json, "the report as one JSON object"),
    ARG_END};

static int check(const struct args *args, struct err *err) {
    struct request *r = args->request;
    static struct str state; /* for the life of the program */
    if (r->state == NULL) {
        str_printf(&state, "%s.state", r->out);
        r->state = state.data;
    }
    if (strcmp(r->state, r->out) != 0)
        return 0;
    return err_set(err, ERR_USAGE, "--state: %s is --out, too; name another file",
                   r->out);
}

const struct command cmd_dictionary = {
    .name = "dictionary",
    .words = "CONFIG.yaml",
    .summary = "Learn a dictionary of a teacher's states",
    .example =
        "  mpirun -n 8 mpibert dictionary run.yaml --out D.h5    # again: goes on\n"
        "  mpibert dictionary run.yaml --out D.h5 --set teacher.layer=11\n\n"
        "run.yaml, beside the data and train.sequence_length that it is for:\n\n"
        "  teacher:    {from: my-bert, layer: 12}\n"
        "  dictionary: {atoms: 3000, lambda: 0.05, iterations: 1000, batch: 400}\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .listens = true,
    .check = check,
    .job = job};
