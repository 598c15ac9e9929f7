/* SPDX-License-Identifier: Apache-2.0 */
/* Text from files or standard input, line by line: see textfiles.h. */
#include "src/cli/textfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/fstream.h"

struct taker {
    void (*take)(struct slice line, void *data);
    void *data;
};

static int read_lines(FILE *file, const char *name, const struct taker *taker,
                      struct err *err) {
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    errno = 0;
    while ((n = getdelim(&line, &room, '\n', file)) >= 0) {
        n -= n > 0 && line[n - 1] == '\n';
        taker->take((struct slice){line, (size_t)n}, taker->data);
    }
    int rc = ferror(file) ? err_errno(err, "read", name) : 0;
    free(line);
    return rc;
}

int textfiles_lines(const struct words *names,
                    void (*take)(struct slice line, void *data), void *data,
                    struct err *err) {
    const struct taker taker = {take, data};
    if (names->count == 0)
        return read_lines(stdin, "standard input", &taker, err);
    for (int i = 0; i < names->count; i++) {
        bool standard = strcmp(names->list[i], "-") == 0;
        FILE *file = standard ? stdin : fstream_open(names->list[i], O_RDONLY, NULL);
        if (file == NULL)
            return err_errno(err, "open", names->list[i]);
        int rc = read_lines(file, names->list[i], &taker, err);
        if (!standard)
            fclose(file);
        if (rc < 0)
            return -1;
    }
    return 0;
}
