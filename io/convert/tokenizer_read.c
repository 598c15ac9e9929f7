/* SPDX-License-Identifier: Apache-2.0 */
/* Tokenizer files, in: see tokenizer_read.h.  A flag may stand in two files, which
 * different programs believe: they must agree.  What asks for another tokenizer than
 * BERT's is refused, because text would silently become other ids than the weights were
 * trained on. */
#include "io/convert/tokenizer_read.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/syntax/json.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/base/mem.h"

enum { FILE_BYTES = 64 << 20 };

/* The files of a folder; a root is NULL where there is no file. */
struct files {
    const char *dir;
    struct str json_path, config_path, vocab_path;
    struct json *json, *config;
};

static int load_if_there(const char *dir, const char *name, struct str *path,
                         struct json **root, struct err *err) {
    str_printf(path, "%s/%s", dir, name);
    if (fs->access(path->data, F_OK) < 0)
        return 0;
    *root = json_parse_file(path->data, FILE_BYTES, err);
    if (*root && json_kind(*root) != JSON_KIND_OBJECT)
        return err_set(err, ERR_DATA, "%s: is not a JSON object", path->data);
    return *root ? 0 : -1;
}

static int files_load(struct files *files, const char *dir, struct err *err) {
    *files = (struct files){.dir = dir};
    str_printf(&files->vocab_path, "%s/vocab.txt", dir);
    if (load_if_there(dir, "tokenizer.json", &files->json_path, &files->json, err) < 0)
        return -1;
    return load_if_there(dir, "tokenizer_config.json", &files->config_path,
                         &files->config, err);
}

static void files_fini(struct files *files) {
    json_free(files->json);
    json_free(files->config);
    str_fini(&files->json_path);
    str_fini(&files->config_path);
    str_fini(&files->vocab_path);
}

/* ---- whether it is BERT's tokenizer ---- */

/* `value`, if it is there, must be the string `want`. */
static int expect_text(const struct json *value, const char *want, const char *path,
                       const char *what, struct err *err) {
    struct slice got;
    if (json_kind(value) == JSON_KIND_NONE)
        return 0;
    if (json_get_string(value, &got) == 0 && slice_equal(got, slice_of(want)))
        return 0;
    return err_set(err, ERR_DATA,
                   "%s: %s is not %s: not BERT's tokenizer, which is the only "
                   "one that mpibert has",
                   path, what, want);
}

static int check_part(const struct json *root, const char *part, const char *type,
                      const char *path, struct err *err) {
    const struct json *value = json_get(json_get(root, part), "type");
    if (value == NULL)
        return err_set(err, ERR_DATA, "%s: has no %s of a type; BERT's is %s", path,
                       part, type);
    return expect_text(value, type, path, part, err);
}

static bool is_text(const struct json *value, const char *want) {
    struct slice got;
    return json_get_string(value, &got) == 0 && slice_equal(got, slice_of(want));
}

/* Whether a normalizer is the sequence that we write for dotted_i. */
static bool is_dotted(const struct json *normalizer) {
    const struct json *list = json_get(normalizer, "normalizers");
    size_t count = 0;
    for (; tokenizer_json_undotted[count][0]; count++) {
        const struct json *item = json_at(list, count);
        const struct json *from = json_get(json_get(item, "pattern"), "String");
        if (!is_text(json_get(item, "type"), "Replace") ||
            !is_text(from, tokenizer_json_undotted[count][0]) ||
            !is_text(json_get(item, "content"), tokenizer_json_undotted[count][1]))
            return false;
    }
    return json_count(list) == count + 1 &&
           is_text(json_get(json_at(list, count), "type"), "BertNormalizer");
}

/* BERT's own, which may come after what dotted_i replaces. */
static const struct json *find_normalizer(const struct json *root) {
    const struct json *normalizer = json_get(root, "normalizer");
    const struct json *list = json_get(normalizer, "normalizers");
    return is_dotted(normalizer) ? json_at(list, json_count(list) - 1) : normalizer;
}

