#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Pretraining under Flux:   flux batch pretrain.flux run.yaml
# Checked by shellcheck and by dry runs, not on a cluster with Flux.  The run asks Flux for the
# time that is left, saves and stops (75) before it ends, and the job submits itself again, to
# begin when it has ended.  Families: `family` for `train`.
# flux: --job-name=pretrain
# flux: --nodes=4
# flux: --exclusive
# flux: --time-limit=24h
# flux: --output=pretrain-{{id}}.log
config=${1:?usage: flux batch pretrain.flux run.yaml}
left=$(flux job timeleft) || exit 69
# Flux starts ranks itself: no daemon of Open MPI's tells of a lost host, but Flux, or else the
# watchdog (train.watchdog).
exec mpibert-job \
    --again "flux --parent batch --dependency=afterany:$(flux getattr jobid) '$0' '$config'" \
    flux run --nodes="$(flux getattr size)" --tasks-per-node=8 --exclusive -o cpu-affinity=off \
    mpibert train "$config" --deadline "$(($(date +%s) + left))"
