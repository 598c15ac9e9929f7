/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a folder with a stranger's file is left as it is without --force, and keeps
 * that file with it; what is staged is nowhere else until it is moved up, whole; what
 * is abandoned leaves nothing. */
#include "io/convert/destination.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/convert/huggingface.h"
#include "src/base/file.h"
#include "tests/tap.h"

static const char ours[] = "{\"mpibert\": {}}", theirs[] = "{\"model_type\": \"bert\"}";

static const char *in(const char *dir, const char *name) {
    static char path[2][600];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

static bool there(const char *dir, const char *name) {
    return access(in(dir, name), F_OK) == 0;
}

static void put(const char *dir, const char *name, const char *text) {
    if (file_make_folder(dir, NULL) < 0 ||
        file_write_atomic(in(dir, name), text, strlen(text), NULL) < 0)
        ok(false, "cannot write %s/%s", dir, name);
}

static bool holds(const char *dir, const char *name, const char *text) {
    struct str got = {0};
    bool same = file_read(in(dir, name), 1000, &got, NULL) == 0 &&
                slice_equal(str_slice(&got), slice_of(text));
    str_fini(&got);
    return same;
}

static void test_foreign(void) {
    static const struct {
        const char *config; /* NULL: none */
        const char *name;   /* of another file, NULL: none */
        bool ours;
    } rows[] = {
        {NULL, NULL, true},
        {ours, NULL, true},
        {ours, "model.safetensors", true},
        {ours, "README.md", true},
        {ours, "ortho_context.tab", true},
        {NULL, ".export-123", true}, /* a killed export's */
        {theirs, ".export-123", false},
        {theirs, NULL, false},
        {"{", NULL, false},
        {ours, "notes", false},
        {ours, ".gitattributes", false},
        {NULL, "model.safetensors", false},
        {NULL, "README.md", false},
        {theirs, "model.safetensors", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int force = 0; force < 2; force++) {
            char dir[300];
            struct destination to;
            struct err err = {0};
            snprintf(dir, sizeof dir, "%s/foreign-%zu-%d", tap_folder(), i, force);
            file_make_folder(dir, NULL);
            if (rows[i].config)
                put(dir, "config.json", rows[i].config);
            if (rows[i].name && strncmp(rows[i].name, ".export", 7) == 0)
                mkdir(in(dir, rows[i].name), 0777);
            else if (rows[i].name)
                put(dir, rows[i].name, "old");
            int rc = destination_begin(&to, &huggingface_format, dir, force, &err);
            if (force || rows[i].ours)
                ok(rc == 0, "row %zu%s %s", i, force ? ", forced" : "", err.text);
            else
                ok(rc < 0 && err.code == ERR_CONFIG && strstr(err.text, "--force"),
                   "row %zu is refused: %s", i, err.text);
            destination_abandon(&to);
            bool leftover = rc == 0 && rows[i].name && rows[i].name[1] == 'e';
            ok((rows[i].name == NULL || there(dir, rows[i].name) != leftover) &&
                   (rows[i].config == NULL ||
                    holds(dir, "config.json", rows[i].config)),
               "  abandoned, it is as it was");
        }
}

static void test_commit(void) {
    static const struct {
        const char *old; /* config.json that is there */
        const char *kept, *gone;
    } rows[] = {{NULL, NULL, NULL},
                {ours, "notes", "ortho_context.tab"},
                {theirs, "ortho_context.tab", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char dir[300];
        struct destination to;
        struct err err = {0};
        snprintf(dir, sizeof dir, "%s/commit-%zu/deep/", tap_folder(), i);
        if (rows[i].old)
            put(dir, "config.json", rows[i].old);
        if (rows[i].kept)
            put(dir, rows[i].kept, "kept");
        if (rows[i].gone)
            put(dir, rows[i].gone, "stale");
        ok(destination_begin(&to, &huggingface_format, dir, true, &err) == 0,
           "begin %s", err.text);
        put(to.stage.data, "config.json", "new");
        put(to.stage.data, "model.safetensors", "weights");
        ok(!there(dir, "model.safetensors"), "nothing is there before the end");
        char stage[400];
        snprintf(stage, sizeof stage, "%s", to.stage.data);
        ok(destination_commit(&to, &err) == 0, "commit %s", err.text);
        ok(holds(dir, "config.json", "new") &&
               holds(dir, "model.safetensors", "weights"),
           "then all is");
        ok(access(stage, F_OK) < 0, "and no stage");
        ok(rows[i].kept == NULL || holds(dir, rows[i].kept, "kept"),
           "a stranger's stays");
        ok(rows[i].gone == NULL || !there(dir, rows[i].gone),
           "a stale one of ours goes");
        destination_abandon(&to);
        ok(there(dir, "config.json"), "to abandon what is done changes nothing");
    }
}

/* Killed while its files are moved up, an export leaves a folder that the next takes
 * for what it is, and replaces; what a stranger put beside it is still a stranger's. */
static void test_interrupted(void) {
    static const struct {
        const char *name;
        int code;
    } rows[] = {{"model.safetensors", 0}, {"abbrev_types.txt", 0}, {"notes", 78}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char dir[300];
        struct destination to;
        struct err err = {0};
        snprintf(dir, sizeof dir, "%s/interrupted-%zu", tap_folder(), i);
        put(dir, rows[i].name, "moved");
        char left[400];
        snprintf(left, sizeof left, "%s/.exported-123", dir);
        put(left, "config.json", ours);
        int rc = destination_begin(&to, &huggingface_format, dir, false, &err);
        is_int(rc < 0 ? err.code : 0, rows[i].code, "beside a move that was cut: %s %s",
               rows[i].name, err.text);
        ok(there(dir, rows[i].name) && there(dir, ".exported-123") == (rc < 0),
           "  whose leftover is taken away, if this is an export's");
        if (rc == 0) {
            put(to.stage.data, "config.json", "new");
            ok(destination_commit(&to, &err) == 0 && !there(dir, rows[i].name) &&
                   holds(dir, "config.json", "new"),
               "  and the next export is whole: %s", err.text);
        }
        destination_abandon(&to);
    }
}

static void test_refused(void) {
    static const struct {
        const char *dir;
        int code, other; /* one or the other */
    } rows[] = {{"file", ERR_IO, ERR_MISSING},
                {"file/below", ERR_IO, ERR_MISSING},
                {"", ERR_MISSING, ERR_MISSING},
                {"/proc/nothing", ERR_IO, ERR_MISSING}};
    put(tap_folder(), "file", "text");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct destination to;
        struct err err = {0};
        bool whole = rows[i].dir[0] == '/' || rows[i].dir[0] == '\0';
        int rc = destination_begin(&to, &huggingface_format,
                                   whole ? rows[i].dir : in(tap_folder(), rows[i].dir),
                                   true, &err);
        ok(rc < 0 && (err.code == rows[i].code || err.code == rows[i].other),
           "'%s' is refused: %s", rows[i].dir, err.text);
    }
    ok(holds(tap_folder(), "file", "text"), "the file is as it was");
}

static void test_abandoned(void) {
    char dir[300];
    struct destination to;
    snprintf(dir, sizeof dir, "%s/abandoned", tap_folder());
    ok(destination_begin(&to, &huggingface_format, dir, false, NULL) == 0, "begin");
    put(to.stage.data, "vocab.txt", "a");
    destination_abandon(&to);
    ok(access(dir, F_OK) < 0, "a folder that was made goes again");
}

int main(void) {
    test_foreign();
    test_commit();
    test_interrupted();
    test_refused();
    test_abandoned();
    return tap_done();
}
