/* SPDX-License-Identifier: Apache-2.0 */
/* The second pass over a page, line by line: see wikitext_parts.h.  Lines that follow
 * each other are one paragraph; what is no prose goes: headings, sections of sources,
 * items of lists that are no sentences, what tables left behind.  Where something was
 * dropped inside a sentence the spaces, commas and parentheses around the hole are set
 * right. */
#include "io/readers/wikitext_parts.h"

#include <string.h>

enum { HEADING_BYTES_MAX = 128, SENTENCE_BYTES_LEAST = 25 };

/* Sections that list sources and links, in the larger Wikipedias. */
static const char section_names[] =
    "references|external links|external link|see also|further reading|bibliography|"
    "notes|footnotes|sources|citations|works cited|notes and references|gallery|"
    "references and notes|references and further reading|selected bibliography|"
    "general references|primary sources|secondary sources|related links|"
    "literature cited|cited references|weblinks|einzelnachweise|literatur|siehe auch|"
    "quellen|anmerkungen|fußnoten|références|notes et références|liens externes|"
    "voir aussi|bibliographie|annexes|articles connexes|lien externe|referencias|"
    "enlaces externos|véase también|bibliografía|notas|notas y referencias|note|"
    "collegamenti esterni|bibliografia|altri progetti|voci correlate|referências|"
    "ligações externas|ver também|externe links|externe link|bronnen|literatuur|"
    "zie ook|bronnen, noten en/of referenties|noten|przypisy|linki zewnętrzne|"
    "zobacz też|примечания|литература|ссылки|см. также|источники|примітки|посилання|"
    "література|див. також|джерела|referenser|externa länkar|se även|källor|"
    "litteratur|eksterne lenker|referanser|se også|lähteet|aiheesta muualla|"
    "katso myös|kirjallisuutta|reference|externí odkazy|související články|literatura|"
    "kaynakça|dış bağlantılar|ayrıca bakınız|források|jegyzetek|külső hivatkozások|"
    "további információk|lásd még|referințe|legături externe|vezi și|bibliografie|"
    "脚注|外部リンク|参考文献|関連項目|出典|參考文獻|外部链接|外部連結|参见|參見|"
    "参考资料|參考資料|注释|相关条目|相關條目|각주|외부 링크|같이 보기|참고 문헌|"
    "المراجع|مراجع|وصلات خارجية|انظر أيضا|انظر أيضًا|منابع|پیوند به بیرون|הערות שוליים|"
    "קישורים חיצוניים|ראו גם|לקריאה נוספת|chú thích|liên kết ngoài|tham khảo|xem thêm";

/* The state between lines. */
struct lines {
    const struct wikitext *w;
    struct str *out;
    bool in_paragraph; /* the next plain line goes on with the one before */
    int quiet_level;   /* of the heading of a section that is left out; 0: none */
};

/* A line, being put out. */
struct cleaner {
    const char *p, *end;
    struct str *out;
    size_t start;        /* in out, of this line */
    const char *demoted; /* a ''' that is an apostrophe and '' */
};

void wikitext_lines_init(struct wikitext *w) {
    struct slice rest = slice_of(section_names), name;
    while (slice_field(&rest, '|', &name))
        map_put(&w->sections, name, NULL);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == MARK_HOLE; }

static struct slice trim(struct slice s) {
    while (s.size > 0 && is_blank(*s.data))
        s.data++, s.size--;
    while (s.size > 0 && is_blank(s.data[s.size - 1]))
        s.size--;
    return s;
}

/* Whether there is a letter or a digit. */
static bool has_word(const char *p, const char *end) {
    for (; p < end; p++) {
        char lower = (char)(*p | 0x20);
        if ((lower >= 'a' && lower <= 'z') || (*p >= '0' && *p <= '9') ||
            (unsigned char)*p >= 0x80)
            return true;
    }
    return false;
}

static size_t count_quotes(const char *p, const char *end) {
    size_t n = 0;
    while (p + n < end && p[n] == '\'')
        n++;
    return n;
}

/* The ''' that is an apostrophe and a '', as MediaWiki chooses it: l'''amour''.  NULL
 * if bold and italic come in pairs.  A single letter before it is the best sign, then a
 * word, then a space. */
