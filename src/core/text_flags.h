/* SPDX-License-Identifier: Apache-2.0 */
/* The booleans of how text is made for a vocabulary: the rows of text_flags.def. */
#ifndef MPIBERT_CORE_TEXT_FLAGS_H
#define MPIBERT_CORE_TEXT_FLAGS_H

enum text_flag {
#define TEXT_FLAG(name, owner) TEXT_FLAG_##name,
#include "src/core/text_flags.def"
#undef TEXT_FLAG
    TEXT_FLAGS
};

enum text_flag_owner { TEXT_FLAG_NONE, TEXT_FLAG_BERT, TEXT_FLAG_OURS };

/* Whose the flag is that is the option of this key ("data.lowercase"); NONE: that is
 * no such flag. */
enum text_flag_owner text_flags_owner(const char *key);

#endif
