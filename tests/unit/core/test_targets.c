/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the targets of some sequences of a batch are the rows of these sequences, of
 * each kind; and what was not asked for stays away. */
#include "src/core/targets.h"

#include "tests/tap.h"

/* Three sequences, of 2, 3 and 4 tokens with 1, 0 and 2 of them masked. */
static int32_t starts[] = {0, 2, 5, 9}, masked_starts[] = {0, 1, 1, 3};
static const struct batch batch = {
    .B = 3, .T = 9, .M = 3, .starts = starts, .masked_starts = masked_starts};

static const float states[6], attention[9 * 3];
static const int64_t begins[] = {0, 2, 3, 5};
static const int32_t at[5];
static const float values[5];

static const struct row {
    const char *name;
    int64_t first, count, rows, tokens;
    int64_t masked, row; /* where they begin */
} rows[] = {
    {"all", 0, 3, 3, 9, 0, 0},
    {"the first", 0, 1, 1, 2, 0, 0},
    {"one without a mask", 1, 1, 0, 3, 1, 2},
    {"the last two", 1, 2, 2, 7, 1, 2},
    {"none", 3, 0, 0, 0, 3, 9},
};

int main(void) {
    const struct sparse_rows sparse = {begins, at, values};
    const struct targets whole = {.rows = 3,
                                  .tokens = 9,
                                  .width = 2,
                                  .states = states,
                                  .codes = sparse,
                                  .attended = 1,
                                  .attention = attention};
    const struct targets nothing = {.rows = 3, .tokens = 9, .width = 2};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        struct targets t = targets_of(&whole, &batch, r->first, r->count);
        is_int(t.rows, r->rows, "%s: masked rows", r->name);
        is_int(t.tokens, r->tokens, "  tokens");
        is_int(t.states - states, 2 * r->masked, "  states");
        is_int(t.attention - attention, 3 * r->row, "  attention");
        is_int(t.codes.starts - begins, r->masked, "  codes");
        ok(t.codes.at == at && t.codes.values == values, "  counted from the first");
        ok(t.logits.starts == NULL, "  no logits");
        t = targets_of(&nothing, &batch, r->first, r->count);
        ok(!t.states && !t.attention && !t.codes.starts, "  of nothing, nothing");
    }
    return tap_done();
}
