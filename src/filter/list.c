/* SPDX-License-Identifier: Apache-2.0 */
/* List files: see list.h. */
#include "src/filter/list.h"

#include "src/base/file.h"

static const size_t MOST_BYTES = (size_t)4 << 30;

int list_read(struct word_list *list, const char *option, const char *path,
              struct err *err) {
    *list = (struct word_list){0};
    if (file_read(path, MOST_BYTES, &list->text, err))
        return err_prefix(err, "%s", option);
    list->hash = hash128(list->text.data, list->text.size);
    return 0;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool list_next(struct slice *rest, struct slice *entry) {
    while (slice_line(rest, entry)) {
        while (entry->size > 0 && is_blank(*entry->data))
            entry->data++, entry->size--;
        while (entry->size > 0 && is_blank(entry->data[entry->size - 1]))
            entry->size--;
        if (entry->size > 0)
            return true;
    }
    return false;
}

void list_fini(struct word_list *list) { str_fini(&list->text); }
