/* SPDX-License-Identifier: Apache-2.0 */
/* MPIBERT_… variables: see environment.h.  Their names follow from the table of options
 * and from that of lists, and nowhere else is there a list of them. */
#include "src/cli/environment.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/same.h"
#include "src/base/log.h"
#include "src/core/former.h"
#include "src/core/lists.h"
#include "src/core/nearest.h"

extern char **environ;

enum { NAME_SIZE = 96 };
static const char prefix[] = "MPIBERT_";
enum { PREFIX = sizeof prefix - 1 };

/* Not of options: the real corpora that tests read. */
static const char *const others[] = {"MPIBERT_TEST_DATA"};

/* ---- names ---- */

/* "train.steps" -> "MPIBERT_TRAIN_STEPS" */
static void name_of(const char *key, char name[NAME_SIZE]) {
    int n = snprintf(name, NAME_SIZE, "%s%s", prefix, key);
    for (int i = PREFIX; i < n && i < NAME_SIZE; i++)
        name[i] = name[i] == '.' ? '_' : (char)toupper((unsigned char)name[i]);
}

/* The keys that variables may set, one after the other; NULL at their end.  What an
 * option is called now is set after its former key, and counts. */
static const char *key_at(int i) {
    if (i < lists_table_count)
        return lists_table[i].key;
    i -= lists_table_count;
    for (int former = 0; former_key(former) != NULL; former++, i--)
        if (i == 0)
            return former_key(former);
    return i < options_count ? options_table[i].key : NULL;
}

static bool names_key(const char *variable) {
    char name[NAME_SIZE];
    const char *key;
    for (int i = 0; (key = key_at(i)) != NULL; i++) {
        name_of(key, name);
        if (strcmp(name, variable) == 0)
            return true;
    }
    return false;
}

static const char *nearest(const char *variable, char best[NAME_SIZE]) {
    char name[NAME_SIZE];
    const char *key;
    int least = 1000;
    for (int i = 0; (key = key_at(i)) != NULL; i++) {
        name_of(key, name);
        int d = nearest_distance(variable, name);
        if (d < least) {
            least = d;
            strcpy(best, name);
        }
    }
    return best;
}

/* Whether its first word is a section: MPIBERT_TRAIN_… */
static bool of_section(const char *variable) {
    char word[NAME_SIZE] = "";
    size_t n = strcspn(variable + PREFIX, "_");
    for (size_t i = 0; i < n && i < sizeof word - 1; i++)
        word[i] = (char)tolower((unsigned char)variable[PREFIX + i]);
    return options_is_section(word);
}

static bool is_other(const char *variable) {
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i], variable) == 0)
            return true;
    return false;
}

/* The name of an environment's entry that is ours in form; false: it is not. */
static bool take_name(const char *entry, char variable[NAME_SIZE]) {
    size_t n = strcspn(entry, "=");
    if (strncmp(entry, prefix, PREFIX) != 0)
        return false;
    snprintf(variable, NAME_SIZE, "%.*s", (int)n, entry);
    return true;
}

/* ---- the doors ---- */

/* MPIBERT_TRAIN_STEP=… must not be ignored because of a typing error. */
static int check_names(struct err *err) {
    char variable[NAME_SIZE], best[NAME_SIZE] = "";
    for (char **e = environ; *e; e++) {
        if (!take_name(*e, variable) || names_key(variable) || is_other(variable))
            continue;
        if (of_section(variable))
            return err_set(err, ERR_CONFIG,
                           "environment: %s names no option; did you mean %s?",
                           variable, nearest(variable, best));
        log_warn("environment: %s is unknown and ignored; did you mean %s?", variable,
                 nearest(variable, best));
    }
    return 0;
}

int environment_set(struct config *config, struct err *err) {
    char name[NAME_SIZE];
    const char *key;
    if (check_names(err) < 0)
        return -1;
    for (int i = 0; (key = key_at(i)) != NULL; i++) {
        name_of(key, name);
        const char *value = getenv(name);
        if (value && config_set(config, key, value, name, err) < 0)
            return -1;
    }
    return 0;
}

void environment_list(struct str *facts) {
    char variable[NAME_SIZE];
    for (char **e = environ; *e; e++)
        if (take_name(*e, variable) && (names_key(variable) || of_section(variable)))
            same_add(facts, variable, "%s", getenv(variable));
}