static const char *find_demoted(struct slice line) {
    const char *end = line.data + line.size, *letter = NULL, *word = NULL;
    const char *space = NULL, *p = line.data;
    int bold = 0, italic = 0;
    while (p < end && (p = memmem(p, (size_t)(end - p), "''", 2)) != NULL) {
        size_t n = count_quotes(p, end);
        const char *at = p;
        p += n;
        bold += n != 2;
        italic += n == 2 || n >= 5;
        if (n != 3 && n != 4)
            continue;
        char before = at > line.data ? at[-1] : ' ';
        char first = at > line.data + 1 ? at[-2] : ' ';
        const char **place = before == ' ' ? &space : first == ' ' ? &letter : &word;
        *place = *place ? *place : at;
    }
    if (bold % 2 == 0 || italic % 2 == 0)
        return NULL;
    return letter ? letter : word ? word : space;
}

static void put_quotes(struct cleaner *c) {
    size_t n = count_quotes(c->p, c->end);
    size_t stay = n > 5 ? n - 5 : n == 4 || n == 1 || c->p == c->demoted;
    for (size_t i = 0; i < stay; i++)
        str_append_char(c->out, '\'');
    c->p += n;
}

/* The last byte put out on this line, NUL at its beginning. */
static char last(const struct cleaner *c) {
    return c->out->size > c->start ? c->out->data[c->out->size - 1] : '\0';
}

static void unput(struct cleaner *c, const char *bytes) {
    while (last(c) && strchr(bytes, last(c)))
        c->out->size--;
}

static bool is_any(char c, const char *of) { return c && strchr(of, c); }

/* Takes white space and further holes; whether there was white space. */
static bool skip_blanks(struct cleaner *c) {
    bool space = false;
    for (; c->p < c->end && is_blank(*c->p); c->p++)
        space = space || *c->p != MARK_HOLE;
    return space;
}

/* Something is missing here: "( , x)" becomes "(x)", "x ()" "x", "x , y" "x, y". */
static void close_hole(struct cleaner *c) {
    bool space = is_any(last(c), " ");
    for (;;) {
        space = skip_blanks(c) || space;
        char next = c->p < c->end ? *c->p : '\0', before;
        unput(c, " ");
        before = last(c);
        if (before == '(' || before == '[') {
            if (next == (before == '(' ? ')' : ']')) { /* nothing is left in them */
                c->out->size--, c->p++;
                space = is_any(last(c), " ");
                continue;
            }
            space = false;
            if (!is_any(next, ",;:/"))
                break;
            c->p++;
        } else if (next == ')' || next == ']') {
            unput(c, " ,;:/");
            space = false;
            if (last(c) != '(' && last(c) != '[')
                break;
        } else if (is_any(next, ",;") && is_any(before, ",;")) {
            c->p++;
        } else {
            space = space && !is_any(next, ".,;:!?");
            break;
        }
    }
    if (space && last(c))
        str_append_char(c->out, ' ');
}

static void put_special(struct cleaner *c) {
    switch (*c->p) {
    case '\'': put_quotes(c); return;
    case MARK_HOLE: close_hole(c); return;
    case MARK_APOSTROPHE: str_append_char(c->out, '\''); break;
    case MARK_BREAK: break;
    default: /* white space: one space, and none at the beginning */
        if (last(c) && last(c) != ' ')
            str_append_char(c->out, ' ');
    }
    c->p++;
}

/* Puts a line out without marks and quotes; false if no word was in it, and then
 * nothing is put out. */
static bool put_line(struct str *out, struct slice line) {
    static const bool is_special[256] = {
        [' '] = true,
        ['\t'] = true,
        ['\''] = true,
        [MARK_HOLE] = true,
        [MARK_APOSTROPHE] = true,
        [MARK_BREAK] = true,
    };
    struct cleaner c = {.p = line.data,
                        .end = line.data + line.size,
                        .out = out,
                        .start = out->size,
                        .demoted = find_demoted(line)};
    while (c.p < c.end) {
        const char *p = c.p;
        while (p < c.end && !is_special[(unsigned char)*p])
            p++;
        str_append(out, c.p, (size_t)(p - c.p));
        bool space = p + 1 < c.end && *p == ' ' && !is_special[(unsigned char)p[1]];
        if (space && p > c.p) { /* between two words */
            str_append_char(out, ' ');
            c.p = p + 1;
            continue;
        }
        c.p = p;
        if (p < c.end)
            put_special(&c);
    }
    unput(&c, " ");
    if (!has_word(out->data + c.start, out->data + out->size))
        out->size = c.start;
    return out->size > c.start;
}

/* Whether what was put out from `start` on ends as a sentence does and is not too short
 * for one. */
