/* SPDX-License-Identifier: Apache-2.0 */
/* Entities: see entities.h.
 *
 * A scheme is rows of pairs of letters: after which letter which one begins an entity,
 * goes on with it, ends it, and whether their types must be equal.  The rows are
 * seqeval's (scheme.py, 1.2.2). */
#include "src/judge/entities.h"

#include <stdbool.h>
#include <string.h>

enum types { ANY, SAME, OTHER };

struct rule {
    const char *before, *now; /* letters; NULL ends the rules, "" is any letter */
    enum types types;
};

enum { RULES = 7 };

struct scheme {
    const char *name, *letters;
    struct rule begins[RULES], goes_on[RULES], ends[RULES];
};

static const struct scheme schemes[ENTITIES_SCHEMES] = {
    [ENTITIES_LENIENT] = {.name = "lenient"},
    [ENTITIES_IOB1] = {"IOB1",
                       "IOB",
                       {{"O", "I", ANY},
                        {"I", "I", OTHER},
                        {"B", "I", ANY},
                        {"I", "B", SAME},
                        {"B", "B", SAME}},
                       {{"B", "I", SAME}, {"I", "I", SAME}},
                       {{"I", "I", OTHER},
                        {"I", "O", ANY},
                        {"I", "B", ANY},
                        {"B", "O", ANY},
                        {"B", "I", OTHER},
                        {"B", "B", SAME}}},
    [ENTITIES_IOB2] = {"IOB2",
                       "IOB",
                       {{"", "B", ANY}},
                       {{"B", "I", SAME}, {"I", "I", SAME}},
                       {{"I", "O", ANY},
                        {"I", "I", OTHER},
                        {"I", "B", ANY},
                        {"B", "O", ANY},
                        {"B", "I", OTHER},
                        {"B", "B", ANY}}},
    [ENTITIES_IOBES] =
        {"IOBES",
         "IOBES",
         {{"", "B", ANY}, {"", "S", ANY}},
         {{"B", "I", SAME}, {"B", "E", SAME}, {"I", "I", SAME}, {"I", "E", SAME}},
         {{"S", "", ANY}, {"E", "", ANY}}},
};

/* What follows the letter and a hyphen. */
static struct slice type_of(const struct str *label) {
    struct slice rest = {label->data + 1, label->size - 1};
    if (rest.size > 0 && rest.data[0] == '-')
        rest = (struct slice){rest.data + 1, rest.size - 1};
    return rest;
}

int entities_tags(const struct str *labels, int count, enum entities_scheme scheme,
                  struct tag *tags, struct err *err) {
    const char *letters = schemes[scheme].letters;
    for (int i = 0; i < count; i++) {
        if (labels[i].size == 0 || (letters && !strchr(letters, labels[i].data[0])))
            return err_set(err, ERR_DATA, "label '%s' is none of %s (%s)",
                           labels[i].size ? labels[i].data : "", schemes[scheme].name,
                           letters ? letters : "a letter, a hyphen, a type");
        struct slice type = type_of(&labels[i]);
        int first = 0; /* label of this type; an empty one is that of "O": -1 */
        while (first < i && !slice_equal(type_of(&labels[first]), type))
            first++;
        tags[i] = (struct tag){labels[i].data[0], type.size ? first : -1};
    }
    return 0;
}

/* ---- lenient ---- */

static bool pair_in(char before, char now, const char *pairs) {
    for (; *pairs; pairs += 2)
        if (pairs[0] == before && pairs[1] == now)
            return true;
    return false;
}

static bool ends_leniently(struct tag before, struct tag now) {
    if (before.letter == 'E' || before.letter == 'S' ||
        pair_in(before.letter, now.letter, "BBBSBOIBISIO"))
        return true;
    return before.letter != 'O' && before.letter != '.' && before.type != now.type;
}

static bool begins_leniently(struct tag before, struct tag now) {
    if (now.letter == 'B' || now.letter == 'S' ||
        pair_in(before.letter, now.letter, "EEEISESIOEOI"))
        return true;
    return now.letter != 'O' && now.letter != '.' && before.type != now.type;
}

static const struct tag outside = {'O', -1};

static struct tag tag_at(const struct tag *tags, const float *labels, int64_t words,
                         int64_t i) {
    return i < 0 || i >= words || labels[i] < 0 ? outside : tags[(int)labels[i]];
}

static int64_t find_leniently(const struct tag *tags, const float *labels,
                              int64_t words, struct entity *entities) {
    int64_t count = 0, first = 0;
    for (int64_t i = 0; i <= words; i++) {
        struct tag before = tag_at(tags, labels, words, i - 1);
        struct tag now = tag_at(tags, labels, words, i);
        if (i > 0 && ends_leniently(before, now))
            entities[count++] = (struct entity){before.type, first, i - 1};
        if (begins_leniently(before, now))
            first = i;
    }
    return count;
}

/* ---- strict ---- */

static bool applies(const struct rule *rules, struct tag before, struct tag now) {
    for (const struct rule *rule = rules; rule->before; rule++) {
        bool letters = (!*rule->before || *rule->before == before.letter) &&
                       (!*rule->now || *rule->now == now.letter);
        bool same = before.type == now.type;
        if (letters && (rule->types == ANY || (rule->types == SAME ? same : !same)))
            return true;
    }
    return false;
}

static int64_t find_strictly(const struct tag *tags, const struct scheme *scheme,
                             const float *labels, int64_t words,
                             struct entity *entities) {
    int64_t count = 0, i = 0;
    while (i < words) {
        int64_t first = i++;
        struct tag before = tag_at(tags, labels, words, first - 1);
        struct tag now = tag_at(tags, labels, words, first), next;
        if (!applies(scheme->begins, before, now))
            continue;
        while (next = tag_at(tags, labels, words, i),
               i < words && applies(scheme->goes_on, now, next))
            now = next, i++;
        if (applies(scheme->ends, now, next))
            entities[count++] =
                (struct entity){tag_at(tags, labels, words, first).type, first, i - 1};
    }
    return count;
}

int64_t entities_find(const struct tag *tags, enum entities_scheme scheme,
                      const float *labels, int64_t words, struct entity *entities) {
    if (scheme == ENTITIES_LENIENT)
        return find_leniently(tags, labels, words, entities);
    return find_strictly(tags, &schemes[scheme], labels, words, entities);
}

int64_t entities_common(const struct entity *a, int64_t a_count, const struct entity *b,
                        int64_t b_count) {
    int64_t i = 0, j = 0, common = 0;
    while (i < a_count && j < b_count) {
        if (a[i].last == b[j].last)
            common += a[i].first == b[j].first && a[i].type == b[j].type;
        if (a[i].last < b[j].last)
            i++;
        else if (a[i].last > b[j].last)
            j++;
        else
            i++, j++;
    }
    return common;
}
