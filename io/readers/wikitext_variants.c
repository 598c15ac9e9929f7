/* SPDX-License-Identifier: Apache-2.0 */
/* Words that a wiki writes in several scripts or variants of its language, Chinese and
 * Serbian above all: -{zh-hans:A; zh-hant:B}- shows A to some readers and B to others.
 * Here everybody is shown the first; conversion of the page itself is not ours. */
#include "io/readers/wikitext_parts.h"

#include <string.h>

enum { FLAGS_BYTES_MAX = 16 };

/* The flags in front, before a |, if there are any: taken off *content. */
static struct slice take_flags(struct slice *content) {
    struct slice rest = *content, flags;
    if (!slice_field(&rest, '|', &flags) || flags.size == content->size ||
        flags.size > FLAGS_BYTES_MAX || memchr(flags.data, ':', flags.size))
        return (struct slice){0};
    *content = rest;
    return slice_trim(flags);
}

struct slice wikitext_variant(struct slice content) {
    struct slice flags = take_flags(&content), rule, code;
    bool hidden = slice_equal(flags, slice_of("H")) || /* a rule for the whole page */
                  slice_equal(flags, slice_of("T")) || /* or for its title */
                  slice_equal(flags, slice_of("-"));
    if (hidden)
        return (struct slice){0};
    struct slice rest = content;
    if (!slice_field(&rest, ';', &rule))
        return content;
    rest = rule;
    bool is_rule = slice_field(&rest, ':', &code) && code.size < rule.size &&
                   wikitext_is_language(slice_trim(code));
    return is_rule ? slice_trim(rest) : content;
}
