#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logic: what `mpibert corpus stats --json` counts in a shard must be what Python's own
tarfile, gzip, bz2, lzma and json find in it: members, unpacked bytes, documents and empty
ones, bytes of text, records and pages by kind.

    python3 tests/interop/corpus.py [MPIBERT [PATH…]]     compares; TAP, a line a shard
    python3 tests/interop/corpus.py --print PATH…         prints what Python counts, as JSON
    python3 tests/interop/corpus.py --against FILE PATH…  compares with the JSON in a file

MPIBERT is build/mpibert unless given; without PATH all of $MPIBERT_TEST_DATA's train,
train-xml and warc.  Needs nothing but Python.

Nothing here is taken from the program: a format is told by its first bytes, a WARC record is as
long as its header says, a line of JSON is what json.loads takes, an article is between its tags.
Where a file is damaged Python stops, and only what it counted until then can be compared: such a
shard must be reported as damaged, and no more is asked of it.
"""
import bz2
import collections
import glob
import gzip
import io
import json
import lzma
import os
import re
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
import zlib

from tap import done, ok, skip_all

DAMAGE = (OSError, EOFError, ValueError, tarfile.TarError, lzma.LZMAError, zlib.error)
TEXT_KEYS = ("text", "content", "raw_content")


class Damaged(ValueError):
    pass


def unpack(data):
    """Unpacks once, whatever it is packed with; the data itself if with nothing."""
    if data[:3] == b"\x1f\x8b\x08":
        return gzip.decompress(data)
    if data[:3] == b"BZh":
        return bz2.decompress(data)
    if data[:6] == b"\xfd7zXZ\0":
        return lzma.decompress(data)
    return data


def has_text(data):
    return any(byte > 32 for byte in data)


def lines_of(data):
    """The lines with their LF, which alone ends a line."""
    return re.findall(rb"[^\n]*\n|[^\n]+$", data)


def solid_bytes(lines):
    """The bytes of the lines that are not blank, line ends counted."""
    return sum(len(line) for line in lines if has_text(line))


def count_wikiextractor(data, counts):
    pattern = rb'^<doc id="[^\n]* title="([^\n]*)">\r?\n(.*?)^</doc>\r?$'
    for match in re.finditer(pattern, data, re.M | re.S):
        counts["documents"] += 1
        lines = lines_of(match[2])
        solid = [line.strip() for line in lines if has_text(line)]
        title = match[1].strip()
        escaped = re.sub(rb"&", b"&amp;", title)
        if not solid or (len(solid) == 1 and solid[0] in (title, escaped)):
            counts["documents_empty"] += 1
        else:
            counts["text_bytes"] += solid_bytes(lines)


def count_jsonl(data, counts):
    for line in data.split(b"\n"):
        if not has_text(line):
            continue
        row = json.loads(line)
        counts["documents"] += 1
        key = next((key for key in TEXT_KEYS if isinstance(row.get(key), str)), None)
        if key is None or not row[key].strip():
            counts["documents_empty"] += 1
            continue
        raw = re.search(rb'[{,]\s*"%s"\s*:\s*"((?:[^"\\]|\\.)*)"' % key.encode(), line)[1]
        if json.loads(b'"%s"' % raw) != row[key]:
            raise Damaged("the text is not where it was looked for")
        counts["text_bytes"] += len(raw)


def count_warc(data, counts):
    at = 0
    while at < len(data):
        end = data.find(b"\r\n\r\n", at)
        if not re.match(rb"WARC/\d\.", data[at:at + 7]) or end < 0:
            raise Damaged(f"no WARC record at byte {at}")
        fields = dict(line.split(b":", 1) for line in data[at:end].split(b"\r\n")[1:])
        fields = {key.strip().lower(): value.strip() for key, value in fields.items()}
        size, kind = int(fields[b"content-length"]), fields[b"warc-type"].decode()
        body = data[end + 4:end + 4 + size]
        at = end + 4 + size
        if len(body) < size or not re.match(rb"[\r\n]{2,8}(WARC/|$)", data[at:at + 16]):
            raise Damaged(f"a wrong Content-Length before byte {at}")
        at += len(re.match(rb"[\r\n]+", data[at:])[0])
        counts["kinds"][f"WARC {kind}"] += 1
        if kind == "conversion" and fields.get(b"content-type", b"text/plain")[:10] == b"text/plain":
            counts["documents"] += 1
            counts["text_bytes"] += size if has_text(body) else 0
            counts["documents_empty"] += not has_text(body)


def count_xml(data, counts):
    """Pages of a MediaWiki dump; what is text in them is not judged."""
    counts["text_bytes"] = counts["documents_empty"] = None
    for _, page in ElementTree.iterparse(io.BytesIO(data)):
        if page.tag.rsplit("}")[-1] != "page":
            continue
        child = {node.tag.rsplit("}")[-1]: node for node in page}
        texts = [node.text or "" for node in page.iter() if node.tag.endswith("text")]
        if child["ns"].text != "0":
            counts["pages_not_articles"] += 1
        elif "redirect" in child or texts[-1].lstrip()[:9].upper() == "#REDIRECT":
            counts["pages_redirects"] += 1
        else:
            counts["documents"] += 1
        page.clear()


def count_plain(data, counts):
    counts["documents"] += 1
    lines = lines_of(data)
    if not has_text(data):
        counts["documents_empty"] += 1
    elif b"project gutenberg" in data[:4096].lower():
        counts["text_bytes"] = None  # what is book and what is licence is not judged
    elif counts["text_bytes"] is not None:
        counts["text_bytes"] += solid_bytes(lines)


def count_member(data, counts):
    data = unpack(data)
    counts["members"] += 1
    counts["unpacked_bytes"] += len(data)
    text = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
    head = text.lstrip()[:4096]
    if head.startswith(b"<doc id="):
        count_wikiextractor(text, counts)
    elif head.startswith((b"<mediawiki", b"<?xml")):
        count_xml(text, counts)
    elif re.match(rb"WARC/\d\.", head):
        count_warc(text, counts)
    elif re.match(rb'\{\s*"', head):
        count_jsonl(text, counts)
    elif b"\0" not in text[:4096] and not head.startswith((b"%PDF", b"filedesc://")):
        count_plain(text, counts)


def is_tar(data):
    return data[257:262] == b"ustar" or len(data) >= 512 and not any(data[-1024:])


def count(path):
    """What Python finds in a shard; `fault` says where it could not go on."""
    counts = collections.defaultdict(int, path=path, kinds=collections.Counter())
    for key in ("members", "unpacked_bytes", "documents", "documents_empty", "text_bytes"):
        counts[key] = 0
    with open(path, "rb") as file:
        stored = file.read()
    counts["stored_bytes"] = len(stored)
    try:
        data = unpack(stored)
        if not is_tar(data):
            count_member(stored, counts)
            return counts
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for member in tar:
                if member.isreg() and not member.sparse:
                    count_member(tar.extractfile(member).read(), counts)
                elif member.sparse:
                    raise Damaged("a sparse file: Python fills its holes")
    except DAMAGE as error:
        counts["fault"] = f"{type(error).__name__}: {error}"
    return counts


def differences(ours, theirs):
    """The keys of which Python's count is another than the program's."""
    found = {key: value for key, value in ours.items()
             if isinstance(value, int) and theirs.get(key) != value}
    kinds = theirs.get("kinds")
    if kinds is not None:
        found.update({kind: number for kind, number in ours["kinds"].items()
                      if kinds.get(kind, 0) != number})
    return found


def judge(ours, theirs):
    """Whether a shard passes, and what is to be said of it."""
    parts = [theirs.get(key, 0) for key in
             ("text_bytes", "markup_bytes", "skipped_bytes", "damaged_bytes")]
    if theirs["unpacked_bytes"] != sum(parts):
        return False, "the program's own ledger does not balance"
    if "fault" in ours:
        sparse = "sparse" in ours["fault"]
        return sparse or theirs["damaged_places"] > 0, f"Python: {ours['fault']}"
    found = differences(ours, theirs)
    said = [f"{key}: {theirs.get(key, theirs.get('kinds', {}).get(key))}, Python {value}"
            for key, value in found.items()]
    if theirs["damaged_places"] > 0 and not found:
        said.append(f"{theirs['damaged_places']} damaged places that Python does not mind")
    return not found, "; ".join(said)


def statistics(program, paths):
    out = subprocess.run([program, "corpus", "stats", "--json", *paths], check=True,
                         stdout=subprocess.PIPE).stdout
    return json.loads(out)


def compare(stats, paths):
    shards = {shard["path"]: shard for shard in stats["shards"]}
    for path in paths:
        good, said = judge(count(path), shards[path])
        ok(good, "/".join(path.split("/")[-2:]))
        if said:
            print(f"# {said}")
    done()


def corpus_files():
    root = os.environ.get("MPIBERT_TEST_DATA")
    if not root:
        skip_all("MPIBERT_TEST_DATA is not set")
    return sorted(path for part in ("train", "train-xml", "warc")
                  for path in glob.glob(f"{root}/{part}/**", recursive=True)
                  if os.path.isfile(path))


def main():
    words = sys.argv[1:]
    if words[:1] == ["--print"]:
        json.dump({"shards": [count(path) for path in words[1:]]}, sys.stdout, indent=1)
        return
    if words[:1] == ["--against"]:
        with open(words[1], encoding="utf-8") as file:
            compare(json.load(file), words[2:])
    program = words[0] if words else "build/mpibert"
    paths = words[1:] or corpus_files()
    compare(statistics(program, paths), paths)


if __name__ == "__main__":
    main()
