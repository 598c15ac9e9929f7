#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# trainer.sh [OPTIONS]: fine-tuning by mpibert and by transformers' Trainer (trainer.py says how):
# examples a second in turns, and mean dev scores of ten seeds.  Some ten minutes on two cores:
#   MPIBERT_TEST_DATA=… tests/bench/trainer.sh [--only speed|scores] [--seeds 10] [--from FOLDER]
# It runs in the environment of the interoperability tests ($BUILD/venv), or in one's own
# (INTEROP_PYTHON=…).  $MPIBERT_TEST_DATA has glue/, pos/, vocab/ and train/.
set -euo pipefail
cd "$(dirname "$0")/../.."
export BUILD=${BUILD:-build}
python=${INTEROP_PYTHON:-}
data=${MPIBERT_TEST_DATA:-}
[ -d "$data/glue" ] || { echo "trainer.sh: MPIBERT_TEST_DATA has no glue; nothing to compare on" >&2; exit 66; }
[ -x "$BUILD/mpibert" ] || { echo "trainer.sh: $BUILD/mpibert is not built; try make" >&2; exit 66; }
. tests/venv.sh
. jobs/local/mpi.sh
mpi_prepare 2
if [ -z "$python" ]; then
    venv_make venv tests/interop/requirements.txt || { echo "trainer.sh: $venv_why" >&2; exit 69; }
    python=$BUILD/venv/bin/python
fi
work=$BUILD/trainer
rm -rf "$work"
exec "$python" tests/bench/trainer.py "$BUILD/mpibert" "$work" --glue "$data/glue" --pos "$data/pos" \
    --vocab "$data/vocab/bert-base-uncased.txt" \
    --text "$data/train/books-0*.tar.gz" "$@"
