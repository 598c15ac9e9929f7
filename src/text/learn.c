/* SPDX-License-Identifier: Apache-2.0 */
/* The learner: words become runs of one-character symbols, then the best pair of
 * neighbours becomes a symbol, everywhere, again and again (byte pair encoding,
 * Sennrich et al. 2016, on symbols spelled as WordPiece does).  Only the words that
 * have the pair are visited, so that the whole costs little more than reading the words
 * once a character.  By count the criterion is that of Hugging Face's trainer, in 64
 * bits and with ties broken; by likelihood that of Schuster and Nakajima 2012, in
 * integers too. */
#include "src/text/learn.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/text/merges.h"
#include "src/text/symbols.h"

enum { AHEAD = 8 }; /* words fetched before they are visited */
enum { MAX_NAME_BYTES = 2 + 4 * ALPHABET_WORD_MAX };

/* [unused…] stand after the first. */
static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
enum { SPECIALS = sizeof specials / sizeof *specials };

/* A word, or what is left of it between characters that were not kept. */
struct piece {
    uint64_t count;
    size_t start; /* in learner.text */
    uint32_t length;
};

struct learner {
    struct learn_options options;
    const struct alphabet *alphabet; /* borrowed */
    uint32_t *first, *next;          /* (ALPHABET_SCALARS) a kept character's symbols */
    struct symbols symbols;
    struct merges merges;
    uint32_t *text; /* the symbols of all pieces */
    size_t text_size, text_capacity;
    struct piece *pieces;
    uint32_t piece_count, piece_capacity;
};

int32_t learn_reserved(const struct learn_options *options) {
    return SPECIALS + options->unused;
}

/* ---- words ---- */

static uint32_t letter_symbol(struct symbols *symbols, const char *prefix, uint32_t c) {
    char name[8];
    size_t size = strlen(prefix);
    memcpy(name, prefix, size);
    size += (size_t)utf8_encode(c, name + size);
    return symbols_put(symbols, (struct slice){name, size});
}

/* Both alphabets, by code point. */
static void name_letters(struct learner *learner) {
    const struct alphabet *alphabet = learner->alphabet;
    for (uint32_t c = 0; c < ALPHABET_SCALARS; c++)
        if (alphabet->kept[c])
            learner->first[c] = letter_symbol(&learner->symbols, "", c);
    for (uint32_t c = 0; c < ALPHABET_SCALARS; c++)
        if (alphabet->kept[c] && alphabet_inside(alphabet, c))
            learner->next[c] = letter_symbol(&learner->symbols, "##", c);
}

struct learner *learner_create(const struct learn_options *options,
                               struct alphabet *alphabet) {
    CHECK(options->size >= learn_reserved(options) && options->letters >= 0);
    struct learner *learner = mem_alloc(1, sizeof *learner);
    learner->options = *options;
    learner->alphabet = alphabet;
    learner->first = mem_alloc(ALPHABET_SCALARS, sizeof *learner->first);
    learner->next = mem_alloc(ALPHABET_SCALARS, sizeof *learner->next);
    merges_init(&learner->merges, &learner->symbols, options->likelihood);
    alphabet_choose(alphabet, (size_t)options->letters, options->coverage,
                    (size_t)(options->size - learn_reserved(options)));
    name_letters(learner);
    return learner;
}

static void add_symbol(struct learner *learner, uint32_t symbol, uint64_t count) {
    if (learner->text_size == learner->text_capacity) {
        learner->text_capacity =
            learner->text_capacity ? 2 * learner->text_capacity : 64;
        learner->text =
            mem_resize(learner->text, learner->text_capacity, sizeof *learner->text);
    }
    learner->text[learner->text_size++] = symbol;
    learner->symbols.counts[symbol] += count;
}

/* Ends the piece that began at `start`; one of a single symbol has nothing to merge. */
static void end_piece(struct learner *learner, size_t start, uint64_t count) {
    size_t length = learner->text_size - start;
    if (length < 2) {
        learner->text_size = start;
        return;
    }
    CHECK(learner->piece_count < UINT32_MAX);
    if (learner->piece_count == learner->piece_capacity) {
        learner->piece_capacity =
            learner->piece_capacity ? 2 * learner->piece_capacity : 64;
        learner->pieces = mem_resize(learner->pieces, learner->piece_capacity,
                                     sizeof *learner->pieces);
    }
    const uint32_t *s = learner->text + start;
    for (size_t i = 0; i + 1 < length; i++)
        merges_add(&learner->merges, s[i], s[i + 1], learner->piece_count, count);
    learner->pieces[learner->piece_count++] =
        (struct piece){count, start, (uint32_t)length};
}

void learner_add(struct learner *learner, struct slice word, uint64_t count) {
    uint32_t scalars[ALPHABET_WORD_MAX];
    int n = alphabet_decode(word, scalars);
    size_t start = learner->text_size;
    for (int i = 0; i < n; i++) {
        uint32_t c = scalars[i];
        if (learner->alphabet->kept[c]) {
            add_symbol(learner, i == 0 ? learner->first[c] : learner->next[c], count);
        } else {
            end_piece(learner, start, count);
            start = learner->text_size;
        }
    }
    end_piece(learner, start, count);
}

