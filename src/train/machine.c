/* SPDX-License-Identifier: Apache-2.0 */
/* The lines that head every report: see machine.h. */
#include "src/train/machine.h"

#include <omp.h>
#include <stdio.h>

#include "src/base/processor.h"
#include "src/kernels/gemm.h"
#include "src/kernels/precision.h"
#include "src/kernels/vec.h"

void machine_print(struct comm *comm) {
    int size = comm_size(comm), threads = omp_get_max_threads();
    char processor[PROCESSOR_TEXT];
    processor_describe(processor);
    printf("mpibert   %s on %d rank%s (%d on this host) × %d thread%s\n",
           MPIBERT_VERSION, size, size == 1 ? "" : "s", comm_node_size(comm), threads,
           threads == 1 ? "" : "s");
    printf("machine   %s; kernels %s; %s; %s\n", processor, vec_describe(),
           gemm_describe(), comm_describe());
    if (precision_describe())
        printf("precision bf16 products by %s, summed in fp32\n", precision_describe());
}
