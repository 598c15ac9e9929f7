/* SPDX-License-Identifier: Apache-2.0 */
/* Runs as files of records, u64 count, u32 size and the word: see wordrun.h. */
#include "src/vocab/wordrun.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/fs.h"
#include "src/base/fstream.h"
#include "src/base/mem.h"

enum { BUFFER_BYTES = 1 << 16 };

struct entry {
    uint64_t count;
    uint32_t size, zero;
};

static FILE *unnamed_file(const char *folder) {
    struct str path = {0};
    str_printf(&path, "%s/mpibert-words-XXXXXX", folder);
    int fd = fs->make_temporary(path.data);
    if (fd >= 0)
        fs->unlink(path.data);
    str_fini(&path);
    return fd < 0 ? NULL : fstream_of(fd, O_RDWR);
}

int wordrun_create(struct wordrun *run, const char *folder, struct err *err) {
    *run = (struct wordrun){.file = unnamed_file(folder), .folder = folder};
    if (run->file == NULL)
        return err_errno(err, "make a temporary file in", folder);
    setvbuf(run->file, NULL, _IOFBF, BUFFER_BYTES);
    return 0;
}

static int fault(const struct wordrun *run, const char *what, struct err *err) {
    err_errno(err, what, run->folder);
    return err_prefix(err, "words that exceed the memory");
}

int wordrun_put(struct wordrun *run, struct slice word, uint64_t count,
                struct err *err) {
    struct entry entry = {count, (uint32_t)word.size, 0};
    if (fwrite_unlocked(&entry, sizeof entry, 1, run->file) != 1 ||
        fwrite_unlocked(word.data, 1, word.size, run->file) != word.size)
        return fault(run, "write to a temporary file in", err);
    return 0;
}

int wordrun_rewind(struct wordrun *run, struct err *err) {
    if (fflush(run->file) != 0 || fseek(run->file, 0, SEEK_SET) != 0)
        return fault(run, "write to a temporary file in", err);
    return 0;
}

int wordrun_next(struct wordrun *run, struct err *err) {
    struct entry entry;
    str_clear(&run->word);
    if (fread_unlocked(&entry, sizeof entry, 1, run->file) != 1)
        return ferror(run->file) ? fault(run, "read a temporary file in", err) : 0;
    str_reserve(&run->word, entry.size);
    if (fread_unlocked(run->word.data, 1, entry.size, run->file) != entry.size)
        return fault(run, "read a temporary file in", err);
    run->word.size = entry.size;
    run->count = entry.count;
    return 1;
}

void wordrun_close(struct wordrun *run) {
    if (run->file)
        fclose(run->file);
    str_fini(&run->word);
    *run = (struct wordrun){0};
}

int wordrun_compare(struct slice a, struct slice b) {
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order ? order : (a.size > b.size) - (a.size < b.size);
}
