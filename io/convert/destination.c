/* SPDX-License-Identifier: Apache-2.0 */
/* Where exports go: see destination.h.  Staged within the folder and not beside it, as
 * the folder may be a mount, a link, or in another that may not be written to. */
#include "io/convert/destination.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/convert/text_options.h"
#include "io/syntax/json.h"
#include "src/base/file.h"

#define STAGE ".export-"
enum { CONFIG_BYTES = 16 << 20 };

/* All names that an export may write, beside text_options_punkt. */
static const char *const own[] = {
    "config.json",           "model.safetensors",       "vocab.txt", "tokenizer.json",
    "tokenizer_config.json", "special_tokens_map.json", "README.md", NULL};

static bool is_in(const char *name, const char *const *list) {
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

static bool is_stage(const char *name) {
    return strncmp(name, STAGE, strlen(STAGE)) == 0;
}

static bool is_own(const char *name) {
    return is_in(name, own) || is_in(name, text_options_punkt);
}

static void join(struct str *out, const char *dir, const char *name) {
    str_clear(out);
    str_printf(out, "%s/%s", dir, name);
}

static int remove_file(const char *dir, const char *name, void *context,
                       struct err *err) {
    (void)context;
    struct str path = {0};
    join(&path, dir, name);
    int rc = unlink(path.data) < 0 && errno != ENOENT
                 ? err_errno(err, "remove", path.data)
                 : 0;
    str_fini(&path);
    return rc;
}

/* A stage holds plain files alone. */
static int remove_stage(const char *stage, struct err *err) {
    if (file_each_name(stage, remove_file, NULL, err) < 0)
        return -1;
    return rmdir(stage) < 0 ? err_errno(err, "remove", stage) : 0;
}

/* ---- whose folder it is ---- */

/* Whether an export of this program wrote the folder's config.json. */
static bool was_exported(const char *dir) {
    struct str path = {0};
    join(&path, dir, "config.json");
    struct json *root = json_parse_file(path.data, CONFIG_BYTES, NULL);
    bool ours = json_get(root, TEXT_OPTIONS_KEY) != NULL;
    json_free(root);
    str_fini(&path);
    return ours;
}

/* What is in the way. */
struct foreign {
    bool exported; /* names of ours are ours */
    struct str first;
    int count;
};

static int look(const char *dir, const char *name, void *context, struct err *err) {
    struct foreign *foreign = context;
    (void)dir, (void)err;
    if (is_stage(name) || (foreign->exported && is_own(name)))
        return 0;
    if (foreign->count++ == 0)
        str_printf(&foreign->first, "%s", name);
    return 0;
}

static int check_foreign(const char *dir, struct err *err) {
    struct foreign foreign = {.exported = was_exported(dir)};
    int rc = file_each_name(dir, look, &foreign, err);
    if (rc == 0 && foreign.count > 0)
        rc = err_set(
            err, ERR_CONFIG,
            "%s: holds %s%s, which no export wrote; choose another folder, or say "
            "--force: then files of the names that export writes are replaced, and "
            "no other is touched",
            dir, foreign.first.data, foreign.count > 1 ? " and more" : "");
    str_fini(&foreign.first);
    return rc;
}

/* ---- beginning ---- */

static int remove_leftover(const char *dir, const char *name, void *context,
                           struct err *err) {
    (void)context;
    if (!is_stage(name))
        return 0;
    struct str path = {0};
    join(&path, dir, name);
    int rc = remove_stage(path.data, err);
    str_fini(&path);
    return rc;
}

int destination_begin(struct destination *d, const char *dir, bool force,
                      struct err *err) {
    struct stat info;
    *d = (struct destination){.made = stat(dir, &info) < 0 && errno == ENOENT};
    str_printf(&d->dir, "%s", dir);
    int rc = file_make_folder(dir, err);
    if (rc == 0 && !force)
        rc = check_foreign(dir, err);
    if (rc == 0)
        rc = file_each_name(dir, remove_leftover, NULL, err);
    if (rc == 0) {
        str_printf(&d->stage, "%s/" STAGE "%ld", dir, (long)getpid());
        if (mkdir(d->stage.data, 0777) < 0) {
            rc = err_errno(err, "make folder", d->stage.data);
            str_clear(&d->stage);
        }
    }
    if (rc < 0)
        destination_abandon(d);
    return rc;
}

/* ---- the end ---- */

static int move_up(const char *stage, const char *name, void *context,
                   struct err *err) {
    const struct destination *d = context;
    struct str from = {0}, to = {0};
    join(&from, stage, name);
    join(&to, d->dir.data, name);
    int rc = rename(from.data, to.data) < 0 ? err_errno(err, "rename to", to.data) : 0;
    str_fini(&from);
    str_fini(&to);
    return rc;
}

static int move_all_but_config(const char *stage, const char *name, void *context,
                               struct err *err) {
    return strcmp(name, own[0]) == 0 ? 0 : move_up(stage, name, context, err);
}

/* What an older export left and this one does not replace. */
static int remove_stale(const struct destination *d, struct err *err) {
    for (int i = 0; text_options_punkt[i]; i++)
        if (remove_file(d->dir.data, text_options_punkt[i], NULL, err) < 0)
            return -1;
    return 0;
}

int destination_commit(struct destination *d, struct err *err) {
    if ((was_exported(d->dir.data) && remove_stale(d, err) < 0) ||
        remove_file(d->dir.data, own[0], NULL, err) < 0)
        return -1;
    if (file_each_name(d->stage.data, move_all_but_config, d, err) < 0 ||
        move_up(d->stage.data, own[0], d, err) < 0)
        return -1;
    if (rmdir(d->stage.data) < 0)
        return err_errno(err, "remove", d->stage.data);
    if (file_sync_folder(d->stage.data, err) < 0)
        return -1;
    str_fini(&d->stage);
    str_fini(&d->dir);
    *d = (struct destination){0};
    return 0;
}

void destination_abandon(struct destination *d) {
    if (d->stage.size > 0)
        remove_stage(d->stage.data, NULL);
    if (d->made)
        rmdir(d->dir.data);
    str_fini(&d->stage);
    str_fini(&d->dir);
    *d = (struct destination){0};
}
