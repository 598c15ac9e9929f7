/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: see commands.h.  A part is called by two words; what it is a
 * part of is the command that has the first of them for its name. */
#include "src/cli/commands.h"

#include <string.h>

#include "src/core/nearest.h"

#define COMMAND(name) extern const struct command cmd_##name;
#include "src/cli/commands.def"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name) &cmd_##name,
#include "src/cli/commands.def"
#undef COMMAND
    NULL};

bool commands_is_part(const struct command *command) {
    return strchr(command->name, ' ') != NULL;
}

bool commands_has_parts(const struct command *command) {
    return command->run == NULL && command->job == NULL;
}

/* The word of its own: "step" of "bench step". */
static const char *word_of(const struct command *command) {
    const char *space = strchr(command->name, ' ');
    return space ? space + 1 : command->name;
}

/* Whether it is a part of `of`; NULL: whether it is no part. */
static bool is_under(const struct command *command, const struct command *of) {
    size_t n = of ? strlen(of->name) : 0;
    if (of == NULL)
        return !commands_is_part(command);
    return strncmp(command->name, of->name, n) == 0 && command->name[n] == ' ';
}

const struct command *commands_next_part(const struct command *of, int *i) {
    while (commands[*i] != NULL) {
        const struct command *command = commands[(*i)++];
        if (is_under(command, of))
            return command;
    }
    return NULL;
}

void commands_list_parts(const struct command *of, struct str *out) {
    const struct command *part;
    for (int i = 0; (part = commands_next_part(of, &i)) != NULL;)
        str_printf(out, "%s%s", out->size > 0 ? ", " : "", word_of(part));
}

static const struct command *find_under(const struct command *of, const char *word) {
    const struct command *command;
    for (int i = 0; (command = commands_next_part(of, &i)) != NULL;)
        if (strcmp(word_of(command), word) == 0)
            return command;
    return NULL;
}

static const char *nearest(const char *word) {
    const struct command *command;
    const char *best = "";
    int least = 1000;
    for (int i = 0; (command = commands_next_part(NULL, &i)) != NULL;) {
        int distance = nearest_distance(word, command->name);
        if (distance < least)
            least = distance, best = command->name;
    }
    return best;
}

static int unknown_part(const struct command *of, const char *word, struct err *err) {
    struct str parts = {0};
    commands_list_parts(of, &parts);
    err_set(err, ERR_USAGE, "%s: '%s' is not one of %s (try `mpibert help %s`)",
            of->name, word, parts.data, of->name);
    str_fini(&parts);
    return -1;
}

const struct command *commands_find(int argc, char *const *argv, struct err *err) {
    const struct command *command = find_under(NULL, argv[0]);
    if (command == NULL) {
        err_set(err, ERR_USAGE,
                "unknown command '%s'; did you mean '%s'? (try `mpibert help`)",
                argv[0], nearest(argv[0]));
        return NULL;
    }
    if (!commands_has_parts(command) || argc < 2 || argv[1][0] == '-')
        return command;
    const struct command *part = find_under(command, argv[1]);
    if (part == NULL)
        unknown_part(command, argv[1], err);
    return part;
}
