/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of shards: see report.h.  What comes from the corpus and is to be shown is
 * made printable when it is taken in, so that whoever shows it need not think of that.
 */
#include "src/corpus/report.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/corpus/parcel.h"

enum { EXCERPT_BYTES = 240 };

static const uint64_t length_froms[REPORT_LENGTHS] = {
    0, 1, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000, 300000};

uint64_t report_length_from(int bin) { return length_froms[bin]; }

void report_length(struct report *report, uint64_t words) {
    int bin = REPORT_LENGTHS - 1;
    while (words < length_froms[bin])
        bin--;
    report->lengths[bin]++;
    report->words += words;
}

/* The beginning of a text, well-formed, with one space for any run of blanks and
 * control characters (also the second set of these, U+0080 to U+009F, which terminals
 * obey). */
static const char *excerpt(struct arena *arena, struct slice text) {
    char out[EXCERPT_BYTES + 1];
    size_t n = 0;
    const char *p = text.data, *end = p + text.size;
    while (p < end && n + 4 <= EXCERPT_BYTES) {
        uint32_t scalar;
        int taken = utf8_decode(p, end, &scalar);
        bool blank = taken > 0 && (scalar <= ' ' || (scalar >= 0x7f && scalar < 0xa0));
        if (taken > 0 && !blank)
            n += (size_t)utf8_encode(scalar, out + n);
        else if (taken < 0)
            out[n++] = '?';
        else if (n > 0 && out[n - 1] != ' ')
            out[n++] = ' ';
        p += taken < 0 ? -taken : taken;
    }
    return arena_copy(arena, out, n);
}

static void count(struct map *map, struct slice key, uint64_t number, size_t most) {
    if (map->count >= most && map_find(map, key) == NULL)
        key = slice_of("other");
    map_put(map, key, NULL)->value += number;
}

void report_language(struct report *report, struct slice language) {
    if (language.size == 0)
        language = slice_of("not said");
    if (map_find(&report->languages, language) == NULL)
        language = slice_of(excerpt(&report->texts, language));
    count(&report->languages, language, 1, REPORT_LANGUAGES_MAX);
}

/* ---- samples: the least of their keys, in order ---- */

static void insert(struct report *report, int reason, const struct sample *sample) {
    struct samples *s = &report->samples[reason];
    int at = s->count;
    while (at > 0 && s->items[at - 1].key > sample->key)
        at--;
    if (at == report->samples_max)
        return;
    if (s->count < report->samples_max)
        s->count++;
    memmove(&s->items[at + 1], &s->items[at],
            (size_t)(s->count - at - 1) * sizeof *s->items);
    s->items[at] = *sample;
    s->items[at].text = excerpt(&report->texts, slice_of(sample->text));
}

void report_sample(struct report *report, int reason, uint64_t key, int64_t ordinal,
                   struct slice text) {
    const struct samples *s = &report->samples[reason];
    if (s->count == report->samples_max &&
        (s->count == 0 || s->items[s->count - 1].key <= key))
        return;
    const struct sample sample = {key, report->row, ordinal,
                                  excerpt(&report->texts, text)};
    insert(report, reason, &sample);
}

/* ---- notices ---- */

static void append(struct report *report, const struct report_notice *notice) {
    size_t n = report->notice_count;
    if ((n & (n - 1)) == 0) /* powers of two: grow */
        report->notices =
            mem_resize(report->notices, n ? 2 * n : 1, sizeof *report->notices);
    report->notices[n] = *notice;
    report->notices[n].member = excerpt(&report->texts, slice_of(notice->member));
    report->notices[n].text = excerpt(&report->texts, slice_of(notice->text));
    report->notice_count++;
}

void report_notice(struct report *report, const struct notice *notice) {
    if (report->notice_count < REPORT_NOTICES_MAX)
        append(report,
               &(struct report_notice){report->row, notice->is_damage, notice->offset,
                                       notice->member, notice->text});
}

/* ---- sums ---- */

static void add_map(struct map *to, const struct map *more, size_t most) {
    for (size_t i = 0; i < more->capacity; i++) {
        const struct map_entry *e = &more->entries[i];
        if (e->key)
            count(to, (struct slice){e->key, e->key_size}, e->value, most);
    }
}

