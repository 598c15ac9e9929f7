/* SPDX-License-Identifier: Apache-2.0 */
/* An address is looked up as its host, as every domain above that, and as every
 * beginning that ends where a part of its path does: a dozen look-ups at most. */
#include "src/filter/urls.h"

#include <string.h>
#include <strings.h>

#include "src/filter/list.h"

enum { LONGEST_URL = 2048 }; /* bytes that are looked at */

/* Copies an address without scheme, www., port and the user's name, its host in small
 * letters. */
static size_t simplify(struct slice url, char out[LONGEST_URL], size_t *host_size) {
    const char *p = url.data, *end = p + url.size, *scheme, *at;
    if (url.size > 0 && (scheme = memmem(p, url.size, "://", 3)) != NULL)
        p = scheme + 3;
    const char *path = p;
    while (path < end && strchr("/?#", *path) == NULL)
        path++;
    if (path > p && (at = memrchr(p, '@', (size_t)(path - p))) != NULL)
        p = at + 1;
    if (path - p > 4 && strncasecmp(p, "www.", 4) == 0)
        p += 4;
    size_t n = 0;
    for (; p < path && *p != ':' && n < LONGEST_URL; p++)
        out[n++] = (char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);
    *host_size = n;
    for (; path < end && n < LONGEST_URL; path++)
        out[n++] = *path;
    return n;
}

int urls_read(struct urls *urls, const char *path, struct err *err) {
    struct word_list file;
    struct slice rest, entry;
    int rc = list_read(&file, "filter.url_blocklist", path, err);
    rest = str_slice(&file.text);
    urls->hash = file.hash;
    while (rc == 0 && list_next(&rest, &entry)) {
        char url[LONGEST_URL];
        size_t host, size = simplify(entry, url, &host);
        while (size > 0 && url[size - 1] == '/')
            size--;
        if (size > 0)
            map_put(&urls->entries, (struct slice){url, size}, NULL);
    }
    list_fini(&file);
    return rc;
}

static bool has(const struct urls *urls, const char *data, size_t size) {
    return map_find(&urls->entries, (struct slice){data, size}) != NULL;
}

bool urls_have(const struct urls *urls, struct slice url) {
    char text[LONGEST_URL];
    size_t host, size = simplify(url, text, &host);
    for (size_t i = 0; i < host; i++)
        if ((i == 0 || text[i - 1] == '.') && has(urls, text + i, host - i))
            return true;
    for (size_t i = host + 1; i <= size; i++)
        if ((i == size || strchr("/?#", text[i]) != NULL) && has(urls, text, i))
            return true;
    return false;
}

void urls_fini(struct urls *urls) { map_fini(&urls->entries); }
