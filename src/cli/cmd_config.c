/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert config print: every option, its value, and with --origin where that came from. */
#include <stdio.h>
#include <string.h>

#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/core/lists.h"

static void print_options(const struct config *config, bool origin) {
    struct str value = {0};
    for (int i = 0; i < config_option_count; i++) {
        str_clear(&value);
        config_print(config, &config_options[i], &value);
        printf("%-28s %-14s # %s\n", config_options[i].key, value.data,
               origin ? config->origins[i] : config_options[i].help);
    }
    str_fini(&value);
}

static void print_rows(const struct config *config) {
    struct str text = {0};
    lists_dump(config, &text);
    printf("%s", text.size > 0 ? text.data : "");
    str_fini(&text);
}

int cmd_config(int argc, char **argv, struct err *err) {
    bool origin = false;
    const struct arg table[] = {
        {"--origin", ARG_FLAG, &origin, "show where each value comes from"},
        {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "config", .table = table, .takes_settings = true,
                        .least = 1, .most = 2};
    int rc = args_parse(&args, argc, argv, err);
    struct config config;
    if (rc < 0 || args.help)
        ;
    else if (strcmp(args.words.list[0], "print") != 0)
        rc = err_set(err, ERR_USAGE, "config: '%s' is not 'print'", args.words.list[0]);
    else
        rc = args_config(&args, args.words.count > 1 ? args.words.list[1] : NULL, &config,
                         err);
    if (rc == 0 && !args.help) {
        print_options(&config, origin);
        print_rows(&config);
        config_fini(&config);
    }
    args_fini(&args);
    return rc;
}
