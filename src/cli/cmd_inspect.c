/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert inspect: what a checkpoint holds, and with --verify whether it is whole. */
#include <stdio.h>

#include "io/ckpt/ckpt.h"
#include "io/ckpt/familydir.h"
#include "io/config_json.h"
#include "io/syntax/json.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/inspect_family.h"
#include "src/core/config.h"
#include "src/infer/bundle.h"
#include "src/model/generator.h"

/* Puts a "key: value" line. */
typedef void put_fn(struct json_writer *w, struct slice key, struct slice value);

static void put_string(struct json_writer *w, struct slice key, struct slice value) {
    json_put_key(w, key);
    json_put_string(w, NULL, value);
}

/* Such lines as members of an object. */
static void put_lines(struct json_writer *w, const char *name, struct slice lines,
                      put_fn *put) {
    struct slice line;
    json_open(w, name, '{');
    while (slice_line(&lines, &line)) {
        size_t n = 0;
        while (n + 1 < line.size && !(line.data[n] == ':' && line.data[n + 1] == ' '))
            n++;
        if (n + 1 >= line.size || !json_is_text(line))
            continue;
        put(w, (struct slice){line.data, n},
            (struct slice){line.data + n + 2, line.size - n - 2});
    }
    json_close(w, '}');
}

/* Of those that are its alone; 0: there is no generator. */
static size_t generator_parameters(const struct ckpt *ckpt) {
    const struct params_table *table = ckpt_table(ckpt);
    return table->total - generator_begin(table);
}

static void print_json(const struct ckpt *ckpt, bool verified) {
    const struct ckpt_header *h = ckpt_header(ckpt);
    struct str out = {0};
    struct json_writer w = {.out = &out};
    json_open(&w, NULL, '{');
    json_put_int(&w, "step", h->step);
    json_put_int(&w, "tokens", (int64_t)h->tokens);
    json_put_string(&w, "state_hash", slice_of(h->state_hash));
    json_put_string(&w, "data_hash", slice_of(h->data_hash));
    json_put_int(&w, "parameters", (int64_t)ckpt_table(ckpt)->total);
    if (generator_parameters(ckpt) > 0)
        json_put_int(&w, "generator_parameters", (int64_t)generator_parameters(ckpt));
    json_put_bool(&w, "moments", ckpt_moments(ckpt) > 0);
    json_open(&w, "moment_names", '[');
    for (int i = 0; i < ckpt_moments(ckpt); i++)
        json_put_string(&w, NULL, slice_of(ckpt_moment(ckpt, i)));
    json_close(&w, ']');
    if (verified)
        json_put_bool(&w, "verified", true);
    put_lines(&w, "versions", str_slice(&h->versions), put_string);
    put_lines(&w, "config", str_slice(&h->config), config_json_put_line);
    json_close(&w, '}');
    printf("%s\n", out.data);
    str_fini(&out);
}

static void print_text(const char *path, const struct ckpt *ckpt, bool verified) {
    const struct ckpt_header *h = ckpt_header(ckpt);
    const struct params_table *table = ckpt_table(ckpt);
    printf("%s%s\n", path, verified ? ": every hash is right" : "");
    printf("  step        %lld\n  tokens      %llu\n", (long long)h->step,
           (unsigned long long)h->tokens);
    printf("  state_hash  %s\n  data_hash   %s\n", h->state_hash, h->data_hash);
    printf("  parameters  %zu in %d tensors; %lld lanes\n  moments     ", table->total,
           table->count, (long long)h->lanes);
    for (int i = 0; i < ckpt_moments(ckpt); i++)
        printf("%s%s", i > 0 ? ", " : "", ckpt_moment(ckpt, i));
    printf("%s\n", ckpt_moments(ckpt) > 0 ? "" : "none");
    if (generator_parameters(ckpt) > 0)
        printf(
            "  models      a discriminator, which finetune and export take, and its "
            "generator (%zu of the parameters),\n"
            "              which fill and export --layout mlm take; eval asks both\n",
            generator_parameters(ckpt));
    printf("\nledger\n%s\nversions\n%s\nconfig\n%s\ntensors\n", h->ledger.data,
           h->versions.data, h->config.data);
    for (int i = 0; i < table->count; i++) {
        const struct tensor *t = &table->tensors[i];
        if (t->rank == 2)
            printf("  %-64s %lld × %lld\n", t->name, (long long)t->shape[0],
                   (long long)t->shape[1]);
        else
            printf("  %-64s %lld\n", t->name, (long long)t->shape[0]);
    }
}

static int inspect(const char *name, bool verify, bool json, struct err *err) {
    struct str path = {0};
    struct ckpt *ckpt = NULL;
    if (bundle_kind(name) == BUNDLE_FOLDER)
        return err_set(
            err, ERR_DATA,
            "%s: is a Hugging Face folder and no checkpoint; its config.json and "
            "README.md say what it is (`mpibert import` makes a checkpoint of it)",
            name);
    if (familydir_is(name))
        return inspect_family(name, json, err);
    int rc = ckpt_resolve(name, &path, err);
    if (rc == 0 && (ckpt = ckpt_open(path.data, err)) == NULL)
        rc = -1;
    if (rc == 0 && verify)
        rc = ckpt_verify(ckpt, err);
    if (rc == 0 && json)
        print_json(ckpt, verify);
    else if (rc == 0)
        print_text(path.data, ckpt, verify);
    if (ckpt)
        ckpt_close(ckpt);
    str_fini(&path);
    return rc;
}

struct request {
    bool verify, json;
};

static const struct arg options[] = {
    ARG_FLAG("--verify", verify, "read everything and compare all hashes"),
    ARG_FLAG("--json", json, "one JSON object"), ARG_END};

static int run(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    return inspect(args->words.list[0], r->verify, r->json, err);
}

const struct command cmd_inspect = {.name = "inspect",
                                    .words = "CHECKPOINT|FAMILY",
                                    .summary = "What a checkpoint holds",
                                    .example = "  mpibert inspect run --verify\n",
                                    .options = options,
                                    .request_bytes = sizeof(struct request),
                                    .run = run};
