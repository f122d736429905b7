"""Pictures as people have them: any format, mode, size or damage in, plain RGB or a one-sentence error out.

What is done to a picture: it is rotated as its EXIF tag says, transparency is laid on white, 16-bit and floating-point
grey is scaled to 8 bits (white is the smallest of 255, 1023, 4095, 16383 and 65535 that holds the greatest number), of an
animation the first frame is taken, CMYK, palette and grey become RGB, and a picture with a side above 4096 pixels is
reduced by a whole factor, which bounds the memory that everything behind it needs.
"""

import math
import os
import stat
import warnings
from collections.abc import Iterator, Sequence
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from whylight.errors import PictureError

MOST_PIXELS = 150_000_000
"""Pictures with more pixels are refused: decoding them would take more than half a gigabyte each."""

WHITES = tuple(2**bits - 1 for bits in (8, 10, 12, 14, 16))
"""What white may be in grey of whole numbers."""

LONGEST_SIDE = 4096
"""Pictures with a longer side are reduced below it; no classifier sees more than a fraction of that."""

PILLOW_READS = "avif bmp gif jfif jpe jpeg jpg pbm pgm png pnm ppm tga tif tiff webp"
SUFFIXES = frozenset(f".{ending}" for ending in PILLOW_READS.split())
"""What counts as a picture when a folder is searched; a file that is named is always tried."""

FOREIGN = {
    ".svg": "an SVG drawing",
    ".pdf": "a PDF document",
    ".heic": "a HEIC photo",
    ".heif": "a HEIC photo",
}
SIGNATURES = (
    (b"%PDF", ".pdf"),
    (b"<svg", ".svg"),
    (b"ftypheic", ".heic"),
    (b"ftypheix", ".heic"),
    (b"ftypmif1", ".heic"),
)

