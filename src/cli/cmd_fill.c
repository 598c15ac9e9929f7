/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert fill: the top candidates for each [MASK] of a text. */
#include <stdio.h>

#include "io/syntax/json.h"
#include "src/base/log.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/infer/beside.h"
#include "src/infer/fill.h"

static void print_text(const struct bundle *bundle, const char *text,
                       const struct filling *f) {
    printf("%s\n", text);
    for (int m = 0; m < f->masks; m++) {
        if (f->masks > 1)
            printf("mask %d\n", m + 1);
        for (int k = 0; k < f->top; k++) {
            const struct candidate *c = &f->candidates[m * f->top + k];
            struct slice token = bundle->vocab.tokens[c->id];
            printf("  %7.3f %%  %.*s\n", 100 * c->probability, (int)token.size,
                   token.data);
        }
    }
}

static void print_json(const struct bundle *bundle, const char *text,
                       const struct filling *f) {
    struct str out = {0};
    struct json_writer w = {.out = &out};
    json_open(&w, NULL, '{');
    if (json_is_text(slice_of(text)))
        json_put_string(&w, "text", slice_of(text));
    json_open(&w, "masks", '[');
    for (int m = 0; m < f->masks; m++) {
        json_open(&w, NULL, '[');
        for (int k = 0; k < f->top; k++) {
            const struct candidate *c = &f->candidates[m * f->top + k];
            json_open(&w, NULL, '{');
            if (json_is_text(bundle->vocab.tokens[c->id]))
                json_put_string(&w, "token", bundle->vocab.tokens[c->id]);
            json_put_int(&w, "id", c->id);
            json_put_real(&w, "probability", c->probability);
            json_close(&w, '}');
        }
        json_close(&w, ']');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    printf("%s\n", out.data);
    str_fini(&out);
}

/* Of two models the one that fills masks. */
static int load(const char *model, struct bundle *bundle, struct err *err) {
    struct bundle both;
    if (bundle_load(model, bundle, err) < 0)
        return -1;
    if (bundle->generator == 0)
        return 0;
    both = *bundle;
    beside_take(&both, bundle);
    bundle_fini(&both);
    log_info("%s: its generator answers", model);
    return 0;
}

static int fill(const char *model, const char *text, int top, bool json,
                struct err *err) {
    struct bundle bundle;
    struct filling filling;
    if (load(model, &bundle, err) < 0)
        return -1;
    if (bundle.missing.size > 0)
        log_warn("%s: these tensors are random, so answers are too:\n%s", model,
                 bundle.missing.data);
    int rc = fill_text(&bundle, text, top, &filling, err);
    if (rc == 0) {
        if (json)
            print_json(&bundle, text, &filling);
        else
            print_text(&bundle, text, &filling);
        filling_fini(&filling);
    }
    bundle_fini(&bundle);
    return rc;
}

struct request {
    int64_t top;
    bool json;
};

static const struct arg options[] = {
    ARG_INT("--top", 1, 1 << 20, top, "5", "candidates a mask"),
    ARG_FLAG("--json", json, "one JSON object"), ARG_END};

static int run(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    char **words = args->words.list;
    return fill(words[0], words[1], (int)r->top, r->json, err);
}

const struct command cmd_fill = {
    .name = "fill",
    .words = "CHECKPOINT|DIR TEXT",
    .summary = "Fill the [MASK]s of a text",
    .example = "  mpibert fill run 'Paris is the [MASK] of France.' --top 3\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .run = run};
