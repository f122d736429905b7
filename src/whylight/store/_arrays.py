"""Arrays as rows: maps, segments and files, each under the hash of its content, so that equal ones are kept once."""

import hashlib
import zlib
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whylight.errors import StoreError

Array = NDArray[Any]

DTYPES = ("|b1", "|u1", "<i2", "<i4", "<i8", "<f2", "<f4", "<f8")
MOST_BYTES = 2**28
"""A larger array is refused, when it is kept and when it is read: nothing in the store is near it."""


def pack(array: Array) -> dict[str, Any]:
    """The row of an array; raises StoreError for numbers that are none, and for too many."""
    array = np.ascontiguousarray(array).reshape(array.shape)
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    check_form(array.dtype.str, array.shape)
    content = array.tobytes()
    return {
        "key": key_of(array),
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "data": zlib.compress(content, 6),
    }


def unpack(row: Any) -> Array:
    """The array of a row; raises StoreError when the row was damaged."""
    check_form(row.dtype, row.shape)
    size = np.dtype(row.dtype).itemsize * prod(row.shape)
    try:
        content = zlib.decompressobj().decompress(row.data, size + 1)
    except zlib.error as error:
        raise StoreError(f"the array {row.key} of the store is damaged ({error}); restore it from an export") from error
    if len(content) != size:
        raise StoreError(f"the array {row.key} of the store is damaged; restore it from an export")
    return np.frombuffer(content, row.dtype).reshape(row.shape).copy()


def key_of(array: Array) -> str:
    """The sha256 of an array's type, shape and numbers, in hexadecimal."""
    start = f"{array.dtype.str}{list(array.shape)}".encode()
    return hashlib.sha256(start + array.tobytes()).hexdigest()


def check_form(dtype: str, shape: Any) -> None:
    """Raises StoreError for a type of number that is not kept, or more bytes than are kept."""
    if dtype not in DTYPES:
        raise StoreError(f"the store keeps arrays of {', '.join(DTYPES)}; got {dtype}")
    sides = list(shape) if isinstance(shape, list | tuple) else [-1]
    if not all(isinstance(side, int) and side >= 0 for side in sides):
        raise StoreError(f"expected the shape of an array; got {shape!r}")
    if np.dtype(dtype).itemsize * prod(sides) > MOST_BYTES:
        raise StoreError(
            f"the store keeps arrays of up to {MOST_BYTES // 2**20} MiB; got shape {tuple(sides)} of {dtype}"
        )


def file_array(content: bytes) -> Array:
    """A file's bytes as an array."""
    return np.frombuffer(content, np.uint8)
