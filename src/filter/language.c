/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of languages.  Each is brought to two letters where there are two, by a table
 * of those that have a Wikipedia of some size; others compare as they are written. */
#include "src/filter/language.h"

#include <string.h>

enum { CODE_SIZE = 9 }; /* eight letters at most (RFC 5646), and the NUL */

/* Three letters, two letters; also the members that stand for a macrolanguage in
 * Common Crawl's headers. */
static const char pairs[][2][4] = {
    {"afr", "af"}, {"als", "sq"}, {"amh", "am"}, {"ara", "ar"}, {"arb", "ar"},
    {"asm", "as"}, {"aze", "az"}, {"azj", "az"}, {"bak", "ba"}, {"bel", "be"},
    {"ben", "bn"}, {"bod", "bo"}, {"bos", "bs"}, {"bre", "br"}, {"bul", "bg"},
    {"cat", "ca"}, {"ces", "cs"}, {"chv", "cv"}, {"cmn", "zh"}, {"cos", "co"},
    {"cym", "cy"}, {"dan", "da"}, {"deu", "de"}, {"div", "dv"}, {"ekk", "et"},
    {"ell", "el"}, {"eng", "en"}, {"epo", "eo"}, {"est", "et"}, {"eus", "eu"},
    {"fao", "fo"}, {"fas", "fa"}, {"fin", "fi"}, {"fra", "fr"}, {"fry", "fy"},
    {"gla", "gd"}, {"gle", "ga"}, {"glg", "gl"}, {"guj", "gu"}, {"hat", "ht"},
    {"hau", "ha"}, {"hbs", "sh"}, {"heb", "he"}, {"hin", "hi"}, {"hrv", "hr"},
    {"hun", "hu"}, {"hye", "hy"}, {"ido", "io"}, {"ina", "ia"}, {"ind", "id"},
    {"isl", "is"}, {"ita", "it"}, {"jav", "jv"}, {"jpn", "ja"}, {"kal", "kl"},
    {"kan", "kn"}, {"kat", "ka"}, {"kaz", "kk"}, {"khk", "mn"}, {"khm", "km"},
    {"kin", "rw"}, {"kir", "ky"}, {"kor", "ko"}, {"kur", "ku"}, {"lao", "lo"},
    {"lat", "la"}, {"lav", "lv"}, {"lit", "lt"}, {"ltz", "lb"}, {"lvs", "lv"},
    {"mal", "ml"}, {"mar", "mr"}, {"mkd", "mk"}, {"mlg", "mg"}, {"mlt", "mt"},
    {"mon", "mn"}, {"mri", "mi"}, {"msa", "ms"}, {"mya", "my"}, {"nep", "ne"},
    {"nld", "nl"}, {"nno", "nn"}, {"nob", "nb"}, {"nor", "no"}, {"npi", "ne"},
    {"oci", "oc"}, {"ori", "or"}, {"ory", "or"}, {"pan", "pa"}, {"pbt", "ps"},
    {"pes", "fa"}, {"plt", "mg"}, {"pol", "pl"}, {"por", "pt"}, {"pus", "ps"},
    {"ron", "ro"}, {"rus", "ru"}, {"san", "sa"}, {"sin", "si"}, {"slk", "sk"},
    {"slv", "sl"}, {"sna", "sn"}, {"snd", "sd"}, {"som", "so"}, {"spa", "es"},
    {"sqi", "sq"}, {"srd", "sc"}, {"srp", "sr"}, {"sun", "su"}, {"swa", "sw"},
    {"swe", "sv"}, {"swh", "sw"}, {"tam", "ta"}, {"tat", "tt"}, {"tel", "te"},
    {"tgk", "tg"}, {"tgl", "tl"}, {"tha", "th"}, {"tuk", "tk"}, {"tur", "tr"},
    {"uig", "ug"}, {"ukr", "uk"}, {"urd", "ur"}, {"uzb", "uz"}, {"uzn", "uz"},
    {"vie", "vi"}, {"vol", "vo"}, {"xho", "xh"}, {"ydd", "yi"}, {"yid", "yi"},
    {"yor", "yo"}, {"zho", "zh"}, {"zlm", "ms"}, {"zsm", "ms"}, {"zul", "zu"},
};

/* The first code of a text, small letters, two if it has two.  Returns how long the
 * code was in the text; 0: it begins with none. */
static size_t read_code(struct slice text, char code[CODE_SIZE]) {
    size_t n = 0;
    for (; n < text.size && n < CODE_SIZE - 1; n++) {
        char c = (char)(text.data[n] | 0x20);
        if (c < 'a' || c > 'z')
            break;
        code[n] = c;
    }
    code[n] = '\0';
    for (size_t i = 0; n == 3 && i < sizeof pairs / sizeof *pairs; i++)
        if (strcmp(pairs[i][0], code) == 0)
            strcpy(code, pairs[i][1]);
    return n;
}

bool language_is_one_of(struct slice language, const char *wanted) {
    char code[CODE_SIZE], other[CODE_SIZE];
    if (read_code(language, code) == 0)
        return false;
    while (*wanted != '\0') {
        read_code(slice_of(wanted), other);
        if (strcmp(code, other) == 0)
            return true;
        wanted += strcspn(wanted, ", ");
        wanted += strspn(wanted, ", ");
    }
    return false;
}
