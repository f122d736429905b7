"""Where a data set lies and what stands in its files; whatever is wrong with them becomes a DataError in one sentence."""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from whylight.errors import DataError
from whylight.pictures import read_picture


def data_root() -> Path:
    """The folder that holds all data sets: WHYLIGHT_DATA, or ``whylight/data`` in the platform's folder for caches."""
    given = os.environ.get("WHYLIGHT_DATA")
    return Path(given).expanduser() if given else _caches() / "whylight" / "data"


def _caches() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    return Path(named) if named else Path.home() / ".cache"


def home_of(folder: str | None, default: str) -> Path:
    """The folder that a data set was given, or its usual place below the data root; whether it is there or not."""
    return data_root() / default if folder is None else Path(folder).expanduser()


def check_folder(folder: Path, name: str, holds: str) -> Path:
    """The folder; raises DataError when there is none. ``holds``: what should be in it."""
    if not folder.is_dir():
        raise DataError(
            f"there is no folder {folder} for the data set {name}; it should hold {holds}: give {name}:folder=PATH, or "
            "the folder above it as --data-root or WHYLIGHT_DATA"
        )
    return folder


def read_json(path: Path) -> Any:
    """What a JSON file holds; raises DataError when it is missing or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}; the data set is not complete without it") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON that can be read ({error}); copy it again") from error


def read_file(path: Path) -> tuple[Image.Image, str]:
    """The picture in a file and the sha256 of the file's bytes; raises PictureError when it cannot be read."""
    picture = read_picture(path)
    with path.open("rb") as file:
        return picture, hashlib.file_digest(file, "sha256").hexdigest()


def at(place: int, count: int) -> int:
    """The place from 0 that an index means, from the end when it is below 0; raises IndexError beyond the data set."""
    if not -count <= place < count:
        raise IndexError(f"place {place} is outside the {count} pictures of the data set")
    return place % count
