/* SPDX-License-Identifier: Apache-2.0 */
/* Notes of vocabularies: see vocab_note.h.  A list of tokens does not say how text is
 * to be made before it is looked up, and a wrong guess trains a wrong model: so the
 * file that we write says it.  The hash of the vocabulary is in it, because files are
 * copied over each other. */
#include "io/convert/vocab_note.h"

#include <string.h>
#include <unistd.h>

#include "io/convert/tokenizer_read.h"
#include "io/syntax/json.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/hash.h"
#include "src/base/log.h"

enum { NOTE_BYTES = 1 << 20 };

static void hash_text(struct slice text, char hex[HASH_HEX_SIZE]) {
    hash_hex(hash128(text.data, text.size), hex);
}

/* ---- out ---- */

static void put_making(struct json_writer *json, const struct vocab_making *m) {
    json_open(json, "learnt", '{');
    json_put_string(json, "by", slice_of(m->by));
    json_put_string(json, "filter", slice_of(m->filter));
    json_put_int(json, "size", m->size);
    json_put_int(json, "min_count", m->min_count);
    json_put_int(json, "min_word_count", m->min_word_count);
    json_put_int(json, "letters", m->letters);
    json_put_real(json, "coverage", m->coverage);
    json_put_int(json, "unused", m->unused);
    json_put_int(json, "multiple", m->multiple);
    json_close(json, '}');
}

void vocab_note_init(struct vocab_note *note) {
    *note = (struct vocab_note){
#define TEXT_FLAG(name, owner) .name = NOTE_UNSAID,
#include "src/core/text_flags.def"
#undef TEXT_FLAG
    };
}

int vocab_note_write(const char *vocab_path, struct slice text,
                     const struct vocab_note *note, const struct vocab_making *making,
                     struct err *err) {
    struct str path = {0}, out = {0};
    struct json_writer json = {.out = &out};
    char hex[HASH_HEX_SIZE];
    hash_text(text, hex);
    json_open(&json, NULL, '{');
#define TEXT_FLAG(name, owner) json_put_bool(&json, #name, note->name);
#include "src/core/text_flags.def"
#undef TEXT_FLAG
    json_put_string(&json, "vocabulary_hash", slice_of(hex));
    put_making(&json, making);
    json_close(&json, '}');
    str_append_char(&out, '\n');
    str_printf(&path, "%s.json", vocab_path);
    int rc = file_write_atomic(path.data, out.data, out.size, err);
    str_fini(&path);
    str_fini(&out);
    return rc;
}

/* ---- in ---- */

static int take_flag(const struct json *root, const char *key, const char *path,
                     int *flag, struct err *err) {
    const struct json *value = json_get(root, key);
    bool is_true;
    if (value == NULL)
        return 0;
    if (json_get_bool(value, &is_true) < 0)
        return err_set(err, ERR_DATA, "%s: %s is not true or false", path, key);
    *flag = is_true;
    return 0;
}

static bool is_of(const struct json *root, struct slice text) {
    char hex[HASH_HEX_SIZE];
    struct slice hash;
    hash_text(text, hex);
    return json_get_string(json_get(root, "vocabulary_hash"), &hash) < 0 ||
           slice_equal(hash, slice_of(hex));
}

static int take_note(const struct json *root, const char *path, struct vocab_note *note,
                     struct err *err) {
    const struct {
        const char *key;
        int *flag;
    } rows[] = {
#define TEXT_FLAG(name, owner) {#name, &note->name},
#include "src/core/text_flags.def"
#undef TEXT_FLAG
    };
    if (json_kind(root) != JSON_KIND_OBJECT)
        return err_set(err, ERR_DATA, "%s: is not a JSON object", path);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (take_flag(root, rows[i].key, path, rows[i].flag, err) < 0)
            return -1;
    str_printf(&note->source, "%s", path);
    return 0;
}

static int read_note(const char *path, struct slice text, struct vocab_note *note,
                     struct err *err) {
    struct json *root = json_parse_file(path, NOTE_BYTES, err);
    int rc = root ? 0 : -1;
    if (root && is_of(root, text))
        rc = take_note(root, path, note, err);
    else if (root)
        log_warn_once(
            "%s: was written for a vocabulary of other tokens, and is left out; delete "
            "it, or make both again",
            path);
    json_free(root);
    return rc;
}

/* tokenizer.json and tokenizer_config.json in the same folder. */
static int read_folder(const char *vocab_path, struct vocab_note *note,
                       struct err *err) {
    struct str folder = {0};
    struct tokenizer_said said;
    size_t size = (size_t)(file_base_name(vocab_path) - vocab_path);
    str_append(&folder, size > 0 ? vocab_path : "./", size > 0 ? size : 2);
    if (folder.size > 1)
        folder.data[--folder.size] = '\0';
    int rc = tokenizer_read_flags(folder.data, &said, err);
    if (rc == 0 && said.files > 0) {
#define TEXT_FLAG(name, owner) note->name = said.name;
#include "src/core/text_flags.def"
#undef TEXT_FLAG
        str_printf(&note->source, "the tokenizer files in %s", folder.data);
    }
    str_fini(&folder);
    return rc;
}

int vocab_note_read(const char *vocab_path, struct slice text, struct vocab_note *note,
                    struct err *err) {
    struct str path = {0};
    vocab_note_init(note);
    str_printf(&path, "%s.json", vocab_path);
    bool ours = fs->access(path.data, F_OK) == 0;
    int rc = ours ? read_note(path.data, text, note, err) : 0;
    if (rc == 0 && note->source.size == 0)
        rc = read_folder(vocab_path, note, err);
    str_fini(&path);
    if (rc < 0)
        vocab_note_fini(note);
    return rc;
}

void vocab_note_fini(struct vocab_note *note) { str_fini(&note->source); }
