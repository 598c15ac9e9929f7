#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# dist.sh BUILD VERSION: a release tarball of the last commit, with configure made and the
# version written down.  The same commit gives the same bytes.
set -eu
cd "$(dirname "$0")/../.."
name=mpibert-$2
folder=$1/dist
rm -rf "$folder"
mkdir -p "$folder/$name"
git archive HEAD | tar -x -C "$folder/$name"
echo "$2" >"$folder/$name/VERSION"
(cd "$folder/$name" && autoconf && rm -rf autom4te.cache)
tar --sort=name --mtime="$(git log -1 --format=%cI)" --owner=0 --group=0 --numeric-owner \
    -C "$folder" -cf - "$name" | gzip -9n >"$1/$name.tar.gz"
rm -rf "$folder"
echo "$1/$name.tar.gz"
