/* SPDX-License-Identifier: Apache-2.0 */
/* Names of namespaces: see namespaces.h.  All of them lie folded in one map, first
 * those that are known without a wiki, then the wiki's own. */
#include "io/readers/namespaces.h"

enum { NAME_BYTES_MAX = 128 };

static const struct {
    int key;
    const char *names; /* with | between them */
} known[] = {
    {NAMESPACE_MEDIA, "media|medium|média|медиа|медіа|メディア|媒体|媒體"},
    {NAMESPACE_FILE,
     "file|image|datei|bild|fichier|archivo|imagen|immagine|ficheiro|imagem|bestand|"
     "afbeelding|plik|grafika|файл|изображение|зображення|fil|tiedosto|kuva|soubor|"
     "súbor|obrázok|fájl|kép|fișier|fişier|imagine|dosya|resim|fitxer|imatge|berkas|"
     "gambar|tập tin|hình|датотека|slika|datoteka|failas|vaizdas|pilt|attēls|αρχείο|"
     "εικόνα|קובץ|תמונה|ملف|صورة|پرونده|تصویر|चित्र|ไฟล์|ภาพ|파일|그림|ファイル|画像|"
     "文件|档案|檔案|图像|圖像|fitxategi|irudi|ficheru|dosiero|skrá|mynd|delwedd|"
     "выява|պատկեր|ფაილი|სურათი"},
    {NAMESPACE_CATEGORY,
     "category|kategorie|catégorie|categoría|categoria|categorie|kategoria|категория|"
     "категорія|kategori|luokka|kategória|categorie|kategorija|thể loại|категорија|"
     "kategorio|kategooria|kategorija|κατηγορία|קטגוריה|تصنيف|رده|श्रेणी|หมวดหมู่|"
     "분류|カテゴリ|分类|分類|kategoria|categoría|flokkur|categori|катэгорыя|"
     "կատեգորիա|კატეგორია"},
    {NAMESPACE_OTHER,
     "special|talk|user|user talk|wikipedia|wikipedia talk|project|project talk|"
     "file talk|mediawiki|mediawiki talk|template|template talk|help|help talk|"
     "category talk|portal|portal talk|draft|draft talk|module|module talk|book|"
     "book talk|timedtext|education program|topic"},
};

/* What a code point of two bytes is in lower case. */
static uint32_t lower(uint32_t c) {
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
        (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    bool pairs = (c >= 0x100 && c <= 0x137) || (c >= 0x460 && c <= 0x481);
    return pairs && c % 2 == 0 ? c + 1 : c;
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

void namespaces_put(struct namespaces *names, struct slice name, int key) {
    char folded[NAME_BYTES_MAX];
    size_t n = namespaces_fold(name, folded, sizeof folded);
    if (n > 0)
        map_put(&names->keys, (struct slice){folded, n}, NULL)->value =
            (uint64_t)(int64_t)key;
}

bool namespaces_find(const struct namespaces *names, struct slice name, int *key) {
    char folded[NAME_BYTES_MAX];
    if (name.size >= sizeof folded)
        return false;
    size_t n = namespaces_fold(name, folded, sizeof folded);
    const struct map_entry *entry = map_find(&names->keys, (struct slice){folded, n});
    if (entry)
        *key = (int)(int64_t)entry->value;
    return entry != NULL;
}

void namespaces_init(struct namespaces *names) {
    *names = (struct namespaces){0};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct slice rest = slice_of(known[i].names), name;
        while (slice_field(&rest, '|', &name))
            namespaces_put(names, name, known[i].key);
    }
}

void namespaces_fini(struct namespaces *names) { map_fini(&names->keys); }