void report_add(struct report *to, const struct report *more) {
    tally_add(&to->tally, &more->tally);
    to->words += more->words;
    for (int i = 0; i < REPORT_LENGTHS; i++)
        to->lengths[i] += more->lengths[i];
    add_map(&to->kinds, &more->kinds, SIZE_MAX);
    add_map(&to->languages, &more->languages, SIZE_MAX);
    for (int r = 0; r < REPORT_REASONS; r++)
        for (int i = 0; i < more->samples[r].count; i++)
            insert(to, r, &more->samples[r].items[i]);
    for (size_t i = 0; i < more->notice_count; i++)
        append(to, &more->notices[i]);
}

/* ---- parcels ---- */

static void pack_map(const struct map *map, struct str *parcel) {
    parcel_put(parcel, map->count);
    for (size_t i = 0; i < map->capacity; i++) {
        const struct map_entry *e = &map->entries[i];
        if (e->key == NULL)
            continue;
        parcel_put_bytes(parcel, (struct slice){e->key, e->key_size});
        parcel_put(parcel, e->value);
    }
}

static void unpack_map(struct map *map, struct slice *parcel) {
    for (uint64_t n = parcel_take(parcel); n > 0; n--) {
        struct slice key = parcel_take_bytes(parcel);
        map_put(map, key, NULL)->value += parcel_take(parcel);
    }
}

static void pack_samples(const struct samples *samples, struct str *parcel) {
    parcel_put(parcel, (uint64_t)samples->count);
    for (int i = 0; i < samples->count; i++) {
        parcel_put(parcel, samples->items[i].key);
        parcel_put(parcel, (uint64_t)samples->items[i].ordinal);
        parcel_put_text(parcel, samples->items[i].text);
    }
}

static void unpack_samples(struct report *report, int reason, struct slice *parcel) {
    for (uint64_t n = parcel_take(parcel); n > 0; n--) {
        struct sample sample = {.row = report->row};
        sample.key = parcel_take(parcel);
        sample.ordinal = (int64_t)parcel_take(parcel);
        sample.text = parcel_take_text(parcel);
        insert(report, reason, &sample);
    }
}

static void unpack_notices(struct report *report, struct slice *parcel) {
    for (uint64_t n = parcel_take(parcel); n > 0; n--) {
        struct report_notice notice = {.row = report->row};
        notice.is_damage = parcel_take(parcel) != 0;
        notice.offset = parcel_take(parcel);
        notice.member = parcel_take_text(parcel);
        notice.text = parcel_take_text(parcel);
        append(report, &notice);
    }
}

void report_serialize(const struct report *report, struct str *parcel) {
    parcel_put(parcel, (uint64_t)report->row);
    parcel_put(parcel, (uint64_t)report->samples_max);
    parcel_put_raw(parcel, &report->tally, sizeof report->tally);
    parcel_put(parcel, report->words);
    parcel_put_raw(parcel, report->lengths, sizeof report->lengths);
    pack_map(&report->kinds, parcel);
    pack_map(&report->languages, parcel);
    for (int r = 0; r < REPORT_REASONS; r++)
        pack_samples(&report->samples[r], parcel);
    parcel_put(parcel, report->notice_count);
    for (size_t i = 0; i < report->notice_count; i++) {
        const struct report_notice *notice = &report->notices[i];
        parcel_put(parcel, notice->is_damage);
        parcel_put(parcel, notice->offset);
        parcel_put_text(parcel, notice->member);
        parcel_put_text(parcel, notice->text);
    }
}

void report_deserialize(struct report *report, struct slice *parcel) {
    *report = (struct report){.row = (int)parcel_take(parcel)};
    report->samples_max = (int)parcel_take(parcel);
    parcel_take_raw(parcel, &report->tally, sizeof report->tally);
    report->words = parcel_take(parcel);
    parcel_take_raw(parcel, report->lengths, sizeof report->lengths);
    unpack_map(&report->kinds, parcel);
    unpack_map(&report->languages, parcel);
    for (int r = 0; r < REPORT_REASONS; r++)
        unpack_samples(report, r, parcel);
    unpack_notices(report, parcel);
}

void report_fini(struct report *report) {
    map_fini(&report->kinds);
    map_fini(&report->languages);
    mem_free(report->notices);
    arena_fini(&report->texts);
    *report = (struct report){0};
}
