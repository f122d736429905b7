"""Every kind of picture file that people have is read as RGB the right way up, or refused in one sentence."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from whylight import pictures
from whylight.errors import PictureError
from whylight.pictures import find_pictures, read_picture, sample_picture

ORIENTATION = 0x0112
RAMP = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)


def save(path: Path, picture: Image.Image, **options: Any) -> Path:
    picture.save(path, **options)
    return path


def pixel(picture: Image.Image, x: int = 0, y: int = 0) -> tuple[int, ...]:
    found = picture.getpixel((x, y))
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize(
    ("mode", "colour", "ending", "expected"),
    [
        ("RGB", (10, 20, 30), "png", (10, 20, 30)),
        ("L", 77, "png", (77, 77, 77)),
        ("1", 1, "png", (255, 255, 255)),
        ("LA", (0, 0), "png", (255, 255, 255)),
        ("RGBA", (0, 0, 0, 0), "png", (255, 255, 255)),
        ("RGBA", (0, 0, 0, 128), "png", (127, 127, 127)),
        ("RGBA", (10, 20, 30, 255), "webp", (10, 20, 30)),
        ("CMYK", (0, 0, 0, 0), "tif", (255, 255, 255)),
        ("CMYK", (0, 0, 0, 255), "jpg", (0, 0, 0)),
        ("YCbCr", (255, 128, 128), "jpg", (255, 255, 255)),
        ("HSV", (0, 0, 200), "png", (200, 200, 200)),
    ],
)
def test_modes_become_rgb(tmp_path: Path, mode: str, colour: Any, ending: str, expected: tuple[int, ...]) -> None:
    made = Image.new(mode, (9, 7), colour)
    path = save(tmp_path / f"a.{ending}", made.convert("RGB") if mode == "HSV" else made, lossless=True)
    read = read_picture(path)
    assert (read.mode, read.size) == ("RGB", (9, 7))
    assert np.abs(np.subtract(pixel(read), expected)).max() <= 1


def test_palette_with_and_without_transparency(tmp_path: Path) -> None:
    made = Image.new("P", (4, 4), 1)
    made.putpalette([0, 0, 0, 200, 100, 50])
    assert pixel(read_picture(save(tmp_path / "plain.png", made))) == (200, 100, 50)
    assert pixel(read_picture(save(tmp_path / "clear.png", made, transparency=1))) == (255, 255, 255)
    assert pixel(read_picture(save(tmp_path / "half.png", made, transparency=b"\xff\x80"))) == (227, 177, 152)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bit_grey_keeps_its_range(tmp_path: Path, ending: str) -> None:
    read = np.asarray(read_picture(save(tmp_path / f"deep.{ending}", Image.fromarray(RAMP))))
    assert np.abs(read[..., 0].astype(float) - RAMP / 257).max() <= 1
    assert (read[..., 0] == read[..., 2]).all()


@pytest.mark.parametrize("order", [">", "<"])
def test_sixteen_bit_grey_of_either_byte_order(tmp_path: Path, order: str) -> None:
    made = Image.frombytes("I;16B" if order == ">" else "I;16", (8, 8), RAMP.astype(f"{order}u2").tobytes())
    read = np.asarray(read_picture(save(tmp_path / "deep.tif", made)))
    assert np.abs(read[..., 0].astype(float) - RAMP / 257).max() <= 1


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_fewer_bits_in_a_sixteen_bit_file_are_not_black(tmp_path: Path, bits: int) -> None:
    numbers = np.array([[0, 2 ** (bits - 1), 2**bits - 1]], np.uint16)
    read = np.asarray(read_picture(save(tmp_path / "deep.png", Image.fromarray(numbers))))
    assert np.abs(read[0, :, 0].astype(int) - [0, 128, 255]).max() <= 1


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[0.0, 100.0, 255.0]], np.float32), [0, 100, 255]),
        (np.array([[-1.0, 0.0, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[np.nan, 0.5, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[7.5, 7.5, 7.5]], np.float32), [8, 8, 8]),
        (np.array([[0, 100, 255]], np.int32), [0, 100, 255]),
        (np.array([[0, 257, 65535]], np.int32), [0, 1, 255]),
        (np.array([[-100, 0, 100]], np.int32), [0, 128, 255]),
    ],
)
def test_wide_numbers_are_scaled(tmp_path: Path, numbers: Any, expected: list[int]) -> None:
    read = np.asarray(read_picture(save(tmp_path / "wide.tif", Image.fromarray(numbers))))
    assert np.abs(read[0, :, 0].astype(int) - expected).max() <= 1


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("kind", [np.uint16, np.int32])
def test_one_rule_for_the_white_of_whole_numbers(tmp_path: Path, bits: int, kind: type[np.generic]) -> None:
    """The whole range, and a picture one above the next smaller white."""
    white = 2**bits - 1
    for greatest in (white, 2 ** (bits - 2) if bits > 8 else 100):
        numbers = np.array([[0, greatest // 2, greatest]]).astype(kind)
        read = np.asarray(read_picture(save(tmp_path / "deep.tif", Image.fromarray(numbers))))
        assert np.abs(read[0, :, 0] - numbers[0] * (255 / white)).max() <= 0.51


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(tmp_path: Path, orientation: int) -> None:
    upright = Image.new("RGB", (40, 24), "black")
    upright.paste("red", (0, 0, 20, 12))
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    turned = upright if stored is None else upright.transpose(stored)
    read = read_picture(save(tmp_path / "turned.jpg", turned, exif=exif, quality=100, subsampling=0))
    assert read.size == (40, 24)
    assert np.abs(np.asarray(read).astype(int) - np.asarray(upright)).mean() < 6


def test_damaged_exif_does_not_spoil_the_picture(tmp_path: Path) -> None:
    path = save(tmp_path / "exif.jpg", Image.new("RGB", (8, 8)), exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xffgarbage")
    assert read_picture(path).size == (8, 8)


def test_an_animation_shows_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (6, 6), colour) for colour in ("red", "blue")]
    for ending in ("gif", "webp", "png", "tif"):
        path = save(tmp_path / f"moving.{ending}", frames[0], save_all=True, append_images=frames[1:], lossless=True)
        red, _, blue = pixel(read_picture(path))
        assert red > 252
        assert blue < 3


def test_one_pixel(tmp_path: Path) -> None:
    assert read_picture(save(tmp_path / "dot.png", Image.new("L", (1, 1)))).size == (1, 1)


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_a_huge_picture_is_reduced(tmp_path: Path, ending: str) -> None:
    made = Image.new("L", (10_000, 10_000), 90)
    made.paste(200, (5_000, 0, 10_000, 10_000))
    exif = Image.Exif()
    exif[ORIENTATION] = 3
    read = read_picture(save(tmp_path / f"huge.{ending}", made, exif=exif))
    assert 2_000 < max(read.size) <= pictures.LONGEST_SIDE
    assert (pixel(read, 10, 10)[0], pixel(read, read.width - 10, 10)[0]) == (200, 90)


def test_a_long_strip_keeps_a_row(tmp_path: Path) -> None:
    assert read_picture(save(tmp_path / "strip.png", Image.new("P", (20_000, 1)))).size == (4_000, 1)


def test_unicode_and_spaces_in_a_name(tmp_path: Path) -> None:
    path = save(tmp_path / "Kätzchen auf Bäumen 猫.png", Image.new("RGB", (3, 3), "red"))
    assert pixel(read_picture(str(path))) == (255, 0, 0)


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def encoded(ending: str) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, ending)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.png", b"", r"is empty \(0 bytes\); copy it again"),
        (
            "text.jpg",
            b"hello, I am no picture",
            "is not a picture in a format that is known here; save it as PNG or JPEG",
        ),
        ("cut.jpg", encoded("jpeg")[:900], "is damaged or incomplete .*; copy it again"),
        ("cut.png", encoded("png")[:900], "is damaged or incomplete .*; copy it again"),
        ("cut.gif", encoded("gif")[:900], "is damaged or incomplete .*; copy it again"),
        ("cut.webp", encoded("webp")[:900], "(is damaged or incomplete|is not a picture)"),
        ("cut.tif", encoded("tiff")[:900], "(is damaged or incomplete|is not a picture)"),
        ("head.png", encoded("png")[:20], "(is damaged or incomplete|is not a picture)"),
        (
            "bomb.png",
            png_that_claims(60_000, 60_000),
            "above the limit of 150 million pixels; save it in a smaller size",
        ),
        ("wide.png", png_that_claims(13_000, 13_000), "size of 13000 × 13000 above the limit of 150 million pixels"),
        (
            "drawing.svg",
            b"<?xml version='1.0'?><svg xmlns='x'></svg>",
            "is an SVG drawing, which is not read here; export it",
        ),
        ("paper.png", b"%PDF-1.7 ...", "is a PDF document, which is not read here; export it as PNG or JPEG"),
        ("photo.jpg", b"\x00\x00\x00\x18ftypheic\x00\x00", "is a HEIC photo, which is not read here; export it"),
        ("photo.heic", b"\x00\x00\x00\x18ftyp....", "is a HEIC photo"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PictureError, match=message) as caught:  # a warning that leaks would be an error of another kind
        read_picture(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"there is no file .*; check the path"):
        read_picture(tmp_path / "nothing.png")
    with pytest.raises(PictureError, match="is a folder where a picture was expected; name the files in it"):
        read_picture(tmp_path)
    with pytest.raises(PictureError, match="is not a regular file"):
        read_picture("/dev/null")
    with pytest.raises(PictureError, match="cannot be read"):
        read_picture(tmp_path / ("x" * 300 + ".png"))


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = save(tmp_path / "secret.png", Image.new("L", (2, 2)))
    monkeypatch.setattr(Path, "open", refuse)  # the owner of a machine may read everything, so it is refused by hand
    with pytest.raises(PictureError, match="may not be read; give yourself permission"):
        read_picture(path)


def test_memory_that_runs_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhaust(*_: object, **__: object) -> Image.Image:
        raise MemoryError

    path = save(tmp_path / "big.png", Image.new("L", (2, 2)))
    monkeypatch.setattr(pictures, "_plain", exhaust)
    with pytest.raises(PictureError, match="does not fit into memory; save it in a smaller size"):
        read_picture(path)


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[str], Path]:
    for name in ("b.png", "a.JPG", "notes.txt", ".hidden.png", "sub folder/c.webp", ".cache/d.png", "empty/readme.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path.joinpath


def test_folders_are_searched(tree: Callable[[str], Path]) -> None:
    found, problems = find_pictures([tree(""), tree("notes.txt"), tree("b.png")])
    assert found == [tree("a.JPG"), tree("b.png"), tree("sub folder/c.webp"), tree("notes.txt")]
    assert problems == []


def test_what_was_not_found_is_said(tree: Callable[[str], Path]) -> None:
    found, problems = find_pictures([tree("gone.png"), tree("empty"), tree("a.JPG"), tree("x" * 300)])
    assert found == [tree("a.JPG")]
    assert [path for path, _ in problems] == [tree("gone.png"), tree("empty"), tree("x" * 300)]
    assert problems[0][1].startswith("there is no file or folder ")
    assert problems[1][1].startswith("there is no picture in the folder ")


def test_the_sample_is_a_cat() -> None:
    name, picture = sample_picture()
    assert (name, picture.mode, picture.size) == ("chelsea", "RGB", (451, 300))
