/* SPDX-License-Identifier: Apache-2.0 */
/* The learner: words become runs of one-character symbols, then the best pair of
 * neighbours becomes a symbol, everywhere, again and again (byte pair encoding,
 * Sennrich et al. 2016, on symbols spelled as WordPiece does).  Only the words that
 * have the pair are visited, so that the whole costs little more than reading the words
 * once a character.  The criterion is that of Hugging Face's trainer, in 64 bits and
 * with ties broken. */
#include "src/text/learn.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/text/merges.h"
#include "src/text/pretokenize.h"
#include "src/text/symbols.h"
#include "src/text/utf8.h"
#include "src/text/wordpiece.h"

enum { SCALARS = 0x110000, MAX_CHARACTERS = WORDPIECE_MAX_CHARACTERS };
enum { MAX_NAME_BYTES = 2 + 4 * MAX_CHARACTERS };

static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
enum { SPECIALS = sizeof specials / sizeof *specials };

void learn_count(const struct normalizer_options *options, struct slice text,
                 struct map *counts) {
    struct normalizer normalizer;
    normalizer_init(&normalizer, options);
    normalizer_run(&normalizer, text);
    struct slice rest = str_slice(&normalizer.text), word;
    while (pretokenize_next(&rest, &word))
        map_put(counts, word, NULL)->value++;
    normalizer_fini(&normalizer);
}

/* What is known of a character. */
struct letter {
    uint64_t count;       /* in all words */
    bool inside;          /* occurs elsewhere than first */
    bool kept;            /* in the alphabet */
    uint32_t first, next; /* its symbols, if kept (next: if inside too) */
};

/* A word, or what is left of it between characters that were not kept. */
struct piece {
    size_t start; /* in learner.text */
    uint32_t length;
    uint64_t count;
};

struct learner {
    struct letter *letters; /* (SCALARS) */
    struct symbols symbols;
    struct merges merges;
    uint32_t *text; /* the symbols of all pieces */
    size_t text_size, text_capacity;
    struct piece *pieces;
    uint32_t piece_count, piece_capacity;
};

/* The characters of a word, or 0 if they are too many. */
static int decode_word(const struct map_entry *entry,
                       uint32_t scalars[MAX_CHARACTERS]) {
    const char *p = entry->key, *end = p + entry->key_size;
    int n = 0;
    while (p < end) {
        if (n == MAX_CHARACTERS)
            return 0;
        int size = utf8_decode(p, end, &scalars[n++]);
        CHECK(size > 0); /* words come out of normalisation */
        p += size;
    }
    return n;
}

static void count_letters(struct learner *learner, const struct map *counts) {
    uint32_t scalars[MAX_CHARACTERS];
    for (size_t i = 0; i < counts->capacity; i++) {
        const struct map_entry *entry = &counts->entries[i];
        int n = entry->key ? decode_word(entry, scalars) : 0;
        for (int k = 0; k < n; k++) {
            struct letter *letter = &learner->letters[scalars[k]];
            letter->count += entry->value;
            letter->inside = letter->inside || k > 0;
        }
    }
}

struct ranked {
    uint64_t count;
    uint32_t scalar;
};

static int compare_ranked(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return (x->scalar > y->scalar) - (x->scalar < y->scalar);
}

/* Marks the `limit` most frequent characters as kept. */
static void choose_alphabet(struct letter *letters, size_t limit) {
    struct ranked *ranked = mem_alloc(SCALARS, sizeof *ranked);
    size_t n = 0;
    for (uint32_t c = 0; c < SCALARS; c++)
        if (letters[c].count > 0)
            ranked[n++] = (struct ranked){letters[c].count, c};
    qsort(ranked, n, sizeof *ranked, compare_ranked);
    for (size_t i = 0; i < n && i < limit; i++)
        letters[ranked[i].scalar].kept = true;
    mem_free(ranked);
}

static uint32_t letter_symbol(struct symbols *symbols, const char *prefix, uint32_t c) {
    char name[8];
    size_t size = strlen(prefix);
    memcpy(name, prefix, size);
    size += (size_t)utf8_encode(c, name + size);
    return symbols_put(symbols, (struct slice){name, size});
}

/* Both alphabets, by code point. */
static void name_letters(struct learner *learner) {
    struct letter *letters = learner->letters;
    for (uint32_t c = 0; c < SCALARS; c++)
        if (letters[c].kept)
            letters[c].first = letter_symbol(&learner->symbols, "", c);
    for (uint32_t c = 0; c < SCALARS; c++)
        if (letters[c].kept && letters[c].inside)
            letters[c].next = letter_symbol(&learner->symbols, "##", c);
}

