/* SPDX-License-Identifier: Apache-2.0 */
/* A dictionary's memory: see dictionary.h. */
#include "src/core/dictionary.h"

#include "src/base/mem.h"

void dictionary_fini(struct dictionary *dictionary) {
    mem_free(dictionary->atoms);
    mem_free(dictionary->curve);
    mem_free(dictionary->pairs);
    mem_free(dictionary->sums);
    str_fini(&dictionary->teacher);
    *dictionary = (struct dictionary){0};
}