AVERAGED = frozenset({"L", "LA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
"""Modes whose numbers can be averaged as they are; a palette's, for one, cannot."""

ORIENTATION = 0x0112


def read_picture(path: Path | str, *, transparency: bool = False) -> Image.Image:
    """The picture in a file, in RGB and the right way up; with ``transparency`` in RGBA where parts of it are transparent.

    A picture with a side above ``LONGEST_SIDE`` pixels comes back reduced by the smallest whole factor that brings it to
    that: whatever is said of places in it, such as maps and boxes, is in the pixels of the reduced picture.

    Raises PictureError, in one sentence, when the file is missing, a folder, empty, may not be read, is no picture, is
    damaged, or has more than ``MOST_PIXELS`` pixels.
    """
    path = Path(path)
    start = _start(path)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # Pillow warns of large, palette and slightly damaged files that are read all the same
        try:
            with Image.open(path) as picture:
                _check_pixels(path, picture)
                return _plain(picture, transparency=transparency)
        except PictureError:
            raise
        except Image.DecompressionBombError as error:
            raise _too_large(path) from error
        except UnidentifiedImageError as error:
            raise PictureError(_not_a_picture(path, start)) from error
        except MemoryError as error:
            raise PictureError(f"{path} does not fit into memory; save it in a smaller size") from error
        except Exception as error:  # decoders raise almost anything when a file is damaged
            reason = str(error) or type(error).__name__
            raise PictureError(f"{path} is damaged or incomplete ({reason}); copy it again or save it anew") from error


def _start(path: Path) -> bytes:
    """The first bytes; raises PictureError when there are none to be had."""
    mode = _mode(path)
    if stat.S_ISDIR(mode):
        raise PictureError(f"{path} is a folder where a picture was expected; name the files in it")
    if mode and not stat.S_ISREG(mode):
        raise PictureError(f"{path} is not a regular file; save the picture to a file and name that")
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except FileNotFoundError as error:
        raise PictureError(f"there is no file {path}; check the path") from error
    except PermissionError as error:
        raise PictureError(f"{path} may not be read; give yourself permission, as with `chmod u+r`") from error
    except (OSError, ValueError) as error:
        raise PictureError(f"{path} cannot be read ({error}); check the path and the disk") from error
    if not start:
        raise PictureError(f"{path} is empty (0 bytes); copy it again")
    return start


def _mode(path: Path) -> int:
    """What kind of file a path is, 0 for none; unlike ``Path.is_dir`` it bears names that no file can have."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def _not_a_picture(path: Path, start: bytes) -> str:
    suffix = next((suffix for mark, suffix in SIGNATURES if mark in start), path.suffix.lower())
    if suffix in FOREIGN:
        return f"{path} is {FOREIGN[suffix]}, which is not read here; export it as PNG or JPEG"
    return f"{path} is not a picture in a format that is known here; save it as PNG or JPEG"


def _check_pixels(path: Path, picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise _too_large(path, f" of {picture.width} × {picture.height}")


def _too_large(path: Path, size: str = "") -> PictureError:
    return PictureError(
        f"{path} claims a size{size or ' far'} above the limit of {MOST_PIXELS // 1_000_000} million pixels; save it in a "
        "smaller size"
    )


def _plain(picture: Image.Image, *, transparency: bool = False) -> Image.Image:
    """The first frame in RGB (or RGBA), reduced and turned."""
    orientation = _orientation(picture)
    factor = math.ceil(max(picture.size) / LONGEST_SIDE)
    picture.draft(None, (picture.width // factor, picture.height // factor))  # JPEG decodes straight to a smaller size
    picture.load()
    reduced = _reduced(picture) if picture.mode in AVERAGED else picture
    keep = transparency and reduced.has_transparency_data
    plain = _reduced(reduced.convert("RGBA") if keep else _to_rgb(reduced))
    plain.getexif()[ORIENTATION] = orientation
    turned = ImageOps.exif_transpose(plain)
    turned.info.clear()
    return turned


def _orientation(picture: Image.Image) -> int:
    """The EXIF orientation, 1 (upright) when it is absent or its block is damaged."""
    try:
        return int(picture.getexif().get(ORIENTATION, 1))
    except Exception:  # a damaged EXIF block must not spoil a picture that can be read
        return 1


def _reduced(picture: Image.Image) -> Image.Image:
    factor = math.ceil(max(picture.size) / LONGEST_SIDE)
    return picture if factor == 1 else picture.reduce(factor)


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I") or picture.mode == "F":
        return _eight_bit(picture).convert("RGB")
    return on_white(picture)


def on_white(picture: Image.Image) -> Image.Image:
    """The picture in RGB, what is transparent of it on white."""
    if picture.has_transparency_data:
        shown = picture.convert("RGBA")
        white = Image.new("RGBA", shown.size, "white")
        return Image.alpha_composite(white, shown).convert("RGB")
    return picture.convert("RGB")


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Grey numbers of more than 8 bits as 8 bits. White is the end of the smallest usual range that holds them: 8, 10, 12,
    14 or 16 bits for whole numbers (a 12-bit radiograph in a 16-bit file is not black), [0, 1] first for floats; numbers
    beyond all of them are stretched from their least to their greatest."""
    precision = np.float64 if picture.mode == "F" else np.float32  # whole numbers are exact in half the memory
    numbers = np.nan_to_num(np.asarray(picture)).astype(precision)
    low, high = float(numbers.min()), float(numbers.max())
    usual = ((1,) if picture.mode == "F" else ()) + WHITES
    fitting = [limit for limit in usual if low >= 0 and high <= limit]
    low, high = (0.0, float(fitting[0])) if fitting else (low, max(high, low + 1))
    return Image.fromarray(((numbers - low) * (255 / (high - low))).round().astype(np.uint8))


def find_pictures(paths: Sequence[Path]) -> tuple[list[Path], list[tuple[Path, str]]]:
    """The picture files that ``paths`` mean, each once, and what was wrong with the other paths, in one sentence each.

    A file is taken whatever its name. A folder is searched to its depths in alphabetical order for files with a
    picture's suffix; hidden files and folders are left out.
    """
    found: dict[Path, None] = {}
    problems: list[tuple[Path, str]] = []
    for path in paths:
        if stat.S_ISDIR(_mode(path)):
            inside = list(_walk(path, problems))
            found.update(dict.fromkeys(inside))
            if not inside:
                problems.append(
                    (path, f"there is no picture in the folder {path}; known are {' '.join(sorted(SUFFIXES))}")
                )
        elif _mode(path):
            found[path] = None
        else:
            problems.append((path, f"there is no file or folder {path}; check the path"))
    return list(found), problems


def _walk(folder: Path, problems: list[tuple[Path, str]]) -> Iterator[Path]:
    def refused(error: OSError) -> None:
        problems.append((Path(error.filename), f"the folder {error.filename} cannot be read: {error.strerror}"))

    for place, folders, names in os.walk(folder, onerror=refused):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield Path(place, name)


def sample_picture() -> tuple[str, Image.Image]:
    """The name and the picture of a cat that comes with scikit-image (451 × 300, CC0), which is always there."""
    with as_file(files("skimage") / "data" / "chelsea.png") as path:
        return "chelsea", read_picture(path)
