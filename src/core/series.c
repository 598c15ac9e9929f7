/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of numbers: see series.h. */
#include "src/core/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/parse.h"
#include "src/base/str.h"

/* More is a mistake: a STEP forgotten. */
enum { MOST = 100000 };

/* In units of `scale`: 1, or a hundredth of the whole. */
struct item {
    double first, last, step, scale;
};

/* A number, which ends in % where the others of its item do. */
static int parse_part(struct slice part, bool percent, double *value) {
    char text[32];
    int64_t number = 0;
    if (percent && (part.size == 0 || part.data[--part.size] != '%'))
        return -1;
    if (part.size == 0 || part.size >= sizeof text)
        return -1;
    memcpy(text, part.data, part.size);
    text[part.size] = '\0';
    int rc = percent ? parse_real(text, value) : parse_int(text, &number);
    if (!percent)
        *value = (double)number;
    return rc < 0 || *value < 0 ? -1 : 0;
}

/* Where `mark` begins in the text, or its end. */
static size_t find(struct slice text, const char *mark) {
    size_t n = strlen(mark), i = 0;
    while (i + n <= text.size && memcmp(text.data + i, mark, n) != 0)
        i++;
    return i + n <= text.size ? i : text.size;
}

static struct slice from(struct slice text, size_t at) {
    return (struct slice){text.data + at, text.size - at};
}

static int parse_item(struct slice text, int64_t whole, struct item *item) {
    bool percent = text.size > 0 && text.data[text.size - 1] == '%';
    size_t slash = find(text, "/");
    struct slice range = {text.data, slash};
    size_t dots = find(range, "..");
    *item = (struct item){.step = 1, .scale = percent ? .01 * (double)whole : 1};
    if (slash < text.size &&
        (dots == slash || parse_part(from(text, slash + 1), percent, &item->step) < 0))
        return -1;
    if (parse_part((struct slice){text.data, dots}, percent, &item->first) < 0)
        return -1;
    item->last = item->first;
    if (dots < slash && parse_part(from(range, dots + 2), percent, &item->last) < 0)
        return -1;
    return item->step > 0 && item->first <= item->last ? 0 : -1;
}

static int compare(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void sort(struct series *s) {
    int kept = 0;
    if (s->count > 0)
        qsort(s->values, (size_t)s->count, sizeof *s->values, compare);
    for (int i = 0; i < s->count; i++)
        if (i == 0 || s->values[i] != s->values[i - 1])
            s->values[kept++] = s->values[i];
    s->count = kept;
}

static int add_item(struct series *s, struct slice text, int64_t whole,
                    struct err *err) {
    struct item item;
    if (parse_item(text, whole, &item) < 0)
        return err_set(err, ERR_CONFIG,
                       "'%.*s' is not N, FIRST..LAST or FIRST..LAST/STEP, of whole "
                       "numbers or of percentages",
                       (int)text.size, text.data);
    double more = floor((item.last - item.first) / item.step + 1e-9) + 1;
    if (more > MOST - s->count)
        return err_set(err, ERR_CONFIG, "'%.*s' makes more than %d numbers",
                       (int)text.size, text.data, MOST);
    s->values = mem_resize(s->values, (size_t)(s->count + more), sizeof *s->values);
    for (int i = 0; i < (int)more; i++)
        s->values[s->count++] = llround((item.first + i * item.step) * item.scale);
    return 0;
}

int series_parse(const char *text, int64_t whole, struct series *series,
                 struct err *err) {
    struct slice rest = slice_of(text);
    *series = (struct series){0};
    for (bool more = true; more;) {
        size_t comma = find(rest, ",");
        more = comma < rest.size;
        if (add_item(series, (struct slice){rest.data, comma}, whole, err) < 0) {
            series_fini(series);
            return -1;
        }
        rest = from(rest, more ? comma + 1 : comma);
    }
    sort(series);
    return 0;
}

bool series_has(const struct series *s, int64_t value) {
    return s->count > 0 &&
           bsearch(&value, s->values, (size_t)s->count, sizeof value, compare) != NULL;
}

void series_fini(struct series *s) {
    mem_free(s->values);
    *s = (struct series){0};
}
