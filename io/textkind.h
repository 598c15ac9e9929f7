/* SPDX-License-Identifier: Apache-2.0 */
/* Text that is not prose, told from how it begins: markup, JSON, lists of addresses. */
#ifndef MPIBERT_IO_TEXTKIND_H
#define MPIBERT_IO_TEXTKIND_H

#include <stdbool.h>

#include "src/base/str.h"

/* Whether markup begins so, after blanks, comments and declarations; HTML is not XML
 * here.  Text after a mere comment is none. */
bool textkind_is_html(struct slice head);
bool textkind_is_xml(struct slice head);
/* Whether it is nothing but tokens of JSON, among them a list or several strings. */
bool textkind_is_json(struct slice head);
/* Whether every line is one address or path, perhaps after a checksum. */
bool textkind_is_path_list(struct slice head);

#endif