static int check_normalizer(const struct files *files, struct err *err) {
    if (is_dotted(json_get(files->json, "normalizer")))
        return 0;
    return check_part(files->json, "normalizer", "BertNormalizer",
                      files->json_path.data, err);
}

static int check_json(const struct files *files, struct err *err) {
    const char *path = files->json_path.data;
    const struct json *model = json_get(files->json, "model");
    if (check_normalizer(files, err) < 0 ||
        check_part(files->json, "pre_tokenizer", "BertPreTokenizer", path, err) < 0 ||
        expect_text(json_get(model, "type"), "WordPiece", path, "model", err) < 0 ||
        expect_text(json_get(model, "unk_token"), "[UNK]", path, "unk_token", err) <
            0 ||
        expect_text(json_get(model, "continuing_subword_prefix"), "##", path,
                    "continuing_subword_prefix", err) < 0)
        return -1;
    int64_t longest = 100;
    const struct json *limit = json_get(model, "max_input_chars_per_word");
    if (limit && (json_get_int(limit, &longest) < 0 || longest != 100))
        return err_set(err, ERR_DATA, "%s: max_input_chars_per_word is not 100", path);
    return 0;
}

/* A special token of tokenizer_config.json: a string, or an object with "content". */
static int check_special(const struct files *files, const char *key, const char *token,
                         struct err *err) {
    const struct json *value = json_get(files->config, key);
    if (json_kind(value) == JSON_KIND_NULL)
        return 0;
    if (json_kind(value) == JSON_KIND_OBJECT)
        value = json_get(value, "content");
    return expect_text(value, token, files->config_path.data, key, err);
}

static int check_config(const struct files *files, struct err *err) {
    static const char *const specials[][2] = {{"pad_token", "[PAD]"},
                                              {"unk_token", "[UNK]"},
                                              {"cls_token", "[CLS]"},
                                              {"sep_token", "[SEP]"},
                                              {"mask_token", "[MASK]"}};
    const char *path = files->config_path.data;
    struct slice class;
    if (files->json == NULL && /* else that file says it better */
        json_get_string(json_get(files->config, "tokenizer_class"), &class) == 0 &&
        !slice_equal(class, slice_of("BertTokenizer")) &&
        !slice_equal(class, slice_of("BertTokenizerFast")))
        return err_set(err, ERR_DATA, "%s: tokenizer_class is %.60s, not BertTokenizer",
                       path, class.data);
    bool basic = true;
    json_get_bool(json_get(files->config, "do_basic_tokenize"), &basic);
    if (!basic)
        return err_set(err, ERR_DATA,
                       "%s: do_basic_tokenize is false: its text was split by another "
                       "program, which mpibert does not have",
                       path);
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
        if (check_special(files, specials[i][0], specials[i][1], err) < 0)
            return -1;
    return 0;
}

/* ---- flags ---- */

enum { FLAG_NULL = -1, FLAG_ABSENT = -2 }; /* besides 0 and 1 */

static int get_flag(const struct json *object, const char *key, const char *path,
                    int *out, struct err *err) {
    const struct json *value = json_get(object, key);
    bool flag;
    *out = value ? FLAG_NULL : FLAG_ABSENT;
    if (value == NULL || json_kind(value) == JSON_KIND_NULL)
        return 0;
    if (json_get_bool(value, &flag) < 0)
        return err_set(err, ERR_DATA, "%s: %s is not true or false", path, key);
    *out = flag;
    return 0;
}

static const char *flag_word(int flag) {
    return flag == FLAG_NULL ? "null" : flag ? "true" : "false";
}

/* What both files say about one thing.  Null means `null_means`: two words for the same
 * are no contradiction.  FLAG_ABSENT or FLAG_NULL if neither says more. */
static int read_flag(const struct files *files, const char *json_key,
                     const char *config_key, int null_means, int *out,
                     struct err *err) {
    const struct json *normalizer = find_normalizer(files->json);
    int here, there;
    if (get_flag(normalizer, json_key, files->json_path.data, &here, err) < 0 ||
        get_flag(files->config, config_key, files->config_path.data, &there, err) < 0)
        return -1;
    int a = here == FLAG_NULL ? null_means : here;
    int b = there == FLAG_NULL ? null_means : there;
    if (a >= 0 && b >= 0 && a != b)
        return err_set(
            err, ERR_DATA,
            "%s says %s: %s, but %s says %s: %s; make them agree with what the "
            "weights were trained on",
            files->json_path.data, json_key, flag_word(here), files->config_path.data,
            config_key, flag_word(there));
    *out = here >= 0 || there == FLAG_ABSENT ? here : there;
    return 0;
}

