/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons in one line: see reasons.h.  Of many files the first are named. */
#include "io/reasons.h"

#include "src/base/file.h"

enum { TEXT_MAX = 640 }; /* of an error's 1024 bytes */

void reasons_join(struct reasons *reasons, struct slice more) {
    struct str *text = &reasons->text;
    if (more.size > 0 && text->size < TEXT_MAX)
        str_printf(text, "%s%.*s", text->size > 0 ? "; " : "", (int)more.size,
                   more.data);
}

void reasons_add(struct reasons *reasons, const char *path, const char *why) {
    struct str one = {0};
    str_printf(&one, "%s: %s", file_base_name(path), why);
    reasons_join(reasons, str_slice(&one));
    str_fini(&one);
}

int reasons_fault(const struct manifest *manifest, int source, int files,
                  struct slice reasons, struct err *err) {
    const struct source_spec *spec = &manifest->specs[source < 0 ? 0 : source];
    bool several = source < 0 && manifest->spec_count > 1,
         cut = reasons.size > TEXT_MAX;
    int count = files;
    for (int i = 0; files == 0 && i < manifest->shard_count; i++)
        count += source < 0 || manifest->shards[i].source == source;
    return err_set(
        err, ERR_DATA,
        "source %s%s: not one document with text in %d file%s%s (format %s); "
        "check its path, its format and its filter%s%.*s%s",
        spec->path, several ? " and the others" : "", count, count == 1 ? "" : "s",
        files > 0 ? " of a lane" : "", spec->format ? spec->format : "auto",
        reasons.size > 0 ? ": " : "", cut ? TEXT_MAX : (int)reasons.size, reasons.data,
        cut ? " …" : "");
}

void reasons_fini(struct reasons *reasons) { str_fini(&reasons->text); }
