/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: one of several tasks that cannot see the others must refuse to start, because
 * all of them would write the same files; MPI_Init works once a process, so only that
 * is here.  Whether others wait in MPI_Init is read from the environment. */
#include "mpi/comm.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

/* Who started this program, by what it left in the environment. */
static void test_awaited(void) {
    static const struct {
        const char *ompi, *pmi, *step, *pmix;
        bool awaited;
    } rows[] = {
        {NULL, NULL, NULL, NULL, false}, {"2", NULL, NULL, NULL, true},
        {"1", NULL, NULL, NULL, false},  {NULL, "3", NULL, NULL, true},
        {NULL, NULL, "4", "0", true}, /* srun --mpi=pmix */
        {NULL, NULL, "1", "0", false},   {NULL, NULL, "4", NULL, false},
        {NULL, NULL, NULL, "0", false},  {"", "x", "", "0", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const variables[][2] = {{"OMPI_COMM_WORLD_SIZE", rows[i].ompi},
                                            {"PMI_SIZE", rows[i].pmi},
                                            {"SLURM_STEP_NUM_TASKS", rows[i].step},
                                            {"PMIX_RANK", rows[i].pmix}};
        for (size_t v = 0; v < 4; v++)
            if (variables[v][1])
                setenv(variables[v][0], variables[v][1], 1);
            else
                unsetenv(variables[v][0]);
        is_int(comm_is_awaited(), rows[i].awaited, "row %zu: other ranks wait", i);
    }
    unsetenv("PMI_SIZE"), unsetenv("SLURM_STEP_NUM_TASKS"), unsetenv("PMIX_RANK");
}

int main(int argc, char **argv) {
    struct err err = {0};
    test_awaited();
    setenv("SLURM_NTASKS", "4", 1);
    unsetenv("OMPI_COMM_WORLD_SIZE");
    ok(comm_create(&argc, &argv, &err) == NULL, "a lone rank of four is refused");
    is_int(err.code, ERR_CONFIG, "as bad configuration");
    ok(strstr(err.text, "mpirun") != NULL, "with what to do: %s", err.text);
    is_str(getenv("OMPI_MCA_io"), "^ompio", "ROMIO was asked for");
    is_str(getenv("OMPI_MCA_ess_singleton_isolated"), "1", "and no daemon");
    return tap_done();
}
