/* SPDX-License-Identifier: Apache-2.0 */
/* Names of namespaces: see namespaces.h.  All of them lie folded in one map, first
 * those that are known without a wiki, then the wiki's own; these alone lie in another,
 * by which its language is found. */
#include "io/readers/namespaces.h"

enum { NAME_BYTES_MAX = 128 };

static const struct {
    int key;
    const char *names; /* with | between them */
} known[] = {
    {NAMESPACE_MEDIA, "media|medium|média|медиа|медіа|メディア|媒体|媒體"},
    {NAMESPACE_TEMPLATE, "template"},
    {NAMESPACE_OTHER,
     "special|talk|user|user talk|wikipedia|wikipedia talk|project|project talk|"
     "file talk|mediawiki|mediawiki talk|template talk|help|help talk|"
     "category talk|portal|portal talk|draft|draft talk|module|module talk|book|"
     "book talk|timedtext|education program|topic"},
};

static const struct {
    const char *language, *file, *category, *template; /* with | between names */
} languages[] = {
#define NAMES(language, file, category, template) {language, file, category, template},
#include "io/readers/namespaces.def"
#undef NAMES
};

/* What a code point of two bytes is in lower case. */
static uint32_t lower(uint32_t c) {
    static const struct {
        uint32_t first, last, step, add;
    } ranges[] = {
        {0xc0, 0xd6, 1, 32},   {0xd8, 0xde, 1, 32},   {0x100, 0x136, 2, 1},
        {0x139, 0x147, 2, 1},  {0x14a, 0x176, 2, 1},  {0x179, 0x17d, 2, 1},
        {0x388, 0x38a, 1, 37}, {0x391, 0x3a9, 1, 32}, {0x400, 0x40f, 1, 80},
        {0x410, 0x42f, 1, 32}, {0x460, 0x480, 2, 1},  {0x48a, 0x4be, 2, 1},
        {0x4d0, 0x52e, 2, 1},  {0x531, 0x556, 1, 48},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return (c - ranges[i].first) % ranges[i].step == 0 ? c + ranges[i].add : c;
    return c == 0x18f ? 0x259 : c; /* the Azerbaijani Ə */
}

size_t namespaces_fold(struct slice name, char *to, size_t capacity) {
    size_t n = 0;
    bool space = false;
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c <= ' ' || c == '_') {
            space = n > 0;
            continue;
        }
        if (n + 3 > capacity)
            break;
        if (space)
            to[n++] = ' ';
        space = false;
        if (c < 0x80) {
            to[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        } else if (c >= 0xc3 && c <= 0xdf && i + 1 < name.size) {
            uint32_t l = lower((uint32_t)(c & 0x1f) << 6 |
                               ((unsigned char)name.data[++i] & 0x3f));
            to[n++] = (char)(0xc0 | l >> 6);
            to[n++] = (char)(0x80 | (l & 0x3f));
        } else {
            to[n++] = (char)c;
        }
    }
    return n;
}

static void put(struct map *keys, struct slice name, int key) {
    char folded[NAME_BYTES_MAX];
    size_t n = namespaces_fold(name, folded, sizeof folded);
    if (n > 0)
        map_put(keys, (struct slice){folded, n}, NULL)->value = (uint64_t)(int64_t)key;
}

static void put_all(struct map *keys, const char *names, int key) {
    struct slice rest = slice_of(names), name;
    while (slice_field(&rest, '|', &name))
        put(keys, name, key);
}

static bool find(const struct map *keys, struct slice name, int *key) {
    char folded[NAME_BYTES_MAX];
    if (name.size >= sizeof folded)
        return false;
    size_t n = namespaces_fold(name, folded, sizeof folded);
    const struct map_entry *entry = map_find(keys, (struct slice){folded, n});
    if (entry)
        *key = (int)(int64_t)entry->value;
    return entry != NULL;
}

void namespaces_put(struct namespaces *names, struct slice name, int key) {
    put(&names->keys, name, key);
    put(&names->own, name, key);
}

bool namespaces_find(const struct namespaces *names, struct slice name, int *key) {
    return find(&names->keys, name, key);
}

/* Whether the wiki calls a namespace by one of these names. */
static int is_own(const struct namespaces *names, const char *any, int want) {
    struct slice rest = slice_of(any), name;
    int key;
    while (slice_field(&rest, '|', &name))
        if (find(&names->own, name, &key) && key == want)
            return 1;
    return 0;
}

const char *namespaces_language(const struct namespaces *names) {
    const char *best = NULL;
    int most = 1; /* one name alone says too little */
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        int count = is_own(names, languages[i].file, NAMESPACE_FILE) +
                    is_own(names, languages[i].category, NAMESPACE_CATEGORY) +
                    is_own(names, languages[i].template, NAMESPACE_TEMPLATE);
        if (count > most) {
            best = languages[i].language;
            most = count;
        }
    }
    return best;
}

void namespaces_init(struct namespaces *names) {
    *names = (struct namespaces){0};
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        put_all(&names->keys, languages[i].file, NAMESPACE_FILE);
        put_all(&names->keys, languages[i].category, NAMESPACE_CATEGORY);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        put_all(&names->keys, known[i].names, known[i].key);
}

void namespaces_fini(struct namespaces *names) {
    map_fini(&names->keys);
    map_fini(&names->own);
}
