/* SPDX-License-Identifier: Apache-2.0 */
/* Characters by count: see alphabet.h.  The table is as long as Unicode, so that ranks
 * add theirs up by one sum. */
#include "src/text/alphabet.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/utf8.h"

void alphabet_init(struct alphabet *alphabet) {
    *alphabet = (struct alphabet){0};
    alphabet->counts = mem_alloc(ALPHABET_COUNTS, sizeof *alphabet->counts);
    alphabet->kept = mem_alloc(ALPHABET_SCALARS, sizeof *alphabet->kept);
}

int alphabet_decode(struct slice word, uint32_t scalars[ALPHABET_WORD_MAX]) {
    const char *p = word.data, *end = p + word.size;
    int n = 0;
    while (p < end) {
        if (n == ALPHABET_WORD_MAX)
            return 0;
        int size = utf8_decode(p, end, &scalars[n++]);
        CHECK(size > 0); /* words come out of normalisation */
        p += size;
    }
    return n;
}

void alphabet_add(struct alphabet *alphabet, struct slice word, uint64_t count) {
    uint32_t scalars[ALPHABET_WORD_MAX];
    int n = alphabet_decode(word, scalars);
    for (int i = 0; i < n; i++) {
        alphabet->counts[scalars[i]] += count;
        if (i > 0)
            alphabet->counts[ALPHABET_SCALARS + scalars[i]] += count;
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

/* The characters that occur, the most frequent first: (returned count) of owned
 * *ranked. */
static size_t rank(const struct alphabet *alphabet, struct ranked **ranked) {
    size_t n = 0;
    *ranked = mem_alloc(ALPHABET_SCALARS, sizeof **ranked);
    for (uint32_t c = 0; c < ALPHABET_SCALARS; c++)
        if (alphabet->counts[c] > 0)
            (*ranked)[n++] = (struct ranked){alphabet->counts[c], c};
    qsort(*ranked, n, sizeof **ranked, compare_ranked);
    return n;
}

static uint64_t count_all(const struct alphabet *alphabet) {
    uint64_t all = 0;
    for (uint32_t c = 0; c < ALPHABET_SCALARS; c++)
        all += alphabet->counts[c];
    return all;
}

static size_t lines_of(const struct alphabet *alphabet, uint32_t scalar) {
    return alphabet_inside(alphabet, scalar) ? 2 : 1;
}

void alphabet_choose(struct alphabet *alphabet, size_t letters, double coverage,
                     size_t lines) {
    struct ranked *ranked;
    size_t n = rank(alphabet, &ranked), i = 0;
    double wanted = coverage * (double)count_all(alphabet);
    uint64_t covered = 0;
    memset(alphabet->kept, 0, ALPHABET_SCALARS * sizeof *alphabet->kept);
    for (; i < n && (i < letters || (double)covered < wanted); i++) {
        size_t cost = lines_of(alphabet, ranked[i].scalar);
        if (cost > lines)
            break;
        lines -= cost;
        covered += ranked[i].count;
        alphabet->kept[ranked[i].scalar] = true;
    }
    alphabet->size = (int32_t)i;
    mem_free(ranked);
}

int alphabet_lost(const struct alphabet *alphabet, uint32_t *scalars, int most) {
    struct ranked *ranked;
    size_t n = rank(alphabet, &ranked);
    int lost = 0;
    for (size_t i = 0; i < n && lost < most; i++)
        if (!alphabet->kept[ranked[i].scalar])
            scalars[lost++] = ranked[i].scalar;
    mem_free(ranked);
    return lost;
}

bool alphabet_inside(const struct alphabet *alphabet, uint32_t scalar) {
    return alphabet->counts[ALPHABET_SCALARS + scalar] > 0;
}

int32_t alphabet_different(const struct alphabet *alphabet) {
    int32_t n = 0;
    for (uint32_t c = 0; c < ALPHABET_SCALARS; c++)
        n += alphabet->counts[c] > 0;
    return n;
}

double alphabet_coverage(const struct alphabet *alphabet) {
    uint64_t all = count_all(alphabet), kept = 0;
    for (uint32_t c = 0; c < ALPHABET_SCALARS; c++)
        kept += alphabet->kept[c] ? alphabet->counts[c] : 0;
    return all > 0 ? (double)kept / (double)all : 1;
}

void alphabet_fini(struct alphabet *alphabet) {
    mem_free(alphabet->counts);
    mem_free(alphabet->kept);
    *alphabet = (struct alphabet){0};
}
