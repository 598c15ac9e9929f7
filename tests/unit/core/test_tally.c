/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: tallies are added field by field, none left out, and every field has a
 * sentence. */
#include "src/core/tally.h"

#include "tests/tap.h"

int main(void) {
    struct tally sum, more;
    uint64_t *a = (uint64_t *)&sum, *b = (uint64_t *)&more;
    int wrong = 0, silent = 0;
    for (int i = 0; i < TALLY_COUNT; i++) {
        a[i] = (uint64_t)i;
        b[i] = (uint64_t)(1000 * i + 1);
    }
    tally_add(&sum, &more);
    for (int i = 0; i < TALLY_COUNT; i++) {
        wrong += a[i] != (uint64_t)(1001 * i + 1);
        silent += tally_sentences[i] == 0 || tally_sentences[i][0] == '\0';
    }
    is_int(wrong, 0, "all fields are added");
    is_int(silent, 0, "every field says what it counts");
    is_int((int64_t)b[1], 1001, "what is added stays as it is");
    return tap_done();
}
