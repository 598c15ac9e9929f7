/* SPDX-License-Identifier: Apache-2.0 */
/* Texts as examples: see encoder.h. */
#include "src/task/encoder.h"

#include <string.h>

static void append(struct ids *out, const struct ids *from, size_t count) {
    ids_reserve(out, count);
    if (count > 0)
        memcpy(out->data + out->count, from->data, count * sizeof *from->data);
    out->count += count;
}

/* How many tokens of two texts stay, as truncate_encodings of Hugging Face's tokenizers
 * has it: the shorter one whole if it is at most half of the room; else both halves,
 * and the odd token goes to the longer, of equals to the second. */
static void cut_pair(size_t room, size_t *first, size_t *second) {
    size_t *shorter = *first > *second ? second : first;
    size_t *longer = *first > *second ? first : second;
    if (*first + *second <= room)
        return;
    if (*shorter <= room / 2) {
        *longer = room - *shorter;
        return;
    }
    *shorter = room / 2;
    *longer = room - room / 2;
}

struct encoded encoder_texts(struct encoder *e, struct slice text, struct slice second,
                             struct ids *out) {
    size_t begin = out->count, n, m = 0;
    e->first.count = e->second.count = 0;
    tokenizer_encode(e->tokenizer, text, &e->first);
    if (second.data)
        tokenizer_encode(e->tokenizer, second, &e->second);
    n = e->first.count, m = e->second.count;
    if (second.data)
        cut_pair((size_t)e->length - 3, &n, &m);
    else if (n > (size_t)e->length - 2)
        n = (size_t)e->length - 2;
    ids_append(out, e->vocab->cls);
    append(out, &e->first, n);
    ids_append(out, e->vocab->sep);
    int32_t split = (int32_t)(out->count - begin);
    if (second.data) {
        append(out, &e->second, m);
        ids_append(out, e->vocab->sep);
    }
    return (struct encoded){.length = (int32_t)(out->count - begin),
                            .split = split,
                            .cut = n + m < e->first.count + e->second.count};
}

struct encoded encoder_words(struct encoder *e, const struct slice *words,
                             int64_t count, int32_t *places, struct ids *out) {
    size_t room = (size_t)e->length - 2;
    e->first.count = 0;
    for (int64_t i = 0; i < count; i++) {
        size_t before = e->first.count;
        tokenizer_encode(e->tokenizer, words[i], &e->first);
        bool there = before < e->first.count && before < room;
        places[i] = there ? (int32_t)before + 1 : -1;
    }
    size_t n = e->first.count < room ? e->first.count : room;
    ids_append(out, e->vocab->cls);
    append(out, &e->first, n);
    ids_append(out, e->vocab->sep);
    return (struct encoded){
        .length = (int32_t)n + 2, .split = (int32_t)n + 2, .cut = n < e->first.count};
}

int32_t encoder_find(struct encoder *e, struct slice text, size_t byte) {
    if (e->offsets == NULL)
        e->offsets = offsets_create(e->vocab, e->normalizer);
    e->first.count = 0;
    const struct reach *places = offsets_encode(e->offsets, text, &e->first);
    size_t i = 0;
    while (i < e->first.count && places[i].end <= byte)
        i++;
    return (int32_t)i;
}

void encoder_fini(struct encoder *e) {
    offsets_destroy(e->offsets);
    ids_fini(&e->first);
    ids_fini(&e->second);
}
