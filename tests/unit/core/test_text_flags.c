/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: every row is an option, and whose it is decides what a folder's files tell of
 * it: so the keys are told apart from those that only look alike. */
#include "src/core/text_flags.h"

#include <stdlib.h>

#include "src/core/options.h"
#include "tests/tap.h"

static const struct {
    const char *key;
    enum text_flag_owner owner;
} rows[] = {
    {"data.lowercase", TEXT_FLAG_BERT},     {"data.strip_accents", TEXT_FLAG_BERT},
    {"data.chinese_chars", TEXT_FLAG_BERT}, {"data.clean_text", TEXT_FLAG_BERT},
    {"data.dotted_i", TEXT_FLAG_OURS},      {"data.vocab", TEXT_FLAG_NONE},
    {"lowercase", TEXT_FLAG_NONE},          {"data.lower", TEXT_FLAG_NONE},
    {"data.lowercases", TEXT_FLAG_NONE},    {"", TEXT_FLAG_NONE},
};

int main(void) {
    int flags = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *key = rows[i].key;
        is_int(text_flags_owner(key), rows[i].owner, "'%s'", key);
        if (rows[i].owner != TEXT_FLAG_NONE)
            ok(options_find(key) != NULL, "  is option %d", flags++);
    }
    is_int(flags, TEXT_FLAGS, "all of them");
    return tap_done();
}
