/* SPDX-License-Identifier: Apache-2.0 */
/* Vocabularies: see vocab.h. */
#include "src/core/vocab.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"

/* ---- lines ---- */

/* The characters of Unicode's property White_Space. */
static bool is_white(uint32_t c) {
    return (c >= 0x09 && c <= 0x0d) || c == ' ' || c == 0x85 || c == 0xa0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

struct slice vocab_trim(struct slice line) {
    while (line.size > 0) {
        uint32_t scalar;
        size_t last = line.size - 1;
        while (last > 0 && ((unsigned char)line.data[last] & 0xc0) == 0x80)
            last--;
        const char *end = line.data + line.size;
        if (utf8_decode(line.data + last, end, &scalar) <= 0 || !is_white(scalar))
            break;
        line.size = last;
    }
    return line;
}

/* What no program loads, or two programs read differently. */
static int check_token(struct slice token, const char *name, int line,
                       struct err *err) {
    if (utf8_ill_formed(token.data, token.size) > 0)
        return err_set(err, ERR_DATA, "%s:%d: is not UTF-8; convert the file (iconv)",
                       name, line);
    if (memchr(token.data, '\0', token.size))
        return err_set(
            err, ERR_DATA,
            "%s:%d: has a NUL byte: no text has such a token, and the "
            "tokenizer.json of an export could not hold it; take the byte out",
            name, line);
    if (memchr(token.data, '\r', token.size))
        return err_set(
            err, ERR_DATA,
            "%s:%d: has a CR inside: some programs end a line there, others do "
            "not; end lines by LF",
            name, line);
    if (line == 1 && slice_starts(token, "\xef\xbb\xbf"))
        return err_set(
            err, ERR_DATA,
            "%s: begins with a byte order mark, which would be part of the first "
            "token; save it as UTF-8 without",
            name);
    return 0;
}

static int add_line(struct vocab *vocab, struct slice line, const char *name,
                    struct err *err) {
    struct slice token = vocab_trim(line);
    if (check_token(token, name, vocab->size + 1, err) < 0)
        return -1;
    if (vocab->size == VOCAB_MOST)
        return err_set(err, ERR_DATA, "%s: more than %d tokens", name, VOCAB_MOST);
    if (token.size > 0) /* of equals the last */
        map_put(&vocab->ids, token, NULL)->value = (uint64_t)vocab->size;
    if ((vocab->size & (vocab->size + 1)) == 0) /* room for the next power of two */
        vocab->tokens = mem_resize(vocab->tokens, 2 * (size_t)vocab->size + 2,
                                   sizeof *vocab->tokens);
    vocab->tokens[vocab->size++] = token;
    return 0;
}

/* ---- the whole ---- */

static int find_specials(struct vocab *vocab, const char *name, struct err *err) {
    const struct {
        const char *token;
        int32_t *id;
    } specials[] = {{"[PAD]", &vocab->pad},
                    {"[UNK]", &vocab->unk},
                    {"[CLS]", &vocab->cls},
                    {"[SEP]", &vocab->sep},
                    {"[MASK]", &vocab->mask}};
    for (int i = 0; i < 5; i++) {
        *specials[i].id = vocab_find(vocab, slice_of(specials[i].token));
        if (*specials[i].id < 0)
            return err_set(
                err, ERR_DATA,
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

int vocab_parse(struct vocab *vocab, struct slice text, const char *name,
                struct err *err) {
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

bool vocab_is_live(const struct vocab *vocab, int32_t id) {
    return vocab_find(vocab, vocab->tokens[id]) == id;
}

void vocab_fini(struct vocab *vocab) {
    mem_free(vocab->text);
    mem_free(vocab->tokens);
    mem_free(vocab->continues);
    map_fini(&vocab->ids);
    *vocab = (struct vocab){0};
}
