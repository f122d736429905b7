"""Pictures that are sent: by what they contain, within limits, and kept once."""

import io
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from whylight.errors import PictureError
from whylight.web.settings import Settings
from whylight.web.state import State
from whylight.web.uploads import decoded, take

LIMITS = Settings(most_bytes=2**20, most_pixels=10_000)


def encoded(format_: str = "PNG", size: tuple[int, int] = (8, 6), **how: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, format_, **how)
    return file.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A small file that decodes to gigabytes, if anybody believes it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_what_it_contains_decides_and_not_its_name(format_: str) -> None:
    picture = decoded(encoded(format_), "evil.exe", LIMITS)
    assert (picture.size, picture.mode) == ((8, 6), "RGB")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: b"", "empty"),
        (lambda: b"GIF89a", "not a picture"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n", "not a picture"),
        (lambda: b"%PDF-1.7", "not a picture"),
        (lambda: encoded(size=(90, 90))[:-60], "damaged|not a picture"),
        (lambda: encoded(size=(101, 100)), "101 × 100 pixels; up to 0.01 million"),
        (lambda: png_that_claims(200_000, 200_000), "pixels"),
        (lambda: png_that_claims(2**31 - 1, 2**31 - 1), "pixels"),
        (lambda: png_that_claims(0, 5), "not a picture|damaged"),
        (lambda: b"x" * (2**20 + 1), "more than 1 MiB"),
    ],
    ids=["empty", "cut", "svg", "eps", "pdf", "cut png", "large", "bomb", "huge bomb", "no width", "bytes"],
)
def test_what_is_no_picture_or_too_large_is_refused(make: Callable[[], bytes], words: str) -> None:
    with pytest.raises(PictureError, match=words) as raised:
        decoded(make(), "holiday.png", LIMITS)
    assert "holiday.png" in str(raised.value)
    assert "whylight-" not in str(raised.value)  # the folder that it was read from


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"]), st.data())
def test_damaged_files_are_pictures_or_refused(format_: str, data: st.DataObject) -> None:
    content = bytearray(encoded(format_, (20, 20)))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(PictureError):
        assert decoded(bytes(content), "x", LIMITS).mode == "RGB"


def test_a_picture_is_kept_once_with_its_bytes(state: State) -> None:
    content = encoded()
    first = take(state.store, content, "C:\\pictures\\..\\cat.png", state.settings)
    again = take(state.store, content, "../../other.png", state.settings)
    assert first.key == again.key
    assert first.name == "cat.png"
    assert state.store.picture(first.key).name == "cat.png"
    assert state.store.content(first.key) == content


@pytest.mark.parametrize("name", ["", "/", "..", "\n\0", "a" * 5000, "\u202etxt.png", "😀.png"])
def test_any_name_is_borne(state: State, name: str) -> None:
    kept = take(state.store, encoded(), name, replace(state.settings, most_pixels=100))
    assert kept.name
    assert len(kept.name) <= 60
    assert kept.name.isprintable()
