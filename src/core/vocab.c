/* SPDX-License-Identifier: Apache-2.0 */
/* Vocabularies: see vocab.h. */
#include "src/core/vocab.h"

#include "src/base/mem.h"

enum { MAX_TOKENS = 1 << 20 };

static int add_line(struct vocab *vocab, struct slice token, const char *name,
                    struct err *err) {
    int line = vocab->size + 1;
    if (token.size > 0 && token.data[token.size - 1] == '\r')
        token.size--;
    if (token.size == 0)
        return err_set(err, ERR_DATA, "%s:%d: empty line in a vocabulary", name, line);
    if (vocab->size == MAX_TOKENS)
        return err_set(err, ERR_DATA, "%s: more than %d tokens", name, MAX_TOKENS);
    bool is_new;
    struct map_entry *entry = map_put(&vocab->ids, token, &is_new);
    if (!is_new)
        return err_set(err, ERR_DATA, "%s:%d: token '%.*s' is on line %d already", name,
                       line, (int)token.size, token.data, (int)entry->value + 1);
    entry->value = (uint64_t)vocab->size;
    if ((vocab->size & (vocab->size + 1)) == 0) /* room for the next power of two */
        vocab->tokens = mem_resize(vocab->tokens, 2 * (size_t)vocab->size + 2,
                                   sizeof *vocab->tokens);
    vocab->tokens[vocab->size++] = token;
    return 0;
}

static int find_specials(struct vocab *vocab, const char *name, struct err *err) {
    const struct {
        const char *token;
        int32_t *id;
    } specials[] = {{"[PAD]", &vocab->pad}, {"[UNK]", &vocab->unk}, {"[CLS]", &vocab->cls},
                    {"[SEP]", &vocab->sep}, {"[MASK]", &vocab->mask}};
    for (int i = 0; i < 5; i++) {
        *specials[i].id = vocab_find(vocab, slice_of(specials[i].token));
        if (*specials[i].id < 0)
            return err_set(err, ERR_DATA,
                           "%s: has no %s; a BERT vocabulary lists [PAD] [UNK] [CLS] [SEP] "
                           "[MASK], one token a line (make one with `mpibert vocab`)",
                           name, specials[i].token);
    }
    return 0;
}

static void find_continuations(struct vocab *vocab) {
    vocab->continues = mem_alloc((size_t)vocab->size, sizeof *vocab->continues);
    for (int32_t id = 0; id < vocab->size; id++) {
        struct slice token = vocab->tokens[id];
        vocab->continues[id] =
            token.size > 2 && token.data[0] == '#' && token.data[1] == '#';
    }
}

int vocab_parse(struct vocab *vocab, struct slice text, const char *name, struct err *err) {
    *vocab = (struct vocab){0};
    vocab->text = mem_copy(text.data, text.size);
    vocab->text_size = text.size;
    struct slice rest = {vocab->text, text.size}, line;
    while (slice_line(&rest, &line))
        if (add_line(vocab, line, name, err) < 0)
            goto fail;
    if (find_specials(vocab, name, err) < 0)
        goto fail;
    find_continuations(vocab);
    return 0;
fail:
    vocab_fini(vocab);
    return -1;
}

int32_t vocab_find(const struct vocab *vocab, struct slice token) {
    const struct map_entry *entry = map_find(&vocab->ids, token);
    return entry ? (int32_t)entry->value : -1;
}

void vocab_fini(struct vocab *vocab) {
    mem_free(vocab->text);
    mem_free(vocab->tokens);
    mem_free(vocab->continues);
    map_fini(&vocab->ids);
    *vocab = (struct vocab){0};
}
