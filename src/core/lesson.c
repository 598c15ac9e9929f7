/* SPDX-License-Identifier: Apache-2.0 */
/* Lessons: see lesson.h.  Where something begins is never kept but counted, so that
 * parts can be put one after the other. */
#include "src/core/lesson.h"

#include <limits.h>
#include <string.h>

#include "src/base/mem.h"

const struct lesson_part_words lesson_parts[LESSON_PARTS] = {
    [LESSON_HASHES] = {"hashes", sizeof(uint64_t)},
    [LESSON_ROWS] = {"rows", sizeof(int32_t)},
    [LESSON_STATES] = {"states", sizeof(float)},
    [LESSON_LOGITS_COUNTS] = {"logits/counts", sizeof(int32_t)},
    [LESSON_LOGITS_AT] = {"logits/at", sizeof(int32_t)},
    [LESSON_LOGITS] = {"logits/values", sizeof(float)},
    [LESSON_CODES_COUNTS] = {"codes/counts", sizeof(int32_t)},
    [LESSON_CODES_AT] = {"codes/at", sizeof(int32_t)},
    [LESSON_CODES] = {"codes/values", sizeof(float)},
    [LESSON_TOKENS] = {"tokens", sizeof(int32_t)},
    [LESSON_ATTENTION] = {"attention", sizeof(float)},
};

static bool keeps(const struct lesson *l, enum target_kind kind) {
    return (l->shape.kinds & (uint32_t)kind) != 0;
}

/* How many numbers a part has. */
static int64_t count_of(const struct lesson *l, enum lesson_part part) {
    return (int64_t)(l->parts[part].size / lesson_parts[part].bytes);
}

static const void *data_of(const struct lesson *l, enum lesson_part part) {
    return l->parts[part].data;
}

/* ---- adding ---- */

static void append(struct lesson *l, enum lesson_part part, const void *numbers,
                   int64_t count) {
    if (count > 0)
        str_append(&l->parts[part], numbers, (size_t)count * lesson_parts[part].bytes);
}

/* A part of counts, and the two after it. */
static void add_sparse(struct lesson *l, enum lesson_part counts, int64_t rows,
                       const struct sparse_rows *said) {
    int64_t first = said->starts[0], all = said->starts[rows] - first;
    for (int64_t i = 0; i < rows; i++) {
        int32_t count = (int32_t)(said->starts[i + 1] - said->starts[i]);
        append(l, counts, &count, 1);
    }
    if (said->at)
        append(l, counts + 1, said->at + first, all);
    append(l, counts + 2, said->values + first, all);
}

static void add_attention(struct lesson *l, const struct batch *text, int64_t first,
                          int64_t count, const float *attention) {
    const int32_t *starts = text->starts;
    for (int64_t b = first; b < first + count; b++) {
        int32_t own = starts[b + 1] - starts[b];
        append(l, LESSON_TOKENS, &own, 1);
    }
    append(l, LESSON_ATTENTION, attention,
           (starts[first + count] - starts[first]) * 3 * l->shape.attended);
}

void lesson_add(struct lesson *l, const struct batch *text, int64_t first,
                int64_t count, const struct targets *said) {
    const int32_t *starts = text->masked_starts;
    int64_t rows = starts[first + count] - starts[first];
    for (int64_t b = first; b < first + count; b++) {
        uint64_t hash = batch_hash_sequence(text, b);
        int32_t own = starts[b + 1] - starts[b];
        append(l, LESSON_HASHES, &hash, 1);
        append(l, LESSON_ROWS, &own, 1);
    }
    if (keeps(l, TARGET_STATES))
        append(l, LESSON_STATES, said->states, rows * l->shape.width);
    if (keeps(l, TARGET_LOGITS))
        add_sparse(l, LESSON_LOGITS_COUNTS, rows, &said->logits);
    if (keeps(l, TARGET_CODES))
        add_sparse(l, LESSON_CODES_COUNTS, rows, &said->codes);
    if (keeps(l, TARGET_ATTENTION))
        add_attention(l, text, first, count, said->attention);
}

/* ---- counting ---- */

/* (n + 1) where runs of these lengths begin, in place of *starts; -1: a length that is
 * none. */
static int64_t count_starts(const int32_t *counts, int64_t n, int64_t most,
                            int64_t **starts) {
    *starts = mem_resize(*starts, (size_t)n + 1, sizeof **starts);
    (*starts)[0] = 0;
    for (int64_t i = 0; i < n; i++) {
        if (counts[i] < 0 || counts[i] > most)
            return -1;
        (*starts)[i + 1] = (*starts)[i] + counts[i];
    }
    return (*starts)[n];
}

/* Whether a part of counts and the two after it are of so many rows, each of a choice
 * out of `most` numbers, or of all of them. */
static bool index_sparse(struct lesson *l, enum lesson_part counts, bool kept,
                         int64_t most, int64_t **starts) {
    int64_t rows = kept ? l->rows : 0;
    if (count_of(l, counts) != rows)
        return false;
    int64_t all = count_starts(data_of(l, counts), rows, most, starts);
    int64_t chosen = count_of(l, counts + 1);
    const int32_t *at = data_of(l, counts + 1);
    if (all < 0 || count_of(l, counts + 2) != all)
        return false;
    for (int64_t i = 0; i < chosen; i++)
        if (at[i] < 0 || at[i] >= most)
            return false;
    return chosen == all || (chosen == 0 && all == rows * most);
}

static bool index_attention(struct lesson *l) {
    int64_t sequences = keeps(l, TARGET_ATTENTION) ? l->sequences : 0;
    int64_t tokens = -1;
    if (count_of(l, LESSON_TOKENS) == sequences)
        tokens = count_starts(data_of(l, LESSON_TOKENS), sequences, INT_MAX,
                              &l->token_starts);
    return tokens >= 0 &&
           count_of(l, LESSON_ATTENTION) == tokens * 3 * l->shape.attended;
}

