/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any bytes as the tokenizer.json of a Hugging Face folder.  What is taken
 * is a vocabulary that can be read again; what is refused has a code and a message. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/convert/tokenizer_read.h"
#include "src/core/vocab.h"
#include "tests/fuzz/target.h"

static char folder[] = "/tmp/mpibert-fuzz-XXXXXX", name[64];

static void remove_folder(void) {
    unlink(name);
    rmdir(folder);
}

/* A folder whose tokenizer.json is the file in memory. */
static void make_folder(const char *file) {
    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(name, sizeof name, "%s/tokenizer.json", folder);
    REQUIRE(symlink(file, name) == 0);
    atexit(remove_folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tokenizer_flags flags = {0};
    struct str text = {0};
    struct vocab vocab = {0};
    struct err err = {0};
    const char *file = target_file(data, size);
    if (name[0] == '\0')
        make_folder(file);
    if (tokenizer_read(folder, &flags, &text, &err) == 0)
        REQUIRE(vocab_parse(&vocab, str_slice(&text), "again", &err) == 0 &&
                vocab.size > 0);
    else
        REQUIRE((err.code == ERR_DATA || err.code == ERR_MISSING) &&
                err.text[0] != '\0' && text.size == 0);
    vocab_fini(&vocab);
    str_fini(&text);
    return 0;
}
