"""Addresses: a path of this machine, or a URL of an object store (``s3://…``, ``gs://…``), and what lies there.

A URL is read as it stands, without decoding: the keys of object stores may hold any character. ``file://`` is a path.
"""

import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import pyarrow as pa
from pyarrow import fs

from whylight.errors import DataError, PictureError
from whylight.pictures import SUFFIXES

Kind = Literal["file", "folder", "nothing"]
TRIES = 3
"""How often a file of an object store is asked for when the network fails."""
PAUSE = 1.0
"""Seconds before the second time; each further pause is twice as long."""


def is_url(text: str) -> bool:
    """Whether a text begins with a protocol; a drive of Windows is none."""
    return re.match(r"[a-z][a-z0-9+.-]+://", text, re.IGNORECASE) is not None


def normal(text: str) -> str:
    """The address that means the same in every folder: an absolute path, or the URL."""
    if not is_url(text):
        return str(Path(text).expanduser().absolute())
    parts = urlsplit(text)
    return str(Path(unquote(parts.path))) if parts.scheme.lower() == "file" else text.rstrip("/")


def within(address: str, name: str) -> str:
    """The address of what is below another one; an absolute path or a URL stays what it is."""
    if is_url(name) or Path(name).is_absolute():
        return normal(name)
    return f"{address}/{name}" if is_url(address) else str(Path(address) / name)


@lru_cache(maxsize=64)
def _system(scheme: str, host: str) -> tuple[fs.FileSystem, str]:
    """The file system of a protocol and host, and the path of its root there."""
    root = f"{scheme}://{host}/"
    try:
        system, path = fs.FileSystem.from_uri(root)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        system, path = _by_fsspec(root, scheme)
    return system, path.rstrip("/")


def _by_fsspec(root: str, scheme: str) -> tuple[fs.FileSystem, str]:
    try:
        system, path = import_module("fsspec.core").url_to_fs(root)
    except (ValueError, ImportError) as error:
        raise DataError(f"addresses that begin with {scheme}:// cannot be read here: {error}") from error
    return fs.PyFileSystem(fs.FSSpecHandler(system)), path


def at(url: str) -> tuple[fs.FileSystem, str]:
    """The file system of a URL and the path there; raises DataError for a protocol that is not known."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    system, root = _system(scheme.lower(), host)
    return system, f"{root}/{path}"


def kind_of(address: str) -> Kind:
    """What is at an address; raises DataError when nobody can tell."""
    if not is_url(address):
        return "folder" if Path(address).is_dir() else "file" if Path(address).exists() else "nothing"
    system, path = at(address)
    try:
        found = system.get_file_info(path).type
    except OSError as error:
        raise DataError(f"{address} cannot be looked at: {_reason(error)}") from error
    if found == fs.FileType.NotFound:
        return "nothing"
    return "folder" if found == fs.FileType.Directory else "file"


def pictures_below(address: str) -> Iterator[str]:
    """The addresses of the pictures in a folder and the folders below, by name; what is hidden is left out.

    One folder is listed at a time. Raises DataError for one that cannot be read.
    """
    files, folders = _entries(address)
    yield from (within(address, name) for name in sorted(files) if Path(name).suffix.lower() in SUFFIXES)
    for name in sorted(folders):
        yield from pictures_below(within(address, name))


def _entries(address: str) -> tuple[list[str], list[str]]:
    """The names of the files and of the folders in a folder."""
    files: list[str] = []
    folders: list[str] = []
    try:
        for name, is_folder in _listed(address):
            if not name.startswith("."):
                (folders if is_folder else files).append(name)
    except OSError as error:
        raise DataError(f"the folder {address} cannot be read: {_reason(error)}; check its permissions") from error
    return files, folders


def _listed(address: str) -> Iterator[tuple[str, bool]]:
    if is_url(address):
        system, path = at(address)
        for found in system.get_file_info(fs.FileSelector(path)):
            yield found.base_name, found.type == fs.FileType.Directory
    else:
        with os.scandir(address) as entries:
            for entry in entries:
                if not (entry.is_symlink() and entry.is_dir()):  # links may lead round in a circle
                    yield entry.name, entry.is_dir()


@contextmanager
def opened(address: str) -> Iterator[Any]:
    """The file at an address, to read from any place in it."""
    if is_url(address):
        system, path = at(address)
        with system.open_input_file(path) as file:
            yield file
    else:
        with Path(address).open("rb") as file:
            yield file


@contextmanager
def fetched(address: str) -> Iterator[Path]:
    """The file at an address as a file of this machine; raises PictureError, in one sentence, when it cannot be had."""
    if not is_url(address):
        yield Path(address)
        return
    content = _content(address)
    with tempfile.TemporaryDirectory(prefix="whylight-") as folder:
        path = Path(folder) / f"picture{Path(address).suffix[:10]}"
        path.write_bytes(content)
        yield path


def _content(url: str) -> bytes:
    for pause in [PAUSE * 2**number for number in range(TRIES - 1)]:
        try:
            return _read(url)
        except PictureError:
            raise
        except OSError:  # the network: it may be better in a moment
            time.sleep(pause)
    try:
        return _read(url)
    except PictureError:
        raise
    except OSError as error:
        raise PictureError(f"{url} cannot be read: {_reason(error)}") from error


def _read(url: str) -> bytes:
    try:
        with opened(url) as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise PictureError(f"there is no file {url}; check the address") from error
    except PermissionError as error:
        raise PictureError(f"{url} may not be read; check your access to it") from error
    return content


def _reason(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
