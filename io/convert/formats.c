/* SPDX-License-Identifier: Apache-2.0 */
/* The table of formats: see formats.h. */
#include "io/convert/formats.h"

#include <string.h>

#include "io/convert/huggingface.h"

const struct format *const formats[] = {&huggingface_format, NULL};

const struct format *formats_find(const char *name, struct err *err) {
    struct str known = {0};
    for (const struct format *const *f = formats; *f; f++) {
        if (strcmp((*f)->name, name) == 0) {
            str_fini(&known);
            return *f;
        }
        str_printf(&known, "%s%s", known.size ? ", " : "", (*f)->name);
    }
    err_set(err, ERR_USAGE, "'%s' is not one of %s", name, known.data);
    str_fini(&known);
    return NULL;
}

const struct format *formats_of(const char *dir) {
    for (const struct format *const *f = formats; *f; f++)
        if ((*f)->is(dir))
            return *f;
    return NULL;
}
