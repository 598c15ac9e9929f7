/* SPDX-License-Identifier: Apache-2.0 */
/* Atoms as tokens: see latent.h.  Their rows are appended to those of the words, and
 * their biases to the decoder's, which are 0 if it had none.  The configuration stays
 * as it was, since it tells what was trained. */
#include "src/infer/latent.h"

#include <inttypes.h>
#include <string.h>

#include "src/model/bert.h"

static const char word_rows[] = "bert.embeddings.word_embeddings.weight";
static const char word_biases[] = "cls.predictions.bias";

int64_t latent_atoms(const struct bundle *bundle) {
    return objectives_has(config_objectives(&bundle->config), OBJECTIVE_LATENT)
               ? bundle->config.dictionary_atoms
               : 0;
}

static int add_tokens(struct bundle *bundle, struct err *err) {
    struct vocab *vocab = &bundle->vocab, wide;
    struct str text = {0}, token = {0};
    int rc = 0;
    str_append(&text, vocab->text, vocab->text_size);
    if (text.size > 0 && text.data[text.size - 1] != '\n')
        str_append_char(&text, '\n');
    for (int64_t k = 0; rc == 0 && k < latent_atoms(bundle); k++) {
        str_clear(&token);
        str_printf(&token, "[MASK-%" PRId64 "]", k);
        if (vocab_find(vocab, str_slice(&token)) >= 0)
            rc = err_set(err, ERR_DATA,
                         "--keep-latent: the vocabulary of %s has %s already",
                         bundle->name, token.data);
        str_printf(&text, "%s\n", token.data);
    }
    if (rc == 0)
        rc = vocab_parse(&wide, str_slice(&text), bundle->name, err);
    if (rc == 0) {
        vocab_fini(vocab);
        *vocab = wide;
    }
    str_fini(&text);
    str_fini(&token);
    return rc;
}

/* Where a tensor's first elements come from, and those after them; NULL: nowhere. */
static void copy_tensor(const struct params *from, struct params *to,
                        const struct tensor *tensor) {
    const struct tensor *first = params_find(from->table, tensor->name);
    const struct tensor *then = strcmp(tensor->name, word_rows) == 0
                                    ? params_find(from->table, "cls.latent.weight")
                                : strcmp(tensor->name, word_biases) == 0
                                    ? params_find(from->table, "cls.latent.bias")
                                    : NULL;
    float *end = to->data + tensor->offset + tensor->count;
    if (first)
        memcpy(to->data + tensor->offset, from->data + first->offset,
               first->count * sizeof(float));
    if (then)
        memcpy(end - then->count, from->data + then->offset,
               then->count * sizeof(float));
}

int latent_keep(struct bundle *bundle, struct err *err) {
    struct params_table narrow = bundle->table;
    struct params weights = {&narrow, bundle->weights.data};
    if (!objectives_has(bundle->objectives, OBJECTIVE_LATENT))
        return err_set(err, ERR_DATA,
                       "--keep-latent: %s was not trained on latent; leave it out",
                       bundle->name);
    if (add_tokens(bundle, err) < 0)
        return -1;
    bundle->objectives = OBJECTIVE_SET(MLM);
    bundle->shape.V = bundle->vocab.size;
    bundle->shape.K = 0;
    bundle->table = (struct params_table){0};
    model_layout(&bundle->table, &bundle->shape, bundle->objectives);
    params_init(&bundle->weights, &bundle->table);
    for (int i = 0; i < bundle->table.count; i++)
        copy_tensor(&weights, &bundle->weights, &bundle->table.tensors[i]);
    params_fini(&weights);
    params_table_fini(&narrow);
    return 0;
}
