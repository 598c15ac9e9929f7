#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the version: of a release tarball what its file VERSION says; of a clone the last
# release and, behind it, the commit (and -dirty when something is not committed).
release=0.1.0
cd "$(dirname "$0")/../.." || exit
if [ -f VERSION ]; then
    cat VERSION
elif [ -e .git ] && commit=$(git describe --always --dirty --exclude '*' 2>/dev/null); then
    if git describe --exact-match --match "v$release" >/dev/null 2>&1; then
        echo "$release${commit#"${commit%-dirty}"}"
    else
        echo "$release+g$commit"
    fi
else
    echo "$release"
fi
