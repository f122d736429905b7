"""Files of arrays (.npz) that numpy reads, written and read one array at a time; equal arrays give equal bytes."""

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.lib import format as npy

from whylight.errors import StoreError
from whylight.store._arrays import Array, check_form, key_of

STARTED = (1980, 1, 1, 0, 0, 0)
"""The time of every member: the earliest that the format knows."""
SUFFIX = ".npy"


def write_npz(file: BinaryIO, arrays: Iterable[tuple[str, Array]]) -> int:
    """Writes each array under its key; returns how many."""
    count = 0
    with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        for key, array in arrays:
            member = zipfile.ZipInfo(f"{key}{SUFFIX}", STARTED)
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, "w", force_zip64=True) as opened:
                npy.write_array(opened, array, version=(1, 0), allow_pickle=False)
            count += 1
    return count


@contextmanager
def read_npz(path: Path) -> Iterator[Iterator[tuple[str, Array]]]:
    """The arrays and their keys; raises StoreError for a file that is damaged, an array that is too large, and a key that
    is not the hash of its array."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield (_member(archive, member) for member in archive.infolist())
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise StoreError(
            f"{path} is not a file of arrays that can be read ({error}); export the store again"
        ) from error


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[str, Array]:
    with archive.open(member) as opened:
        file = cast(BinaryIO, opened)
        if npy.read_magic(file) != (1, 0):
            raise ValueError(f"{member.filename} is of another version")
        shape, fortran, dtype = npy.read_array_header_1_0(file)
        check_form(dtype.str, shape)
        size = dtype.itemsize * prod(shape)
        content = file.read(size + 1)
    if fortran or len(content) != size:
        raise ValueError(f"{member.filename} is damaged")
    array = np.frombuffer(content, dtype).reshape(shape)
    key = member.filename.removesuffix(SUFFIX)
    if key != key_of(array):
        raise ValueError(f"{key} does not fit its array")
    return key, array
