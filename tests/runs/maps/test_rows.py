"""Rows of maps: what is kept of the numbers, and how large it is."""

import io

import numpy as np
import pyarrow.parquet as pq
import pytest

from whylight.runs.maps import rows

NOISE = np.random.default_rng(0).normal(size=(9, 7)).astype(np.float32)


@pytest.mark.parametrize("size", [1.0, 1e-30, 3e7])
def test_a_map_keeps_its_digits_at_any_size(size: float) -> None:
    one_map = (NOISE * size).astype(np.float32)
    kept = rows.unpacked(rows.packed(one_map))
    assert kept.shape == (9, 7)
    assert np.abs(kept - one_map).max() <= 2.0**-12 * np.abs(one_map).max() * (1 + 1e-6)


def test_a_map_of_zeros_and_one_with_what_is_no_number() -> None:
    assert (rows.unpacked(rows.packed(np.zeros((3, 2), np.float32))) == 0).all()
    strange = NOISE.copy()
    strange[0, :3] = np.nan, np.inf, -np.inf
    kept = rows.unpacked(rows.packed(strange))
    np.testing.assert_array_equal(np.isfinite(kept), np.isfinite(strange))
    assert np.nanargmax(np.where(np.isfinite(kept), kept, np.nan)) == np.nanargmax(
        np.where(np.isfinite(strange), strange, np.nan)
    )
    assert np.isinf(rows.unpacked(rows.packed(np.full((1, 1), np.inf, np.float32)))).all()


def test_a_file_of_rows() -> None:
    good = {
        "place": 5,
        "picture": "a\udcff.png",
        "box": [0.0, 1.5, 7.0, 9.0],
        "flags": ["unstable"],
        **rows.packed(NOISE),
    }
    content = rows.to_bytes([good, {"place": 6, "picture": "b.png", "error": "it is broken"}])
    assert content == rows.to_bytes([good, {"place": 6, "picture": "b.png", "error": "it is broken"}])
    table = pq.read_table(io.BytesIO(content))
    assert table.schema == rows.SCHEMA
    first, second = table.to_pylist()
    assert (first["picture"], first["error"], first["box"]) == ("a?.png", None, [0.0, 1.5, 7.0, 9.0])
    np.testing.assert_array_equal(rows.unpacked(first), rows.unpacked(good))
    assert {name for name, value in second.items() if value is not None} == {"place", "picture", "error"}


def test_smooth_maps_take_half_of_their_float16() -> None:
    down, across = np.mgrid[-1:1:224j, -1:1:224j]
    smooth = np.exp(-(down**2 + across**2)).astype(np.float32)
    assert len(rows.to_bytes([rows.packed(smooth)])) < 0.6 * 2 * 224 * 224
