# SPDX-License-Identifier: Apache-2.0
# Sourced by scripts that call mpirun on this one machine.  Open MPI refuses root, and more
# ranks than cores, unless told; other launchers take no notice of these variables.

# mpi_prepare RANKS: sets what is needed and says so on standard error (once).
mpi_prepare() {
    local ranks=$1 cores
    cores=$(env -u OMP_NUM_THREADS nproc) # which would answer with the variable
    if [ "$(id -u)" = 0 ] && [ -z "${OMPI_ALLOW_RUN_AS_ROOT:-}" ]; then
        export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
        echo "# running as root: OMPI_ALLOW_RUN_AS_ROOT=1 (and …_CONFIRM=1)" >&2
    fi
    # Open MPI counts slots by cores, which may be half the processors that nproc counts.
    if [ -z "${OMPI_MCA_rmaps_base_oversubscribe:-}" ]; then
        export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
        export OMPI_MCA_hwloc_base_binding_policy=none
    fi
    # Nor need each start look for the networks of clusters, which takes longer than a small run.
    if [ -z "${OMPI_MCA_pml:-}${OMPI_MCA_btl:-}" ]; then
        export OMPI_MCA_pml=ob1 OMPI_MCA_btl=^openib,ofi OMPI_MCA_osc=^ucx
    fi
    if [ "$cores" -lt "$ranks" ] && [ -z "${OMPI_MCA_mpi_yield_when_idle:-}" ]; then
        export OMPI_MCA_mpi_yield_when_idle=1
        echo "# up to $ranks ranks on $cores processors: as mpirun --oversubscribe" >&2
    fi
}
