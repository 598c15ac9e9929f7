# SPDX-License-Identifier: Apache-2.0
"""Logic: stock tools must read a checkpoint.  h5py reads every dataset of the file given, and
the hashes, computed here by the rule in io/ckpt/contents.h, must be those in the file; h5ls
and h5dump, where installed, must show it.  Needs h5py, numpy and libxxhash.

    python3 tests/interop/checkpoint.py CHECKPOINT.h5
"""
import ctypes
import ctypes.util
import shutil
import subprocess
import sys

import h5py
import numpy

from tap import done, ok

CHUNK = 1 << 20


class Hash128(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


library = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
library.XXH3_128bits.restype = Hash128
library.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


def hash128(data):
    return library.XXH3_128bits(data, len(data))


def hexadecimal(digest):
    return f"{digest.high:016x}{digest.low:016x}"


def hash_dataset(data):
    pieces = (hash128(data[at : at + CHUNK]) for at in range(0, len(data), CHUNK))
    return hash128(b"".join(bytes(piece) for piece in pieces))


def stored_bytes(dataset):
    value = dataset[()]
    return value if isinstance(value, bytes) else value.tobytes()


def check_file(file):
    rows = [row.decode().split() for row in file["/hashes"][()]]
    state = ""
    ok(file.attrs["format"] == b"mpibert checkpoint", "attribute format")
    for name, want in rows:
        dataset = file[name]
        got = hexadecimal(hash_dataset(stored_bytes(dataset)))
        ok(got == want, f"{name} {dataset.dtype} {dataset.shape}")
        if name.count("/") > 1:  # /params/…, /adam/m/…: a tensor's
            ok(dataset.dtype == numpy.dtype("<f4"), f"{name} is float32")
            shape = "x".join(str(n) for n in dataset.shape)
            state += f"{name} {shape} {want}\n"
    got = hexadecimal(hash128(state.encode()))
    ok(got == file.attrs["state_hash"].decode(), f"state_hash {got}")
    there = []
    file.visititems(lambda name, item: there.append("/" + name)
                    if isinstance(item, h5py.Dataset) else None)
    ok(sorted(there) == sorted([name for name, _ in rows] + ["/hashes"]),
       "nothing is there that is not listed")


def check_tool(command, wanted):
    if shutil.which(command[0]) is None:
        ok(True, f"{command[0]} # SKIP not installed")
        return
    run = subprocess.run(command, capture_output=True, text=True, errors="replace")
    ok(run.returncode == 0 and all(text in run.stdout for text in wanted),
       " ".join(command[:-1]))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    path = sys.argv[1]
    with h5py.File(path, "r") as file:
        check_file(file)
        first = next(iter(file["/params"]))
        config = file["/config"][()].decode().splitlines()
    check_tool(["h5ls", "-r", path], ["/params", "/lanes", first])
    check_tool(["h5dump", "-A", path], ["state_hash", "data_hash"])
    check_tool(["h5dump", "-d", "/config", path], config[:1])
    check_tool(["h5dump", "-d", "/hashes", path], ["/params/"])
    done()


main()
