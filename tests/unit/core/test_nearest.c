/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: an edit counts one, a swap of neighbours too, and either way round; a name of
 * any length has a distance, so that something is always the nearest. */
#include "src/core/nearest.h"

#include <stddef.h>
#include <string.h>

#include "tests/tap.h"

static const struct {
    const char *a, *b;
    int want;
} rows[] = {
    {"", "", 0},
    {"a", "a", 0},
    {"", "abc", 3},
    {"steps", "step", 1},
    {"stesp", "steps", 1},
    {"stops", "steps", 1},
    {"ca", "abc", 3}, /* no edit within a swap */
    {"train.lanes", "model.layers", 7},
};

int main(void) {
    char longer[200], longest[200];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        is_int(nearest_distance(rows[i].a, rows[i].b), rows[i].want, "'%s' and '%s'",
               rows[i].a, rows[i].b);
        is_int(nearest_distance(rows[i].b, rows[i].a), rows[i].want, "  and back");
    }
    memset(longer, 'x', sizeof longer);
    memset(longest, 'x', sizeof longest);
    longer[64] = longest[199] = '\0';
    is_int(nearest_distance(longer, "xy"), 62, "of 64 bytes 63 count");
    is_int(nearest_distance("", longest), 63, "of 199 too");
    is_int(nearest_distance(longer, longest), 0, "which begin alike");
    return tap_done();
}
