/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: an error carries its code and a sentence of bounded length; every way to fill
 * one returns -1, also when nobody wants to know. */
#include "src/base/err.h"

#include <errno.h>
#include <string.h>

#include "tests/tap.h"

static void test_set(void) {
    struct err err = {0};
    is_int(err_set(&err, ERR_DATA, "shard %s: %d bytes", "a.tar", 7), -1,
           "err_set gives -1");
    is_int(err.code, 65, "the code");
    is_str(err.text, "shard a.tar: 7 bytes", "the text");
    is_int(err_prefix(&err, "lane %d", 3), -1, "err_prefix gives -1");
    is_str(err.text, "lane 3: shard a.tar: 7 bytes", "the text behind its prefix");
    is_int(err.code, 65, "the code stays");
    is_int(err_set(NULL, ERR_DATA, "x"), -1, "nobody listens: err_set");
    is_int(err_prefix(NULL, "x"), -1, "nobody listens: err_prefix");
    errno = EIO;
    is_int(err_errno(NULL, "read", "x"), -1, "nobody listens: err_errno");
}

static void test_long(void) {
    char text[3000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct err err;
    err_set(&err, ERR_IO, "%s", text);
    is_int((int64_t)strlen(err.text), sizeof err.text - 1, "a long text is cut");
    err_prefix(&err, "%s", "bb");
    ok(strncmp(err.text, "bb: aaa", 7) == 0, "a prefix pushes its end out");
    is_int((int64_t)strlen(err.text), sizeof err.text - 1, "to the last byte");
    for (size_t n = sizeof err.text - 5; n < sizeof err.text + 2; n++) {
        err_set(&err, ERR_IO, "old");
        err_prefix(&err, "%.*s", (int)n, text);
        ok(err.text[0] == 'a' && strlen(err.text) < sizeof err.text,
           "a prefix of %zu bytes fits", n);
    }
}

static void test_errno(void) {
    static const struct {
        int number, code;
    } rows[] = {
        {ENOENT, ERR_MISSING}, {ENOTDIR, ERR_MISSING}, {EACCES, ERR_IO},
        {EIO, ERR_IO},         {ENOSPC, ERR_IO},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err;
        errno = rows[i].number;
        is_int(err_errno(&err, "open", "a/b"), -1, "err_errno gives -1");
        is_int(err.code, rows[i].code, "code of %s", strerror(rows[i].number));
        ok(strncmp(err.text, "a/b: cannot open: ", 18) == 0 &&
               strstr(err.text, strerror(rows[i].number)),
           "%s", err.text);
    }
}

int main(void) {
    test_set();
    test_long();
    test_errno();
    return tap_done();
}
