#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: the tables in the tree are what their generator writes, to the last byte.
cd "$(dirname "$0")/../.." || exit 1
version=$(python3 -c 'import unicodedata; print(unicodedata.unidata_version)' 2>/dev/null)
if [ "$version" != 14.0.0 ]; then
  echo "1..0 # SKIP no python3 that knows Unicode 14.0.0 (Python 3.11)"
  exit 0
fi
echo 1..1
if python3 src/text/unicode_tables.py | cmp - src/text/unicode_tables.c >&2; then
  echo "ok 1 - src/text/unicode_tables.c is as generated"
else
  echo "not ok 1 - src/text/unicode_tables.c is as generated"
fi
