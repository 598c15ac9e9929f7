/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a NaN or an infinity in any tensor keeps a checkpoint from being loaded, which
 * is the door of export, fill, eval and init_from; weights that are finite but too
 * large give answers that are not, which neither fill nor the check of an export may
 * take for numbers: the difference of two infinities is no 0. */
#include "src/infer/bundle.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/ckpt/ckpt.h"
#include "io/convert/huggingface.h"
#include "src/infer/fill.h"
#include "src/infer/roundtrip.h"
#include "src/model/nonfinite.h"
#include "tests/tap.h"
#include "tests/tiny.h"

static void write_checkpoint(struct comm *comm, const struct tiny *tiny,
                             const char *path) {
    struct ckpt_header header = {0};
    struct err err = {0};
    config_dump(&tiny->config, &header.config);
    str_append(&header.vocab, tiny->vocab.text, tiny->vocab.text_size);
    const struct ckpt_groups blocks = ckpt_weights_only(&tiny->weights);
    int rc = ckpt_write(comm, path, CKPT_POSIX, &header, &blocks, &err);
    if (rc < 0)
        ok(false, "a checkpoint: %s", err.text);
    ckpt_header_fini(&header);
}

static void test_load(struct comm *comm, struct tiny *tiny, const char *path) {
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < tiny->table.count; i++) {
        const struct tensor *t = &tiny->table.tensors[i];
        float *place = tiny->weights.data + t->offset + t->count / 2, was = *place;
        struct bundle bundle;
        struct err err = {0};
        *place = bad[i % 3];
        write_checkpoint(comm, tiny, path);
        *place = was;
        is_int(bundle_load(path, &bundle, &err) < 0 ? err.code : 0, 70, "%g in %s",
               (double)bad[i % 3], t->name);
        ok(strstr(err.text, t->name) && strstr(err.text, ": 1 of "), "  %s", err.text);
    }
}

/* Every weight so large that products of two overflow. */
static void test_large(struct comm *comm, struct tiny *tiny, const char *folder) {
    struct str path = {0};
    struct bundle bundle;
    struct filling filling;
    struct err err = {0};
    double worst = 0;
    str_printf(&path, "%s/large.h5", folder);
    for (size_t i = 0; i < tiny->table.total; i++)
        tiny->weights.data[i] = 3e38f;
    write_checkpoint(comm, tiny, path.data);
    is_int(bundle_load(path.data, &bundle, &err), 0, "weights of 3e38 are finite");
    is_int(fill_text(&bundle, "[MASK]", 1, &filling, &err) < 0 ? err.code : 0, 70,
           "fill: %s", err.text);
    const struct export_source source = {.config = &bundle.config,
                                         .shape = &bundle.shape,
                                         .vocab = &bundle.vocab,
                                         .weights = &bundle.weights};
    str_clear(&path);
    str_printf(&path, "%s/hf", folder);
    struct export_plan plan;
    ok(huggingface_format.plan(&source, EXPORT_PRETRAINING, &plan, &err) == 0 &&
           huggingface_format.write(&source, &plan, path.data, &err) == 0,
       "written");
    export_plan_fini(&plan);
    int rc = roundtrip_check(&bundle, path.data, EXPORT_PRETRAINING, &worst, &err);
    is_int(rc < 0 ? err.code : 0, 70, "its answers are no numbers: %s", err.text);
    bundle_fini(&bundle);
    str_fini(&path);
}

/* The options that give a tiny model's shape. */
static void set_shape(struct config *config) {
    static const char *const settings[][2] = {{"model.layers", "2"},
                                              {"model.hidden", "4"},
                                              {"model.heads", "2"},
                                              {"model.ffn", "6"},
                                              {"model.max_positions", "8"}};
    struct err err;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        config_set(config, settings[i][0], settings[i][1], "test", &err);
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    struct tiny tiny;
    struct str path = {0};
    tiny_init(&tiny, true);
    set_shape(&tiny.config);
    is_int(nonfinite_check(&tiny.weights, &err), 0, "a model passes");
    str_printf(&path, "%s/bad.h5", tap_folder());
    test_load(comm, &tiny, path.data);
    test_large(comm, &tiny, tap_folder());
    tiny_fini(&tiny);
    str_fini(&path);
    comm_destroy(comm);
    return tap_done();
}
