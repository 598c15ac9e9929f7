/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: one of several tasks that cannot see the others must refuse to start, because
 * all of them would write the same files; MPI_Init works once a process, so only that
 * is here. */
#include "mpi/comm.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

int main(int argc, char **argv) {
    struct err err = {0};
    setenv("SLURM_NTASKS", "4", 1);
    unsetenv("OMPI_COMM_WORLD_SIZE");
    ok(comm_create(&argc, &argv, &err) == NULL, "a lone rank of four is refused");
    is_int(err.code, ERR_CONFIG, "as bad configuration");
    ok(strstr(err.text, "mpirun") != NULL, "with what to do: %s", err.text);
    is_str(getenv("OMPI_MCA_io"), "^ompio", "ROMIO was asked for");
    return tap_done();
}
