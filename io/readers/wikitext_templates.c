/* SPDX-License-Identifier: Apache-2.0 */
/* Templates that hold words of the sentence around them: see wikitext_parts.h.  What a
 * template shows is known to its wiki alone, and most of them (boxes, citations,
 * pronunciations, notices) show nothing that prose would miss.  The rows here are the
 * rest, by use in Wikipedia: a name and what is shown, where $1 … $9 are the arguments
 * without names, $L the last of these, $* all together, $$ a dollar, and what stands in
 * brackets goes if an argument in it is missing. */
#include "io/readers/wikitext_parts.h"

#include <string.h>

enum { NAME_BYTES_MAX = 64, NESTED_MAX = 4 };

struct parts {
    const struct slice *all; /* the name first */
    int count;
};

typedef bool show(struct wikitext *w, const struct parts *parts);
static show show_measure, show_since, show_fraction, show_music;

static const struct row {
    const char *names;
    const char *pattern; /* NULL: a function shows it */
    show *function;
} rows[] = {
    {"nowrap|nobr|small|smaller|smalldiv|big|larger|large|em|strong|strongbad|bold|"
     "italic|i|b|abbr|abbrv|tooltip|sic|not a typo|notatypo|typo|proper name|linktext|"
     "visible anchor|vanchor|mvar|math|var|tmath|strikethrough|small caps|smallcaps|"
     "sc|smallcaps2|allcaps|ill|interlanguage link|interlanguage link multi|illm|"
     "ill2|link|w|lw|nihongo2|hebrew|iast|unicode|polytonic|code|mono|kbd|codes|samp|"
     "tt|overline|underline|u|ul|nobold|noitalic|no italic|aut|author|date|dts|nts|"
     "val|number|nombre|num|formatnum|flag|flagu|flagcountry|flag country|by|sup|sub|"
     "script|respell2|abbrlink|acronym|highlight|zwj|nastaliq|lang-el|chem2|ce|"
     "font|shy|nq|okay|chinese|literal|title case|quote inline|"
     "quote-inline|tq|talk quote inline|pslink|hyphenated|plain|ivrit",
     "$1", NULL},
    {"lang|langx|wikt-lang|rtl-lang|color|colour|font color|fontcolor|rquote|"
     "text color",
     "$2", NULL},
    {"transl|transliteration|translit|sort|hs|hidden sort key", "$L", NULL},
    {"chem|chemical formula|chem/link", "$*", NULL},
    {"convert|cvt|conv|convertir|convert/2", NULL, show_measure},
    {"unité|unit|unidad|unità|einheit", "$1[ $2]", NULL},
    {"as of|asof|since", NULL, show_since},
    {"frac|fraction|sfrac|frac2|sfrac2", NULL, show_fraction},
    {"music", NULL, show_music},
    {"circa|c.|ca|ca.", "c.[ $1][ – c. $2]", NULL},
    {"floruit|fl.|fl", "fl.[ $1][–$2]", NULL},
    {"reign|r.", "r.[ $1][–$2]", NULL},
    {"b.|born", "b. $1", NULL},
    {"d.|died", "d. $1", NULL},
    {"quote|blockquote|cquote|quotation|bquote|poemquote|poem|verse|centered pull "
     "quote|"
     "block quote|block indent|blockindent|indent|center|citation "
     "bloc|zitat|quoteblock",
     "\n$1\n", NULL},
    {"nihongo|nihongo krt", "$1[ ($2[, $3])]", NULL},
    {"gloss", "\2$1\2", NULL},
    {"lit|literally|literal translation", "lit. \2$1\2", NULL},
    {"angbr|angle bracket|angbr ipa", "⟨$1⟩", NULL},
    {"key press|key|keypress|button", "$1[+$2[+$3]]", NULL},
    {"bibleverse|bibleref|bibleref2|bibleverse-nb", "[$1 ][$2 ][$3]", NULL},
    {"mp|minor planet", "$1[ $2]", NULL},
    {"uss", "USS $1[ ($2)]", NULL},
    {"hms", "HMS $1", NULL},
    {"hmas", "HMAS $1", NULL},
    {"hmcs", "HMCS $1", NULL},
    {"hmnzs", "HMNZS $1", NULL},
    {"sms", "SMS $1", NULL},
    {"ss", "SS $1", NULL},
    {"rms", "RMS $1", NULL},
    {"mv", "MV $1", NULL},
    {"ms", "MS $1", NULL},
    {"ins", "INS $1", NULL},
    {"usns", "USNS $1", NULL},
    {"uscgc", "USCGC $1", NULL},
    {"ship", "$1 $2[ ($3)]", NULL},
    {"sclass|sclass-|sclass2|sclass2-", "$1-class $2", NULL},
    {"us$|usd|us dollar", "US$$$1", NULL},
    {"a$|aud|au$", "A$$$1", NULL},
    {"ca$|cad", "CA$$$1", NULL},
    {"gbp|£|pound sterling", "£$1", NULL},
    {"eur|€|euro", "€$1", NULL},
    {"inr|indian rupee|indianrupee|₹|rs.", "₹$1", NULL},
    {"jpy|¥|jp¥|cny|rmb", "¥$1", NULL},
    {"'|apostrophe|apos", "\2", NULL},
    {"'s|apostrophe s", "\2s", NULL},
    {"\"'", "\"\2", NULL},
    {"'\"", "\2\"", NULL},
    {"ndash|en dash|endash|–|nbndash", "–", NULL},
    {"mdash|em dash|emdash|—", "—", NULL},
    {"snd|spnd|sndash|spaced ndash|spaced en dash|dash|spndash|snds", " – ", NULL},
    {"smd|spaced mdash|spaced em dash", " — ", NULL},
    {"·|dot|•|bullet|bull|middot|interpunct|\\", " · ", NULL},
    {"nbsp|space|sp|thinsp|thin space|hair space|hairsp|spaces|nnbsp|break|br|zwsp",
     " ", NULL},
    {"=", "=", NULL},
    {"asterisk|*", "*", NULL},
    {"sharp|♯", "♯", NULL},
    {"flat|♭", "♭", NULL},
    {"natural|♮", "♮", NULL},
    {"okina|ʻokina|'okina", "ʻ", NULL},
    {"times|×", "×", NULL},
    {"minus|−", "−", NULL},
    {"pi", "π", NULL},
    {"degree|deg|°", "°", NULL},
    {"1er", "1er", NULL},
    {"s|s2", "$1e siècle", NULL},
};

