/* SPDX-License-Identifier: Apache-2.0 */
/* Languages as documents name them: ISO 639-1 or 639-3, region and further languages
 * after them. */
#ifndef MPIBERT_FILTER_LANGUAGE_H
#define MPIBERT_FILTER_LANGUAGE_H

#include <stdbool.h>

#include "src/base/str.h"

/* Whether `language` ("eng", "en-US", "eng,deu": the first counts) is one of `wanted`
 * ("en,deu"), however each is spelled. */
bool language_is_one_of(struct slice language, const char *wanted);

#endif
