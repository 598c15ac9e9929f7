/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert help: what there is. */
#include <stdio.h>

#include "src/cli/args.h"
#include "src/cli/commands.h"
#include "src/cli/usage.h"

static void print_overview(void) {
    const struct command *c;
    printf("mpibert " MPIBERT_VERSION ": pretrains BERT on CPU clusters.\n\n"
           "usage: mpibert COMMAND …        (those marked * also under mpirun)\n\n");
    for (int i = 0; (c = commands_next_part(NULL, &i)) != NULL;) {
        bool ranks = c->job != NULL;
        const struct command *part;
        for (int j = 0; (part = commands_next_part(c, &j)) != NULL;)
            ranks = ranks || part->job != NULL;
        printf("  %-10s%s %s\n", c->name, ranks ? "*" : " ", c->summary);
    }
    printf("\nA first run:\n"
           "  mpibert vocab --size 30522 --out vocab.txt 'shards/*.tar.gz'\n"
           "  mpirun -n 8 mpibert train run.yaml      # `mpibert help train` shows a "
           "run.yaml\n"
           "  mpibert export run my-bert              # for transformers\n\n"
           "Exit codes: 0 done, 64 usage, 65 bad data, 66 missing file, 70 internal "
           "error or\n"
           "numbers that are no numbers, 74 input or output, 75 stopped: start it\n"
           "again, 78 configuration, or a place where something else lies.\n");
}

static int run(const struct args *args, struct err *err) {
    const struct words *words = &args->words;
    if (words->count == 0) {
        print_overview();
        return 0;
    }
    const struct command *command = commands_find(words->count, words->list, err);
    if (command == NULL)
        return -1;
    if (command->run == run)
        print_overview();
    else
        usage_print(command);
    return 0;
}

const struct command cmd_help = {.name = "help",
                                 .words = "[COMMAND] [PART]",
                                 .summary = "This text, or a command's",
                                 .run = run};
