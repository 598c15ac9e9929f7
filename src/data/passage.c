/* SPDX-License-Identifier: Apache-2.0 */
/* Text to sentences of ids: see passage.h.  The only place of this room that knows how
 * text becomes numbers. */
#include "src/data/passage.h"

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/timer.h"

/* What is not set is as transformers has it: true, and accents as lower-casing. */
struct normalizer_options passage_normalizer(const struct config *config) {
    bool lowercase = config->data_lowercase != 0;
    return (struct normalizer_options){
        .clean_text = config->data_clean_text != 0,
        .chinese_chars = config->data_chinese_chars != 0,
        .strip_accents = config->data_strip_accents < 0
                             ? lowercase
                             : config->data_strip_accents == 1,
        .lowercase = lowercase,
        .dotted_i = config->data_dotted_i == 1,
    };
}

static void add_end(struct passage *passage) {
    CHECK(passage->ids.count <= UINT32_MAX);
    if (passage->sentences == passage->capacity) {
        passage->capacity = passage->capacity ? 2 * passage->capacity : 256;
        passage->ends =
            mem_resize(passage->ends, passage->capacity, sizeof *passage->ends);
    }
    passage->ends[passage->sentences++] = (uint32_t)passage->ids.count;
}

static uint64_t count_unknown(const struct ids *ids, int32_t unknown) {
    uint64_t count = 0;
    for (size_t i = 0; i < ids->count; i++)
        count += ids->data[i] == unknown;
    return count;
}

int passage_rules_init(struct passage_rules *rules, const struct config *config,
                       const struct vocab *vocab, struct err *err) {
    struct normalizer_options normalizer = passage_normalizer(config);
    *rules = (struct passage_rules){.unknown = vocab->unk};
    rules->sentences =
        sentence_rules_create(config->data_language, config->data_punkt, err);
    if (rules->sentences == NULL)
        return -1;
    rules->tokenizer = tokenizer_create(vocab, &normalizer);
    return 0;
}

void passage_rules_fini(struct passage_rules *rules) {
    sentence_rules_destroy(rules->sentences);
    tokenizer_destroy(rules->tokenizer);
    *rules = (struct passage_rules){0};
}

/* Cuts the text into sentences; returns how many. */
static size_t split(struct passage *passage, const struct passage_rules *rules,
                    struct slice text) {
    size_t count = 0;
    struct slice sentence;
    while (sentence_next(rules->sentences, &text, &sentence)) {
        if (count == passage->slice_room) {
            passage->slice_room = count ? 2 * count : 256;
            passage->slices = mem_resize(passage->slices, passage->slice_room,
                                         sizeof *passage->slices);
        }
        passage->slices[count++] = sentence;
    }
    return count;
}

/* Makes ids of the first `count` slices; returns the bytes that are ill-formed. */
static size_t encode(struct passage *passage, const struct passage_rules *rules,
                     size_t count) {
    size_t ill_formed = 0;
    for (size_t i = 0; i < count; i++) {
        size_t before = passage->ids.count;
        ill_formed +=
            tokenizer_encode(rules->tokenizer, passage->slices[i], &passage->ids);
        if (passage->ids.count > before)
            add_end(passage);
    }
    return ill_formed;
}

bool passage_read(struct passage *passage, const struct passage_rules *rules,
                  struct slice text, struct tally *tally) {
    passage_clear(passage);
    double start = timer_used();
    size_t count = split(passage, rules, text);
    double middle = timer_used();
    size_t ill_formed = encode(passage, rules, count);
    passage->split = middle - start;
    passage->tokenize = timer_used() - middle;
    tally->bad_utf8_bytes += ill_formed;
    if (ill_formed * 100 > text.size) {
        tally->documents_not_utf8++;
        passage_clear(passage);
        return false;
    }
    if (passage->sentences == 0) {
        tally->documents_empty++;
        return false;
    }
    tally->documents_kept++;
    tally->sentences += passage->sentences;
    tally->tokens += passage->ids.count;
    tally->unknown_tokens += count_unknown(&passage->ids, rules->unknown);
    return true;
}

void passage_clear(struct passage *passage) {
    passage->ids.count = 0;
    passage->sentences = 0;
}

void passage_fini(struct passage *passage) {
    ids_fini(&passage->ids);
    mem_free(passage->ends);
    mem_free(passage->slices);
    *passage = (struct passage){0};
}