static void add_symbol(struct learner *learner, uint32_t symbol) {
    if (learner->text_size == learner->text_capacity) {
        learner->text_capacity =
            learner->text_capacity ? 2 * learner->text_capacity : 64;
        learner->text =
            mem_resize(learner->text, learner->text_capacity, sizeof *learner->text);
    }
    learner->text[learner->text_size++] = symbol;
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
        (struct piece){start, (uint32_t)length, count};
}

static void add_word(struct learner *learner, const struct map_entry *entry) {
    uint32_t scalars[MAX_CHARACTERS];
    int n = decode_word(entry, scalars);
    size_t start = learner->text_size;
    for (int i = 0; i < n; i++) {
        const struct letter *letter = &learner->letters[scalars[i]];
        if (letter->kept) {
            add_symbol(learner, i == 0 ? letter->first : letter->next);
        } else {
            end_piece(learner, start, entry->value);
            start = learner->text_size;
        }
    }
    end_piece(learner, start, entry->value);
}

/* "ab" of "a" and "##b", "##ab" of "##a" and "##b". */
static uint32_t merged_symbol(struct symbols *symbols, uint32_t left, uint32_t right) {
    char name[MAX_NAME_BYTES];
    struct slice a = symbols->names[left], b = symbols->names[right];
    memcpy(name, a.data, a.size);
    memcpy(name + a.size, b.data + 2, b.size - 2);
    return symbols_put(symbols, (struct slice){name, a.size + b.size - 2});
}

/* Replaces the pair in one piece, from left to right, and tells of the pairs that go
 * and come: those of which one side was or is merged. */
static void rewrite_piece(struct learner *learner, uint32_t number,
                          const struct merge *merge, uint32_t symbol) {
    struct piece *piece = &learner->pieces[number];
    uint32_t *s = learner->text + piece->start, old[MAX_CHARACTERS], n = 0;
    bool goes[MAX_CHARACTERS] = {false}, comes[MAX_CHARACTERS] = {false};
    memcpy(old, s, piece->length * sizeof *old);
    for (uint32_t i = 0; i < piece->length; i++, n++) {
        bool here = i + 1 < piece->length && old[i] == merge->left &&
                    old[i + 1] == merge->right;
        s[n] = here ? symbol : old[i];
        comes[n] = here;
        if (here)
            goes[i] = true, goes[++i] = true;
    }
    for (uint32_t i = 0; i + 1 < piece->length; i++)
        if (goes[i] || goes[i + 1])
            merges_remove(&learner->merges, old[i], old[i + 1], piece->count);
    for (uint32_t i = 0; i + 1 < n; i++)
        if (comes[i] || comes[i + 1])
            merges_add(&learner->merges, s[i], s[i + 1], number, piece->count);
    piece->length = n;
}

static void learn_merges(struct learner *learner, const struct learn_options *options) {
    uint64_t min_count = options->min_count > 0 ? options->min_count : 1;
    uint32_t size = (uint32_t)options->size - SPECIALS;
    struct merge merge;
    while (learner->symbols.count < size &&
           merges_take(&learner->merges, min_count, &merge)) {
        uint32_t symbol = merged_symbol(&learner->symbols, merge.left, merge.right);
        for (uint32_t i = 0; i < merge.word_count; i++)
            rewrite_piece(learner, merge.words[i], &merge, symbol);
        mem_free(merge.words);
    }
}

static void print_vocabulary(const struct symbols *symbols, struct str *out) {
    for (int i = 0; i < SPECIALS; i++)
        str_printf(out, "%s\n", specials[i]);
    for (uint32_t i = 0; i < symbols->count; i++) {
        str_append(out, symbols->names[i].data, symbols->names[i].size);
        str_append_char(out, '\n');
    }
}

void learn_vocabulary(const struct map *counts, const struct learn_options *options,
                      struct str *out) {
    CHECK(options->size >= SPECIALS && options->max_alphabet >= 0);
    struct learner learner = {0};
    learner.letters = mem_alloc(SCALARS, sizeof *learner.letters);
    merges_init(&learner.merges, &learner.symbols);
    size_t room = (size_t)(options->size - SPECIALS) / 2; /* each letter may take two */
    size_t limit = (size_t)options->max_alphabet;
    count_letters(&learner, counts);
    choose_alphabet(learner.letters, limit < room ? limit : room);
    name_letters(&learner);
    for (size_t i = 0; i < counts->capacity; i++)
        if (counts->entries[i].key)
            add_word(&learner, &counts->entries[i]);
    learn_merges(&learner, options);
    print_vocabulary(&learner.symbols, out);
    merges_fini(&learner.merges);
    symbols_fini(&learner.symbols);
    mem_free(learner.letters);
    mem_free(learner.text);
    mem_free(learner.pieces);
}
