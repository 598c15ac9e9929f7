/* SPDX-License-Identifier: Apache-2.0 */
/* The booleans of text: see text_flags.h. */
#include "src/core/text_flags.h"

#include <string.h>

enum text_flag_owner text_flags_owner(const char *key) {
    static const struct {
        const char *key;
        enum text_flag_owner owner;
    } rows[] = {
#define TEXT_FLAG(name, owner) {"data." #name, TEXT_FLAG_##owner},
#include "src/core/text_flags.def"
#undef TEXT_FLAG
    };
    for (int i = 0; i < TEXT_FLAGS; i++)
        if (strcmp(key, rows[i].key) == 0)
            return rows[i].owner;
    return TEXT_FLAG_NONE;
}
