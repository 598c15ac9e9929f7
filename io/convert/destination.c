/* SPDX-License-Identifier: Apache-2.0 */
/* Where exports go: see destination.h.  Staged within the folder and not beside it, as
 * the folder may be a mount, a link, or in another that may not be written to.  A stage
 * that is complete is renamed before its files are moved up: so one that an
 * interruption left tells which of the files beside it are ours. */
#include "io/convert/destination.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/fs.h"

#define STAGE ".export-"
#define STAGE_DONE ".exported-"

static bool is_own(const struct format *format, const char *name) {
    for (const char *const *own = format->files; *own; own++)
        if (strcmp(name, *own) == 0)
            return true;
    return false;
}

static bool is_done_stage(const char *name) {
    return strncmp(name, STAGE_DONE, strlen(STAGE_DONE)) == 0;
}

static bool is_stage(const char *name) {
    return strncmp(name, STAGE, strlen(STAGE)) == 0 || is_done_stage(name);
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
    int rc = fs->unlink(path.data) < 0 && errno != ENOENT
                 ? err_errno(err, "remove", path.data)
                 : 0;
    str_fini(&path);
    return rc;
}

/* A stage holds plain files alone. */
static int remove_stage(const char *stage, struct err *err) {
    if (file_each_name(stage, remove_file, NULL, err) < 0)
        return -1;
    return fs->rmdir(stage) < 0 ? err_errno(err, "remove", stage) : 0;
}

/* ---- whose folder it is ---- */

/* What lies there. */
struct contents {
    const struct format *format;
    bool moving;        /* an export was interrupted while it moved its files up */
    struct str strange; /* the first name that no export writes; and how many */
    struct str named;   /* the first name of the format's */
    int strange_count, named_count;
};

static void count_name(struct str *first, int *count, const char *name) {
    if ((*count)++ == 0)
        str_printf(first, "%s", name);
}

static int look(const char *dir, const char *name, void *context, struct err *err) {
    struct contents *contents = context;
    (void)dir, (void)err;
    contents->moving |= is_done_stage(name);
    if (is_stage(name))
        return 0;
    if (is_own(contents->format, name))
        count_name(&contents->named, &contents->named_count, name);
    else
        count_name(&contents->strange, &contents->strange_count, name);
    return 0;
}

static int check_contents(const char *dir, bool exported,
                          const struct contents *contents, struct err *err) {
    int named = exported ? 0 : contents->named_count;
    int count = contents->strange_count + named;
    if (count == 0)
        return 0;
    return err_set(
        err, ERR_CONFIG,
        "%s: holds %s%s, which no export wrote; choose another folder, or say "
        "--force: then files of the names that export writes are replaced, and "
        "no other is touched",
        dir, contents->strange_count ? contents->strange.data : contents->named.data,
        count > 1 ? " and more" : "");
}

/* Sets d->exported; -1 if the folder is not ours to write to. */
static int judge_folder(struct destination *d, bool force, struct err *err) {
    struct contents contents = {.format = d->format};
    int rc = file_each_name(d->dir.data, look, &contents, err);
    d->exported = contents.moving || d->format->is_ours(d->dir.data);
    if (rc == 0 && !force)
        rc = check_contents(d->dir.data, d->exported, &contents, err);
    str_fini(&contents.strange);
    str_fini(&contents.named);
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

static int make_stage(struct destination *d, struct err *err) {
    str_printf(&d->stage, "%s/" STAGE "%ld", d->dir.data, (long)getpid());
    if (fs->mkdir(d->stage.data, 0777) == 0)
        return 0;
    err_errno(err, "make folder", d->stage.data);
    str_clear(&d->stage);
    return -1;
}

int destination_begin(struct destination *d, const struct format *format,
                      const char *dir, bool force, struct err *err) {
    struct stat info;
    *d = (struct destination){.format = format,
                              .made = fs->stat(dir, &info) < 0 && errno == ENOENT};
    str_printf(&d->dir, "%s", dir);
    int rc = file_make_folder(dir, err);
    if (rc == 0)
        rc = judge_folder(d, force, err);
    if (rc == 0)
        rc = file_each_name(dir, remove_leftover, NULL, err);
    if (rc == 0)
        rc = make_stage(d, err);
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
    int rc =
        fs->rename(from.data, to.data) < 0 ? err_errno(err, "rename to", to.data) : 0;
    str_fini(&from);
    str_fini(&to);
    return rc;
}

static int move_all_but_first(const char *stage, const char *name, void *context,
                              struct err *err) {
    const struct destination *d = context;
    return strcmp(name, d->format->files[0]) == 0 ? 0
                                                  : move_up(stage, name, context, err);
}

/* What an older export left and this one does not replace. */
static int remove_stale(const struct destination *d, struct err *err) {
    struct str path = {0};
    int rc = 0;
    for (const char *const *own = d->format->files; rc == 0 && *own; own++) {
        join(&path, d->stage.data, *own);
        if (fs->access(path.data, F_OK) < 0)
            rc = remove_file(d->dir.data, *own, NULL, err);
    }
    str_fini(&path);
    return rc;
}

static int mark_stage_done(struct destination *d, struct err *err) {
    struct str done = {0};
    str_printf(&done, "%s/" STAGE_DONE "%ld", d->dir.data, (long)getpid());
    int rc = fs->rename(d->stage.data, done.data) < 0
                 ? err_errno(err, "rename to", done.data)
                 : 0;
    if (rc == 0) {
        str_fini(&d->stage);
        d->stage = done;
    } else
        str_fini(&done);
    return rc;
}

int destination_commit(struct destination *d, struct err *err) {
    const char *first = d->format->files[0];
    if (mark_stage_done(d, err) < 0 || (d->exported && remove_stale(d, err) < 0) ||
        remove_file(d->dir.data, first, NULL, err) < 0)
        return -1;
    if (file_each_name(d->stage.data, move_all_but_first, d, err) < 0 ||
        move_up(d->stage.data, first, d, err) < 0)
        return -1;
    if (fs->rmdir(d->stage.data) < 0)
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
        fs->rmdir(d->dir.data);
    str_fini(&d->stage);
    str_fini(&d->dir);
    *d = (struct destination){0};
}
