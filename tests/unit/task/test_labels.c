/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a label's number is its place in the list; lists that are learnt come out in
 * one order, whatever the order of the file. */
#include "src/task/labels.h"

#include "tests/tap.h"

static const struct row {
    const char *what, *met[5], *want;
} rows[] = {
    {"bytes", {"NOUN", "ADJ", "NOUN", "B"}, "ADJ B NOUN"},
    {"numbers by value", {"10", "9", "-1", "1e1"}, "-1 9 10 1e1"},
    {"one that is no number", {"10", "9", "x"}, "10 9 x"},
    {"the beginning of another", {"ab", "a", ""}, " a ab"},
};

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct labels labels = {0};
        int32_t numbers[5], first[5];
        struct str got = {0};
        int n = 0;
        for (; rows[i].met[n]; n++)
            first[n] = labels_add(&labels, slice_of(rows[i].met[n]));
        labels_sort(&labels, numbers);
        for (int k = 0; k < labels.count; k++)
            str_printf(&got, "%s%s", k ? " " : "",
                       labels.names[k].size ? labels.names[k].data : "");
        is_str(got.data, rows[i].want, "%s: the order", rows[i].what);
        bool same = true;
        for (int k = 0; k < n; k++)
            same &= numbers[first[k]] == labels_find(&labels, slice_of(rows[i].met[k]));
        ok(same, "%s: each old number's new one", rows[i].what);
        str_fini(&got);
        labels_fini(&labels);
    }
    struct labels labels = {0};
    struct str told = {0};
    labels_parse(&labels, "0=no  1=yes maybe");
    is_int(labels_find(&labels, slice_of("1")), 1, "a list: the file's name");
    is_str(labels.words[1].data, "yes", "and the words");
    is_str(labels.words[2].data, "maybe",
           "which are the name where nothing else is said");
    is_int(labels_find(&labels, slice_of("yes")), -1, "words are no name");
    is_int(labels_find(&labels, slice_of("")), -1, "nor is nothing");
    labels_tell(&labels, &told);
    is_str(told.data, "'0', '1', 'maybe'", "told");
    str_fini(&told);
    labels_fini(&labels);
    return tap_done();
}
