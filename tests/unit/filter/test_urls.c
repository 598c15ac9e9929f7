/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a host on the list blocks itself and all below it, a beginning of addresses
 * what begins with it up to a part of the path, and neither anything that only looks
 * alike. */
#include "src/filter/urls.h"

#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const char blocklist[] = "bad.example\n"
                                "\n  https://www.WORSE.example/  \r\n"
                                "mixed.example/forum\n"
                                "mixed.example/shop/\n";

static const struct {
    const char *url;
    bool blocked;
} rows[] = {
    {"https://bad.example", true},
    {"http://bad.example/", true},
    {"HTTP://WWW.Bad.Example/a?b#c", true},
    {"bad.example/a", true},
    {"https://deep.below.bad.example:8080/x", true},
    {"https://me@bad.example/", true},
    {"https://bad.example.org/", false},
    {"https://notbad.example/", false},
    {"https://example/", false},
    {"https://good.example/bad.example", false},
    {"https://good.example/?u=http://bad.example", false},
    {"https://worse.example/any", true},
    {"https://mixed.example/", false},
    {"https://mixed.example/forum", true},
    {"https://www.mixed.example/forum?page=2", true},
    {"https://mixed.example/forum/a/b", true},
    {"https://mixed.example/forums", false},
    {"https://mixed.example/Forum", false},
    {"https://mixed.example/shop/x", true},
    {"", false},
    {"https://", false},
    {"/", false},
};

int main(void) {
    struct urls urls = {0};
    struct err err = {0};
    char path[256];
    snprintf(path, sizeof path, "%s/urls", tap_folder());
    is_int(urls_read(&urls, path, &err), -1, "no file");
    is_int(err.code, 66, "  is missing");
    ok(strstr(err.text, "filter.url_blocklist") != NULL, "  and named");
    file_write_atomic(path, blocklist, strlen(blocklist), &err);
    is_int(urls_read(&urls, path, &err), 0, "a list");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        is_int(urls_have(&urls, slice_of(rows[i].url)), rows[i].blocked, "%s",
               rows[i].url);
    char longest[5000];
    memset(longest, 'a', sizeof longest);
    is_int(urls_have(&urls, (struct slice){longest, sizeof longest}), 0,
           "an endless address");
    urls_fini(&urls);
    return tap_done();
}