static bool index_parts(struct lesson *l) {
    for (int p = 0; p < LESSON_PARTS; p++)
        if (l->parts[p].size % lesson_parts[p].bytes != 0)
            return false;
    l->sequences = count_of(l, LESSON_ROWS);
    l->rows =
        count_starts(data_of(l, LESSON_ROWS), l->sequences, INT_MAX, &l->row_starts);
    if (l->rows < 0 || count_of(l, LESSON_HASHES) != l->sequences)
        return false;
    int64_t width = keeps(l, TARGET_STATES) ? l->shape.width : 0;
    return count_of(l, LESSON_STATES) == l->rows * width && index_attention(l) &&
           index_sparse(l, LESSON_LOGITS_COUNTS, keeps(l, TARGET_LOGITS),
                        l->shape.tokens, &l->logit_starts) &&
           index_sparse(l, LESSON_CODES_COUNTS, keeps(l, TARGET_CODES), l->shape.atoms,
                        &l->code_starts);
}

bool lesson_index(struct lesson *l) {
    bool whole = index_parts(l);
    if (!whole)
        lesson_clear(l);
    return whole;
}

/* ---- telling ---- */

bool lesson_is_of(const struct lesson *l, int64_t sequence, const struct batch *text,
                  int64_t b) {
    const uint64_t *hashes = data_of(l, LESSON_HASHES);
    const int32_t *rows = data_of(l, LESSON_ROWS);
    return sequence < l->sequences &&
           rows[sequence] == text->masked_starts[b + 1] - text->masked_starts[b] &&
           hashes[sequence] == batch_hash_sequence(text, b);
}

static struct sparse_rows tell_sparse(const struct lesson *l, enum lesson_part counts,
                                      const int64_t *starts, int64_t row) {
    bool some = count_of(l, counts + 1) > 0;
    return (struct sparse_rows){starts + row, some ? data_of(l, counts + 1) : NULL,
                                data_of(l, counts + 2)};
}

struct targets lesson_tell(const struct lesson *l, int64_t first, int64_t count) {
    int64_t row = l->row_starts[first];
    struct targets said = {.rows = l->row_starts[first + count] - row,
                           .width = l->shape.width,
                           .attended = l->shape.attended};
    const float *states = data_of(l, LESSON_STATES);
    const float *attention = data_of(l, LESSON_ATTENTION);
    if (keeps(l, TARGET_STATES) && states)
        said.states = states + row * said.width;
    if (keeps(l, TARGET_LOGITS))
        said.logits = tell_sparse(l, LESSON_LOGITS_COUNTS, l->logit_starts, row);
    if (keeps(l, TARGET_CODES))
        said.codes = tell_sparse(l, LESSON_CODES_COUNTS, l->code_starts, row);
    if (keeps(l, TARGET_ATTENTION)) {
        int64_t token = l->token_starts[first];
        said.tokens = l->token_starts[first + count] - token;
        said.attention = attention + token * 3 * said.attended;
    }
    return said;
}

/* ---- how large ---- */

size_t lesson_bytes(const struct lesson *l) {
    size_t sum = 0;
    for (int p = 0; p < LESSON_PARTS; p++)
        sum += l->parts[p].size;
    return sum;
}

/* Of all numbers nobody says which they are. */
static double sparse_bytes(int64_t most, double kept) {
    return 4 + (kept < (double)most ? 8 * kept : 4 * (double)most);
}

double lesson_foretell(const struct lesson_shape *shape,
                       const struct lesson_counts *counts) {
    double sequence = 12, row = 0, token = 0;
    if (shape->kinds & TARGET_STATES)
        row += 4 * (double)shape->width;
    if (shape->kinds & TARGET_LOGITS)
        row += sparse_bytes(shape->tokens, counts->logits);
    if (shape->kinds & TARGET_CODES)
        row += sparse_bytes(shape->atoms, counts->codes);
    if (shape->kinds & TARGET_ATTENTION) {
        sequence += 4;
        token += 12 * (double)shape->attended;
    }
    return sequence * counts->sequences + row * counts->rows + token * counts->tokens;
}

/* ---- elsewhere ---- */

void lesson_pack(const struct lesson *l, struct str *bytes) {
    for (int p = 0; p < LESSON_PARTS; p++) {
        uint64_t size = l->parts[p].size;
        str_append(bytes, &size, sizeof size);
        str_append(bytes, l->parts[p].data, l->parts[p].size);
    }
}

bool lesson_unpack(struct lesson *l, struct slice bytes) {
    for (int p = 0; p < LESSON_PARTS; p++) {
        uint64_t size;
        if (bytes.size < sizeof size)
            return false;
        memcpy(&size, bytes.data, sizeof size);
        bytes = (struct slice){bytes.data + sizeof size, bytes.size - sizeof size};
        if (bytes.size < size)
            return false;
        str_append(&l->parts[p], bytes.data, size);
        bytes = (struct slice){bytes.data + size, bytes.size - size};
    }
    return bytes.size == 0;
}

/* ---- the end ---- */

void lesson_clear(struct lesson *l) {
    for (int p = 0; p < LESSON_PARTS; p++)
        str_clear(&l->parts[p]);
    l->sequences = l->rows = 0;
}

void lesson_fini(struct lesson *l) {
    for (int p = 0; p < LESSON_PARTS; p++)
        str_fini(&l->parts[p]);
    mem_free(l->row_starts);
    mem_free(l->token_starts);
    mem_free(l->logit_starts);
    mem_free(l->code_starts);
    *l = (struct lesson){0};
}
