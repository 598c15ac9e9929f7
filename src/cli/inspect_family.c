/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests of families: see inspect_family.h.  The loss is that of the step in the
 * seed's metrics.jsonl; step 0 has none. */
#include "src/cli/inspect_family.h"

#include <math.h>
#include <stdio.h>

#include "io/ckpt/ckpt.h"
#include "io/ckpt/familydir.h"
#include "io/metrics.h"
#include "io/syntax/json.h"

static void put_row(struct json_writer *w, const struct familydir_file *file,
                    const struct ckpt_header *h, double loss) {
    json_open(w, NULL, '{');
    if (file->shape)
        json_put_string(w, "shape", slice_of(file->shape));
    json_put_int(w, "seed", file->seed);
    json_put_int(w, "step", h->step);
    json_put_int(w, "tokens", (int64_t)h->tokens);
    if (isnan(loss))
        json_put_null(w, "loss");
    else
        json_put_real(w, "loss", loss);
    json_put_string(w, "state_hash", slice_of(h->state_hash));
    json_put_string(w, "path", slice_of(file->path));
    json_close(w, '}');
}

static void print_row(const struct familydir_file *file, const struct ckpt_header *h,
                      double loss) {
    char text[16] = "-";
    if (!isnan(loss))
        snprintf(text, sizeof text, "%.4f", loss);
    if (file->shape)
        printf("%-20s ", file->shape);
    printf("%6lld %10lld %14llu %8s  %s  %s\n", (long long)file->seed,
           (long long)h->step, (unsigned long long)h->tokens, text, h->state_hash,
           file->path);
}

/* context: a writer of JSON, or NULL. */
static int list_file(const struct familydir_file *file, void *context,
                     struct err *err) {
    struct ckpt *ckpt = ckpt_open(file->path, err);
    struct str metrics = {0};
    if (ckpt == NULL)
        return -1;
    const struct ckpt_header *h = ckpt_header(ckpt);
    str_printf(&metrics, "%s/metrics.jsonl", file->run);
    double loss = metrics_find(metrics.data, h->step, "loss");
    if (context)
        put_row(context, file, h, loss);
    else
        print_row(file, h, loss);
    str_fini(&metrics);
    ckpt_close(ckpt);
    return 0;
}

static int print_table(const char *dir, struct err *err) {
    if (familydir_has_shapes(dir))
        printf("%-20s ", "shape");
    printf("%6s %10s %14s %8s  %-32s  %s\n", "seed", "step", "tokens", "loss",
           "state_hash", "path");
    return familydir_each(dir, list_file, NULL, err);
}

static int print_json(const char *dir, struct err *err) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    json_open(&w, NULL, '{');
    json_open(&w, "checkpoints", '[');
    int rc = familydir_each(dir, list_file, &w, err);
    json_close(&w, ']');
    json_close(&w, '}');
    if (rc == 0)
        printf("%s\n", text.data);
    str_fini(&text);
    return rc;
}

int inspect_family(const char *dir, bool json, struct err *err) {
    return json ? print_json(dir, err) : print_table(dir, err);
}