/* A token with an upper-case letter, [UNK] and the like apart. */
static const struct slice *find_upper(const struct vocab *vocab) {
    for (int32_t i = 0; i < vocab->size; i++) {
        const struct slice *token = &vocab->tokens[i];
        for (size_t k = 0; token->data[0] != '[' && k < token->size; k++)
            if (token->data[k] >= 'A' && token->data[k] <= 'Z')
                return token;
    }
    return NULL;
}

/* Old folders say nothing about casing; transformers then lower-cases. */
static int guess_lowercase(const struct files *files, const struct vocab *vocab,
                           struct err *err) {
    const struct slice *upper = find_upper(vocab);
    if (upper)
        return err_set(
            err, ERR_DATA,
            "%s: no file says whether text is lower-cased, and the vocabulary has "
            "'%.*s'; write tokenizer_config.json with {\"do_lower_case\": false} "
            "(or true)",
            files->dir, (int)upper->size, upper->data);
    log_warn_once(
        "%s: no file says whether text is lower-cased; taken as true, as transformers "
        "does",
        files->dir);
    return 0;
}

/* strip_accents: null means as lower-casing, which is unsaid where that is. */
static int read_said(const struct files *files, struct tokenizer_said *said,
                     struct err *err) {
    said->files = (files->json != NULL) + (files->config != NULL);
    said->dotted_i = is_dotted(json_get(files->json, "normalizer")) ? 1 : FLAG_NULL;
    if (read_flag(files, "clean_text", "clean_text", FLAG_NULL, &said->clean_text,
                  err) < 0 ||
        read_flag(files, "handle_chinese_chars", "tokenize_chinese_chars", FLAG_NULL,
                  &said->chinese_chars, err) < 0 ||
        read_flag(files, "lowercase", "do_lower_case", FLAG_NULL, &said->lowercase,
                  err) < 0)
        return -1;
    return read_flag(files, "strip_accents", "strip_accents", said->lowercase != 0,
                     &said->strip_accents, err);
}

int tokenizer_read_flags(const char *dir, struct tokenizer_said *said,
                         struct err *err) {
    struct files files;
    int rc = files_load(&files, dir, err);
    if (rc == 0)
        rc = read_said(&files, said, err);
    files_fini(&files);
    int *const flags[] = {&said->clean_text, &said->chinese_chars, &said->lowercase,
                          &said->strip_accents};
    for (size_t i = 0; rc == 0 && i < sizeof flags / sizeof *flags; i++)
        if (*flags[i] == FLAG_ABSENT)
            *flags[i] = FLAG_NULL;
    return rc;
}

static int read_flags(const struct files *files, const struct vocab *vocab,
                      struct tokenizer_flags *flags, struct err *err) {
    struct tokenizer_said said;
    if (read_said(files, &said, err) < 0)
        return -1;
    if (said.lowercase < 0 && guess_lowercase(files, vocab, err) < 0)
        return -1;
    *flags = (struct tokenizer_flags){
        .clean_text = said.clean_text != 0, /* true where unsaid */
        .chinese_chars = said.chinese_chars != 0,
        .lowercase = said.lowercase != 0,
        .dotted_i = said.dotted_i == 1,
        .strip_accents = said.strip_accents < 0 ? -1 : said.strip_accents};
    return 0;
}

/* ---- the vocabulary ---- */

/* Whether a line of a vocab.txt can hold it. */
static bool is_line(struct slice token) {
    return memchr(token.data, '\n', token.size) == NULL &&
           memchr(token.data, '\r', token.size) == NULL &&
           vocab_trim(token).size == token.size;
}