static bool is_sentence(const struct str *out, size_t start) {
    static const char *const ends[] = {".",  "!",  "?", "…", "。",
                                       "！", "？", "।", "؟", "۔"};
    static const char *const closers[] = {"\"", "'", ")",  "]", "”",
                                          "’",  "»", "」", "）"};
    struct slice s = {out->data + start, out->size - start};
    if (s.size < SENTENCE_BYTES_LEAST)
        return false;
    for (size_t i = 0; i < sizeof closers / sizeof *closers; i++) {
        size_t n = strlen(closers[i]);
        if (memcmp(s.data + s.size - n, closers[i], n) == 0)
            s.size -= n;
    }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t n = strlen(ends[i]);
        if (s.size >= n && memcmp(s.data + s.size - n, ends[i], n) == 0)
            return true;
    }
    return false;
}

/* Takes an item back, and the sentence before it if that only announces what follows:
 * "They are:". */
static void unput_item(struct lines *l, size_t start) {
    struct str *out = l->out;
    out->size = start;
    if (start < 2 || out->data[start - 2] != ':')
        return;
    size_t at = start - 2; /* back to the end of another sentence, or of a line */
    while (at > 0 && out->data[at - 1] != '\n' &&
           !(at > 1 && out->data[at - 1] == ' ' && is_any(out->data[at - 2], ".?!")))
        at--;
    bool sentence = at > 0 && out->data[at - 1] == ' ';
    if (sentence)
        out->data[at - 1] = '\n';
    out->size = at;
}

static void put_item(struct lines *l, struct slice line) {
    size_t start = l->out->size, i = 0;
    l->in_paragraph = false;
    while (i < line.size && (is_blank(line.data[i]) || strchr("*#:;", line.data[i])))
        i++;
    line = (struct slice){line.data + i, line.size - i};
    if (put_line(l->out, line) && is_sentence(l->out, start))
        str_append(l->out, "\n", 1);
    else
        unput_item(l, start);
}

static void put_plain(struct lines *l, struct slice line, bool goes_on) {
    struct str *out = l->out;
    size_t size = out->size;
    bool joins = goes_on && size > 0 && out->data[size - 1] == '\n';
    if (joins)
        out->data[size - 1] = ' ';
    l->in_paragraph = put_line(out, line);
    if (l->in_paragraph)
        str_append(out, "\n", 1);
    else if (joins)
        out->data[size - 1] = '\n';
}

/* The level of a heading == so ==, 0 if it is none; *title is what stands in it. */
static int heading_level(struct slice line, struct slice *title) {
    int level = 0;
    while (line.size >= 3 && *line.data == '=' && line.data[line.size - 1] == '=' &&
           level < 6) {
        line = (struct slice){line.data + 1, line.size - 2};
        level++;
    }
    *title = trim(line);
    return level;
}

/* Sections of sources go, with those below them. */
static void begin_section(struct lines *l, int level, struct slice title) {
    char folded[HEADING_BYTES_MAX];
    l->in_paragraph = false;
    if (l->quiet_level > 0 && level > l->quiet_level)
        return;
    while (title.size > 0 && strchr("':.", *title.data))
        title.data++, title.size--;
    while (title.size > 0 && strchr("':.", title.data[title.size - 1]))
        title.size--;
    size_t n = namespaces_fold(title, folded, sizeof folded);
    bool is_quiet = map_find(&l->w->sections, (struct slice){folded, n}) != NULL;
    l->quiet_level = is_quiet ? level : 0;
}

static void take_line(struct lines *l, struct slice line) {
    struct slice whole = trim(line), title;
    bool is_break = line.size > 0 && *line.data == MARK_BREAK;
    int level = heading_level(whole, &title);
    char first = line.size > 0 ? *line.data : '\0';
    if (level > 0)
        begin_section(l, level, title);
    else if (l->quiet_level > 0)
        return;
    else if (whole.size == 0 || *whole.data == '|' || slice_starts(whole, "----"))
        l->in_paragraph = false;
    else if (is_break)
        put_plain(l, line, false);
    else if (is_any(first, "*#:;") || (first == ' ' && !l->in_paragraph))
        put_item(l, line);
    else
        put_plain(l, line, l->in_paragraph);
}

void wikitext_lines(const struct wikitext *w, struct slice flat, struct str *out) {
    struct lines l = {.w = w, .out = out};
    struct slice line;
    str_reserve(out, flat.size);
    while (slice_line(&flat, &line))
        take_line(&l, line);
}
