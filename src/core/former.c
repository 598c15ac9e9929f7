/* SPDX-License-Identifier: Apache-2.0 */
/* Former keys: see former.h.  All were false or true, and either is a value of the
 * option that took their place. */
#include "src/core/former.h"

#include <string.h>

#include "src/core/option.h"

static const struct former {
    const char *key, *now;
    const char *means[2]; /* false, true */
} formers[] = {{"data.whole_word", "data.mask_kind", {"tokens", "words"}}};

enum { COUNT = sizeof formers / sizeof *formers };

const char *former_key(int i) { return i < COUNT ? formers[i].key : NULL; }

int former_translate(const char **key, const char **text, const char *origin,
                     struct err *err) {
    int truth = 0;
    const struct former *f = formers;
    while (f < formers + COUNT && strcmp(*key, f->key) != 0)
        f++;
    if (f == formers + COUNT)
        return 0;
    struct option option = {.key = f->key, .type = OPTION_BOOL, .needed = true};
    if (option_set(&option, &truth, *text, origin, err) < 0)
        return -1;
    *key = f->now;
    *text = f->means[truth];
    return 0;
}
