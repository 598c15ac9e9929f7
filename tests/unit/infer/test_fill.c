/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: in a model whose weights are all zero the logits are the decoder's bias, so
 * the candidates for every mask are known: the softmax of that bias, largest first,
 * equal ones by id. */
#include "src/infer/fill.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/model/bert.h"
#include "tests/tap.h"

static const char words[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\n";
enum { V = 9 };
static const float bias[V] = {-1, -1, -1, -1, -1, 2, 3, 1, 3};

static void bundle_make(struct bundle *bundle) {
    static const char *const settings[][2] = {{"model.layers", "1"},
                                              {"model.hidden", "4"},
                                              {"model.heads", "1"},
                                              {"model.ffn", "4"},
                                              {"model.max_positions", "8"}};
    struct err err = {0};
    *bundle = (struct bundle){.name = mem_string("zero")};
    config_init(&bundle->config);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        config_set(&bundle->config, settings[i][0], settings[i][1], "test", &err);
    ok(vocab_parse(&bundle->vocab, slice_of(words), "words", &err) == 0,
       "a vocabulary");
    bundle->shape = config_shape(&bundle->config, bundle->vocab.size);
    bundle->objectives = OBJECTIVE_SET(MLM);
    model_layout(&bundle->table, &bundle->shape, bundle->objectives);
    params_init(&bundle->weights, &bundle->table);
    const struct tensor *t = params_find(&bundle->table, "cls.predictions.bias");
    memcpy(bundle->weights.data + t->offset, bias, sizeof bias);
}

static const struct {
    const char *text;
    int top, code, masks;
} rows[] = {
    {"a [MASK]", 3, 0, 1},
    {"[MASK] b [MASK]", 4, 0, 2},
    {"[MASK]", 100, 0, 1}, /* no more than there are */
    {"[MASK][MASK]a[MASK]", 1, 0, 3},
    {"", 3, 65, 0},
    {"a mask", 3, 65, 0},
    {"[mask]", 3, 65, 0},
    {"a b c d a b [MASK]", 3, 65, 0}, /* nine tokens, eight positions */
};

static void check_candidates(const struct filling *f, int row) {
    static const int32_t order[] = {6, 8, 5, 7};
    double sum = 0;
    for (int i = 0; i < V; i++)
        sum += exp(bias[i]);
    for (int m = 0; m < f->masks; m++) {
        for (int k = 0; k < f->top && k < 4; k++) {
            const struct candidate *c = &f->candidates[m * f->top + k];
            is_int(c->id, order[k], "row %d, mask %d: place %d", row, m, k);
            ok(fabs(c->probability - exp(bias[order[k]]) / sum) < 1e-6,
               "  probability %g", c->probability);
        }
    }
}

int main(void) {
    struct bundle bundle;
    bundle_make(&bundle);
    for (int i = 0; i < (int)(sizeof rows / sizeof *rows); i++) {
        struct filling filling = {0};
        struct err err = {0};
        int rc = fill_text(&bundle, rows[i].text, rows[i].top, &filling, &err);
        is_int(rc < 0 ? err.code : 0, rows[i].code, "'%s'", rows[i].text);
        is_int(filling.masks, rows[i].masks, "  masks");
        if (rc == 0) {
            is_int(filling.top, rows[i].top < V ? rows[i].top : V,
                   "  candidates a mask");
            check_candidates(&filling, i);
        }
        filling_fini(&filling);
    }
    bundle_fini(&bundle);
    return tap_done();
}