/* The number of ids: the largest and one. */
static int count_ids(const struct json *tokens, const char *path, size_t *count,
                     struct err *err) {
    struct json_member member = {0};
    *count = 0;
    while (json_next(tokens, &member)) {
        int64_t id;
        if (json_get_int(member.value, &id) < 0 || id < 0 || id >= VOCAB_MOST)
            return err_set(err, ERR_DATA, "%s: token '%.60s': its id is not 0 to %d",
                           path, member.key.data, VOCAB_MOST - 1);
        if ((size_t)id >= *count)
            *count = (size_t)id + 1;
    }
    return 0;
}

/* lines: (count) the token of each id, empty where there is none. */
static int place_tokens(const struct json *tokens, const char *path,
                        struct slice *lines, struct err *err) {
    struct json_member member = {0};
    while (json_next(tokens, &member)) {
        int64_t id = 0;
        json_get_int(member.value, &id);
        if (lines[id].data)
            return err_set(err, ERR_DATA,
                           "%s: tokens '%.60s' and '%.60s' have one id, %lld", path,
                           lines[id].data, member.key.data, (long long)id);
        if (!is_line(member.key))
            return err_set(
                err, ERR_DATA,
                "%s: token '%.60s' has a line end, or white space at its end: no "
                "word is like that, and no vocab.txt holds it",
                path, member.key.data);
        lines[id] = member.key;
    }
    return 0;
}

/* tokenizer.json's vocabulary as the text of a vocab.txt; an id without a token is an
 * empty line. */
static int list_tokens(const struct json *tokens, const char *path, struct str *text,
                       struct err *err) {
    size_t count;
    if (count_ids(tokens, path, &count, err) < 0)
        return -1;
    struct slice *lines = mem_alloc(count, sizeof *lines);
    int rc = place_tokens(tokens, path, lines, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        str_append(text, lines[i].data ? lines[i].data : "", lines[i].size);
        str_append_char(text, '\n');
    }
    mem_free(lines);
    return rc;
}

/* Whether a vocab.txt has a token of tokenizer.json under the same id; "" is what some
 * programs make of an empty line. */
static bool has_token(const struct vocab *vocab, struct slice token, int64_t id) {
    if (token.size == 0)
        return id >= 0 && id < vocab->size && vocab->tokens[id].size == 0;
    return id >= 0 && id == vocab_find(vocab, token);
}

/* Both files have a vocabulary: it must be one. */
static int compare_tokens(const struct files *files, const struct json *tokens,
                          const struct vocab *vocab, struct err *err) {
    struct json_member member = {0};
    size_t count = 0;
    while (json_next(tokens, &member)) {
        int64_t id = -1;
        json_get_int(member.value, &id);
        if (!has_token(vocab, member.key, id))
            return err_set(
                err, ERR_DATA,
                "%s has token '%.60s' with id %lld, %s has not; keep the file that "
                "the weights were trained with",
                files->json_path.data, member.key.data, (long long)id,
                files->vocab_path.data);
        count += member.key.size > 0;
    }
    if (count != vocab->ids.count)
        return err_set(err, ERR_DATA, "%s has %zu tokens, %s has %zu",
                       files->json_path.data, count, files->vocab_path.data,
                       vocab->ids.count);
    return 0;
}

static int read_vocab(const struct files *files, struct str *text, struct vocab *vocab,
                      struct err *err) {
    const struct json *tokens = json_get(json_get(files->json, "model"), "vocab");
    bool alone = fs->access(files->vocab_path.data, F_OK) < 0;
    if (alone && json_kind(tokens) != JSON_KIND_OBJECT)
        return err_set(
            err, ERR_MISSING,
            "%s: has neither vocab.txt nor a tokenizer.json with a vocabulary",
            files->dir);
    int rc = alone ? list_tokens(tokens, files->json_path.data, text, err)
                   : file_read(files->vocab_path.data, FILE_BYTES, text, err);
    const char *name = alone ? files->json_path.data : files->vocab_path.data;
    if (rc < 0 || vocab_parse(vocab, str_slice(text), name, err) < 0)
        return -1;
    if (!alone && tokens && compare_tokens(files, tokens, vocab, err) < 0)
        return -1;
    return 0;
}

