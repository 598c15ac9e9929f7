#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# seeds.sh: makes the kept inputs that no editor can write: packed ones from the texts beside them, UTF-16,
# NULs.  The packers' versions may change their bytes, which is no matter: they are a beginning.
# Needs tar, gzip, bzip2, xz, zstd, lz4 and iconv.
set -euo pipefail
cd "$(dirname "$0")/corpus"
corpus=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

mkdir d
printf 'One file.\nOf text.\n' >d/a.txt
cp "$corpus/wikiextractor/two.txt" d/wiki_00
cp "$corpus/jsonl/plain.jsonl" d/
gzip -nk d/a.txt
pack() { tar --mtime=@0 --owner=0 --group=0 --numeric-owner "$@"; }
pack --format=ustar -cf two.tar d/a.txt d/wiki_00
pack --format=pax --pax-option=delete=atime,delete=ctime -cf pax.tar d/plain.jsonl d/a.txt.gz

out=$corpus/stream
gzip -nc two.tar >"$out/two.tar.gz"
bzip2 -c two.tar >"$out/two.tar.bz2"
xz -c two.tar >"$out/two.tar.xz"
lz4 -qc two.tar >"$out/two.tar.lz4"
zstd -qc pax.tar >"$out/pax.tar.zst"
xz --format=lzma -c two.tar >"$out/two.tlz"
skip='\120\052\115\030\004\0\0\0abcd'
{ printf "$skip$skip"; zstd -qc d/plain.jsonl; printf "$skip"; zstd -qc d/a.txt; } >"$out/skip.zst"
{ printf "$skip"; lz4 -lqc d/a.txt; lz4 -qc d/a.txt; } >"$out/skip.lz4"
{ head -c 2560 two.tar; head -c 512 /dev/zero; echo garbage; } >"$out/padded.tar"
head -c 2560 two.tar >"$out/cut.tar"
{ gzip -nc d/a.txt; gzip -nc d/plain.jsonl; echo rubbish; } >"$out/members.gz"

# a dump in UTF-16
printf '%s' '<mediawiki><page><title>A</title><ns>0</ns><revision><text>One é.</text></revision></page>' \
    '<page><title>B</title><revision><text>Two.</text></revision></page></mediawiki>' |
    iconv -f UTF-8 -t UTF-16 >"$corpus/mediawiki/wide.xml"

# a key that goes on behind a NUL: fuzzing found it
printf '\357\273\277{"text\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0":"a","text":{"b\n}"t\n' >"$corpus/jsonl/nul-in-key.jsonl"

# safetensors: the header's size in eight bytes, the header, numbers
safetensors() { # safetensors HEADER: numbers from standard input
    printf "\\x$(printf %x ${#1})\0\0\0\0\0\0\0%s" "$1"
    cat
}
printf '\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17' |
    safetensors '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[2,2],"data_offsets":[8,16]}}' \
        >"$corpus/safetensors/two"
printf '\1\1\1\1\1\1\1\1\1\1' |
    safetensors '{"e":{"dtype":"BF16","shape":[0,3],"data_offsets":[0,0]},"i":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"z":{"dtype":"BF16","shape":[1,1,1],"data_offsets":[8,10]}}  ' \
        >"$corpus/safetensors/odd"

# edits of a checkpoint, four bytes each (fuzz_checkpoint.c): a bit, a byte, many times
# the largest number, a piece of elsewhere
printf '\1\40\0\3\0\20\1\377\23\100\0\2\4\0\2\20' >"$corpus/checkpoint/edits"