void wikitext_templates_init(struct wikitext *w) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        wikitext_put_names(&w->templates, rows[i].names, i);
}

/* The key of a named argument, of size 0 if it has none. */
static struct slice key_of(struct slice part, struct slice *value) {
    const char *at = part.size > 0 ? memchr(part.data, '=', part.size) : NULL;
    *value = part;
    if (at == NULL)
        return (struct slice){0};
    size_t n = (size_t)(at - part.data);
    *value = (struct slice){at + 1, part.size - n - 1};
    struct slice key = wikitext_trim((struct slice){part.data, n});
    return key.size > 0 ? key : (struct slice){part.data, n};
}

static struct slice find_named(const struct parts *parts, const char *name) {
    struct slice value;
    for (int i = 1; i < parts->count; i++)
        if (slice_equal(key_of(parts->all[i], &value), slice_of(name)))
            return wikitext_trim(value);
    return (struct slice){0};
}

/* Argument `number`, from 1, given by place or as 1=…; the last one for 0. */
static struct slice argument(const struct parts *parts, int number) {
    char digit[2] = {(char)('0' + number), '\0'};
    struct slice value, last = {0};
    int place = 0;
    for (int i = 1; i < parts->count; i++) {
        if (key_of(parts->all[i], &value).size > 0)
            continue;
        last = wikitext_trim(value);
        if (++place == number)
            return last;
    }
    if (number == 0)
        return last;
    value = find_named(parts, digit);
    if (value.size == 0 && number == 1) /* as quotations call it */
        value = find_named(parts, "text");
    return value;
}

static bool put(struct wikitext *w, struct slice text) {
    str_append(&w->shown, text.data, text.size);
    return text.size > 0;
}

static bool put_all(struct wikitext *w, const struct parts *parts) {
    struct slice value;
    bool any = false;
    for (int i = 1; i < parts->count; i++)
        if (key_of(parts->all[i], &value).size == 0)
            any = put(w, wikitext_trim(value)) || any;
    return any;
}

/* Puts what the letter behind a $ stands for; false if that is missing. */
static bool put_variable(struct wikitext *w, const struct parts *parts, char c) {
    if (c == '$')
        return put(w, slice_of("$"));
    if (c == '*')
        return put_all(w, parts);
    return put(w, argument(parts, c == 'L' ? 0 : c - '0'));
}

/* Shows a pattern; false if an argument outside of brackets is missing. */
static bool put_pattern(struct wikitext *w, const struct parts *parts,
                        const char *pattern) {
    size_t marks[NESTED_MAX];
    bool good[NESTED_MAX] = {true};
    int depth = 0;
    for (const char *p = pattern; *p; p++) {
        if (*p == '[') {
            marks[++depth] = w->shown.size;
            good[depth] = true;
        } else if (*p == ']') {
            if (!good[depth])
                w->shown.size = marks[depth];
            depth--;
        } else if (*p == '$') {
            good[depth] = put_variable(w, parts, *++p) && good[depth];
        } else {
            str_append_char(&w->shown, *p);
        }
    }
    return good[0];
}

static bool is_number(struct slice s) {
    return s.size > 0 && ((*s.data >= '0' && *s.data <= '9') ||
                          (s.size > 1 && (*s.data == '-' || *s.data == '.')));
}

