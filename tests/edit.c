/* SPDX-License-Identifier: Apache-2.0 */
/* One change to a file: see edit.h. */
#include "tests/edit.h"

#include <stdint.h>
#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

/* `text` with every `old` replaced; false if there was none. */
static bool replace_all(struct str *text, const char *old, const char *new) {
    struct str out = {0};
    const char *from = text->data, *at;
    bool found = false;
    while ((at = strstr(from, old)) != NULL) {
        str_append(&out, from, (size_t)(at - from));
        str_append(&out, new, strlen(new));
        from = at + strlen(old);
        found = true;
    }
    str_append(&out, from, (size_t)(text->data + text->size - from));
    str_fini(text);
    *text = out;
    return found;
}

void edit_file(const char *path, const char *old, const char *new, size_t more) {
    struct str whole = {0}, head = {0};
    file_read(path, 1 << 20, &whole, NULL);
    uint64_t n = whole.size, start = 0;
    if (strstr(path, ".safetensors")) {
        memcpy(&n, whole.data, sizeof n);
        start = sizeof n;
    }
    str_append(&head, whole.data + start, n);
    if (!replace_all(&head, old, new))
        ok(false, "%s: no '%s' to edit", path, old);
    struct str out = {0};
    uint64_t size = head.size;
    if (start)
        str_append(&out, &size, sizeof size);
    str_append(&out, head.data, head.size);
    str_append(&out, whole.data + start + n, whole.size - start - n);
    for (size_t i = 0; i < more; i++)
        str_append_char(&out, 0);
    if (file_write_atomic(path, out.data, out.size, NULL) < 0)
        ok(false, "cannot write %s", path);
    str_fini(&whole);
    str_fini(&head);
    str_fini(&out);
}