/* ---- merges ---- */

/* "ab" of "a" and "##b", "##ab" of "##a" and "##b". */
static uint32_t merged_symbol(struct symbols *symbols, uint32_t left, uint32_t right) {
    char name[MAX_NAME_BYTES];
    struct slice a = symbols->names[left], b = symbols->names[right];
    memcpy(name, a.data, a.size);
    memcpy(name + a.size, b.data + 2, b.size - 2);
    return symbols_put(symbols, (struct slice){name, a.size + b.size - 2});
}

/* One occurrence of the pair, at s[i], is about to become the symbol after the n that
 * are done: the pairs with its neighbours go and come. */
static void swap_neighbours(struct learner *learner, uint32_t number,
                            const struct merge *merge, uint32_t symbol, uint32_t n,
                            uint32_t i) {
    const struct piece *piece = &learner->pieces[number];
    const uint32_t *s = learner->text + piece->start;
    struct merges *merges = &learner->merges;
    uint64_t count = piece->count;
    if (n > 0) {
        merges_remove(merges, s[n - 1], merge->left, count);
        merges_add(merges, s[n - 1], symbol, number, count);
    }
    merges_remove(merges, merge->left, merge->right, count);
    if (i + 2 < piece->length) {
        merges_remove(merges, merge->right, s[i + 2], count);
        merges_add(merges, symbol, s[i + 2], number, count);
    }
}

/* Replaces the pair in one piece, from left to right; returns how often. */
static uint32_t rewrite_piece(struct learner *learner, uint32_t number,
                              const struct merge *merge, uint32_t symbol) {
    struct piece *piece = &learner->pieces[number];
    uint32_t *s = learner->text + piece->start, n = 0, found = 0;
    for (uint32_t i = 0; i < piece->length; i++, n++) {
        bool here =
            i + 1 < piece->length && s[i] == merge->left && s[i + 1] == merge->right;
        if (here)
            swap_neighbours(learner, number, merge, symbol, n, i);
        s[n] = here ? symbol : s[i];
        found += here;
        i += here;
    }
    piece->length = n;
    return found;
}

static void merge_pair(struct learner *learner, const struct merge *merge) {
    struct symbols *symbols = &learner->symbols;
    uint32_t symbol = merged_symbol(symbols, merge->left, merge->right);
    uint64_t count = 0;
    for (uint32_t i = 0; i < merge->word_count; i++) {
        uint32_t number = merge->words[i];
        if (i + 2 * AHEAD < merge->word_count) { /* pieces are all over the memory */
            const struct piece *later = &learner->pieces[merge->words[i + AHEAD]];
            __builtin_prefetch(&learner->pieces[merge->words[i + 2 * AHEAD]]);
            __builtin_prefetch(learner->text + later->start);
        }
        count += rewrite_piece(learner, number, merge, symbol) *
                 learner->pieces[number].count;
    }
    symbols->counts[merge->left] -= count;
    symbols->counts[merge->right] -= count;
    symbols->counts[symbol] += count;
    merges_symbol_fell(&learner->merges, merge->left);
    merges_symbol_fell(&learner->merges, merge->right);
}

static void learn_merges(struct learner *learner) {
    const struct learn_options *options = &learner->options;
    uint64_t min_count = options->min_count > 0 ? options->min_count : 1;
    uint32_t size = (uint32_t)(options->size - learn_reserved(options));
    struct merge merge;
    while (learner->symbols.count < size &&
           merges_take(&learner->merges, min_count, &merge)) {
        merge_pair(learner, &merge);
        mem_free(merge.words);
    }
}

/* ---- the file ---- */

static void print_unused(struct str *out, int32_t from, int32_t to) {
    for (int32_t i = from; i < to; i++)
        str_printf(out, "[unused%d]\n", (int)i);
}

static void print_vocabulary(const struct learner *learner, struct str *out) {
    const struct learn_options *options = &learner->options;
    const struct symbols *symbols = &learner->symbols;
    for (int i = 0; i < SPECIALS; i++) {
        str_printf(out, "%s\n", specials[i]);
        if (i == 0)
            print_unused(out, 0, options->unused);
    }
    for (uint32_t i = 0; i < symbols->count; i++) {
        str_append(out, symbols->names[i].data, symbols->names[i].size);
        str_append_char(out, '\n');
    }
    int32_t lines = learn_reserved(options) + (int32_t)symbols->count;
    int32_t over = options->multiple > 0 ? lines % options->multiple : 0;
    if (over > 0)
        print_unused(out, options->unused, options->unused + options->multiple - over);
}

void learner_run(struct learner *learner, struct str *out) {
    learn_merges(learner);
    print_vocabulary(learner, out);
}

void learner_destroy(struct learner *learner) {
    if (learner == NULL)
        return;
    merges_fini(&learner->merges);
    symbols_fini(&learner->symbols);
    mem_free(learner->first);
    mem_free(learner->next);
    mem_free(learner->text);
    mem_free(learner->pieces);
    mem_free(learner);
}
