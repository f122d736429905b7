"""Uploads: pictures that a browser sends, taken only within limits, and known by what they contain, never by their names."""

import hashlib
import tempfile
import warnings
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath

from PIL import Image

from whylight.errors import PictureError
from whylight.pictures import read_picture
from whylight.store import Picture, Store
from whylight.web.browsers import cleaned
from whylight.web.settings import MEBIBYTE, Settings

FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""Formats whose decoders are part of Pillow itself: no other program is run for a picture."""
UPLOADED = "upload"
"""The source of a picture that was sent, in the store."""
NAMELESS = "picture"


def take(store: Store, content: bytes, name: str, settings: Settings) -> Picture:
    """Checks a picture that was sent and keeps it with its bytes; raises PictureError for what is none, or too large."""
    shown = cleaned(PurePosixPath(PureWindowsPath(name).as_posix()).name) or NAMELESS
    picture = decoded(content, shown, settings)
    key = hashlib.sha256(content).hexdigest()
    kept = Picture(key, shown, picture.width, picture.height, UPLOADED)
    store.add_picture(kept, content)
    return kept


def decoded(content: bytes, name: str, settings: Settings) -> Image.Image:
    """The picture in RGB; its size is looked at before it is decoded."""
    if len(content) > settings.most_bytes:
        raise PictureError(f"{name} has more than {settings.most_bytes / MEBIBYTE:g} MiB; save it in a smaller size")
    if not content:
        raise PictureError(f"{name} is empty (0 bytes)")
    width, height = _size(content, name)
    if width * height > settings.most_pixels:
        most = settings.most_pixels / 1e6
        raise PictureError(f"{name} has {width} × {height} pixels; up to {most:g} million are read: save it smaller")
    return _read(content, name)


def _size(content: bytes, name: str) -> tuple[int, int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of large pictures, which are refused behind this
        try:
            with Image.open(BytesIO(content), formats=FORMATS) as picture:
                return picture.size
        except Image.DecompressionBombError:
            raise PictureError(f"{name} has far more pixels than are read; save it in a smaller size") from None
        except Exception:  # decoders raise almost anything when a file is damaged
            wanted = "PNG, JPEG, WebP, AVIF, GIF, BMP, TIFF"
            raise PictureError(f"{name} is not a picture that is read here ({wanted})") from None


def _read(content: bytes, name: str) -> Image.Image:
    with tempfile.TemporaryDirectory(prefix="whylight-") as folder:
        path = Path(folder) / "picture"
        path.write_bytes(content)
        try:
            return read_picture(path)
        except PictureError as error:
            raise PictureError(str(error).replace(str(path), name)) from None