/* Units as one reads them; e6acre is a million acres. */
static bool put_unit(struct wikitext *w, struct slice unit) {
    static const char *const words[][2] = {
        {"e3", "thousand "},
        {"e6", "million "},
        {"e9", "billion "},
        {"C", "°C"},
        {"F", "°F"},
        {"km2", "km²"},
        {"m2", "m²"},
        {"m3", "m³"},
        {"sqkm", "km²"},
        {"sqmi", "square miles"},
        {"sqft", "square feet"},
        {"cuft", "cubic feet"},
        {"acre", "acres"},
        {"mi", "miles"},
        {"in", "inches"},
        {"oilbbl", "barrels"},
        {"nmi", "nautical miles"},
        {"yd", "yards"},
    };
    enum { SCALES = 3 };
    for (size_t i = 0; i < SCALES; i++)
        if (slice_starts(unit, words[i][0])) {
            put(w, slice_of(words[i][1]));
            unit = (struct slice){unit.data + 2, unit.size - 2};
            break;
        }
    for (size_t i = SCALES; i < sizeof words / sizeof *words; i++)
        if (slice_equal(unit, slice_of(words[i][0])))
            return put(w, slice_of(words[i][1]));
    return put(w, unit);
}

/* {{convert|5|km|mi}}: 5 km; {{convert|5|to|10|km}}; {{convert|6|ft|1|in}}. */
static bool show_measure(struct wikitext *w, const struct parts *parts) {
    struct slice first = argument(parts, 1), second = argument(parts, 2);
    struct slice third = argument(parts, 3), fourth = argument(parts, 4);
    if (!put(w, first))
        return false;
    bool is_range = is_number(third) && fourth.size > 0;
    bool dash =
        slice_equal(second, slice_of("-")) || slice_equal(second, slice_of("–"));
    put(w, slice_of(is_range && dash ? "" : " "));
    if (is_range && dash)
        put(w, slice_of("–"));
    else
        put_unit(w, second);
    if (is_range) {
        put(w, slice_of(dash ? "" : " "));
        put(w, third);
        put(w, slice_of(" "));
        put_unit(w, fourth);
    }
    return true;
}

/* {{as of|2010|5}}: "As of May 2010" where a sentence begins. */
static bool show_since(struct wikitext *w, const struct parts *parts) {
    static const char *const months[] = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    struct slice year = argument(parts, 1), month = argument(parts, 2);
    bool lower = find_named(parts, "lc").size > 0;
    struct slice alternative = find_named(parts, "alt");
    if (alternative.size > 0)
        return put(w, alternative);
    put(w, slice_of(lower ? "as of " : "As of "));
    int number = 0;
    for (size_t i = 0; i < month.size && number < 100; i++)
        number = number * 10 + (month.data[i] - '0');
    if (month.size > 0 && number >= 1 && number <= 12) {
        put(w, slice_of(months[number - 1]));
        put(w, slice_of(" "));
    }
    return put(w, year);
}

static bool show_fraction(struct wikitext *w, const struct parts *parts) {
    const char *pattern = argument(parts, 3).size > 0   ? "$1 $2/$3"
                          : argument(parts, 2).size > 0 ? "$1/$2"
                                                        : "1/$1";
    return put_pattern(w, parts, pattern);
}

/* {{music|sharp}} is {{sharp}}. */
static bool show_music(struct wikitext *w, const struct parts *parts) {
    const struct map_entry *entry = map_find(&w->templates, argument(parts, 1));
    return entry && rows[entry->value].pattern &&
           !strchr(rows[entry->value].pattern, '$') &&
           put_pattern(w, parts, rows[entry->value].pattern);
}

/* The row of a name; NULL if it shows nothing. */
static const struct row *find_row(const struct wikitext *w, struct slice name) {
    const struct map_entry *entry = map_find(&w->templates, name);
    if (entry)
        return &rows[entry->value];
    bool first = slice_starts(name, "lang-") || slice_starts(name, "script/");
    return first ? &rows[0] : NULL;
}

bool wikitext_template(struct wikitext *w, const struct slice *all, int count) {
    static const char number[] = "formatnum:";
    char folded[NAME_BYTES_MAX];
    struct slice name = wikitext_trim(all[0]);
    if (name.size == 0 || name.size >= sizeof folded || *name.data == '#')
        return false;
    if (slice_starts(name, number))
        return put(w, (struct slice){name.data + sizeof number - 1,
                                     name.size - (sizeof number - 1)});
    name = (struct slice){folded, namespaces_fold(name, folded, sizeof folded)};
    const struct row *row = find_row(w, name);
    struct parts parts = {all, count};
    if (row == NULL)
        return false;
    return row->pattern ? put_pattern(w, &parts, row->pattern)
                        : row->function(w, &parts);
}