/* ---- added tokens ---- */

/* transformers cuts added tokens out of a text before there are words.  BERT's five
 * special ones are in the vocabulary, and no text has them; of others text would become
 * other ids, so they are refused, unless they are special too and lines of the
 * vocabulary. */
struct added {
    const struct vocab *vocab;
    struct str names; /* of those that are refused */
    int count;
};

static void judge_added(struct added *added, struct slice content, int64_t id,
                        bool special) {
    if (special && id == vocab_find(added->vocab, content))
        return;
    if (added->count++ < 5)
        str_printf(&added->names, "%s'%.*s'", added->count > 1 ? ", " : "",
                   (int)content.size, content.data);
    else if (added->count == 6)
        str_printf(&added->names, ", …");
}

/* {"content": …, "special": …} */
static void judge_entry(struct added *added, const struct json *entry, int64_t id) {
    struct slice content = {"", 0};
    bool special = false;
    json_get_string(json_get(entry, "content"), &content);
    json_get_bool(json_get(entry, "special"), &special);
    judge_added(added, content, id, special);
}

static void judge_json(struct added *added, const struct json *list) {
    for (size_t i = 0; i < json_count(list); i++) {
        int64_t id = -1;
        json_get_int(json_get(json_at(list, i), "id"), &id);
        judge_entry(added, json_at(list, i), id);
    }
}

/* {"101": {"content": …}} */
static void judge_decoder(struct added *added, const struct json *decoder) {
    struct json_member member = {0};
    while (json_next(decoder, &member))
        judge_entry(added, member.value, strtoll(member.key.data, NULL, 10));
}

/* {"covid": 101} */
static int judge_old(struct added *added, const char *dir, struct err *err) {
    static const char *const five[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    struct str path = {0};
    struct json *root = NULL;
    int rc = load_if_there(dir, "added_tokens.json", &path, &root, err);
    struct json_member member = {0};
    while (rc == 0 && json_next(root, &member)) {
        int64_t id = -1;
        bool special = false;
        json_get_int(member.value, &id);
        for (size_t i = 0; i < sizeof five / sizeof *five; i++)
            special |= slice_equal(member.key, slice_of(five[i]));
        judge_added(added, member.key, id, special);
    }
    json_free(root);
    str_fini(&path);
    return rc;
}

/* The three places that may list them; the first that does is taken. */
static int check_added(const struct files *files, const struct vocab *vocab,
                       struct err *err) {
    struct added added = {.vocab = vocab};
    int rc = 0;
    judge_json(&added, json_get(files->json, "added_tokens"));
    if (added.count == 0)
        judge_decoder(&added, json_get(files->config, "added_tokens_decoder"));
    if (added.count == 0)
        rc = judge_old(&added, files->dir, err);
    if (rc == 0 && added.count > 0)
        rc = err_set(
            err, ERR_DATA,
            "%s: has %d added tokens (%s), which transformers cuts out of the text "
            "before it makes words; mpibert does not.  To have them as words, give "
            "each its line in vocab.txt and its id in tokenizer.json's "
            "model.vocab, and delete it from added_tokens (and "
            "added_tokens_decoder, added_tokens.json)",
            files->dir, added.count, added.names.data);
    str_fini(&added.names);
    return rc;
}

int tokenizer_read(const char *dir, struct tokenizer_flags *flags, struct str *text,
                   struct err *err) {
    struct files files;
    struct str lines = {0};
    struct vocab vocab = {0};
    int rc = files_load(&files, dir, err);
    if (rc == 0 && files.json)
        rc = check_json(&files, err);
    if (rc == 0 && files.config)
        rc = check_config(&files, err);
    if (rc == 0)
        rc = read_vocab(&files, &lines, &vocab, err);
    if (rc == 0)
        rc = check_added(&files, &vocab, err);
    if (rc == 0)
        rc = read_flags(&files, &vocab, flags, err);
    if (rc == 0)
        str_append(text, lines.data, lines.size);
    vocab_fini(&vocab);
    str_fini(&lines);
    files_fini(&files);
    return rc;
}
