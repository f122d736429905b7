"""What is fetched from a data set's own home: only when it is asked for, checked by its sha256, and whole or not at all."""

import hashlib
import http.client
import shutil
import tarfile
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol, runtime_checkable
from urllib.request import urlopen

from whylight.errors import DataError

TIMEOUT = 30
"""Seconds without an answer after which a download is given up."""

CHUNK = 2**20


@runtime_checkable
class Readable(Protocol):
    """An open file, or what stands for one."""

    def read(self, length: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class Source:
    """A published file: its address, its sha256 and its size in MB, for people."""

    url: str
    sha256: str
    megabytes: int


def not_there(path: Path, name: str, source: Source) -> DataError:
    """The error for a file that is missing and was not asked to be fetched; it says how to get it."""
    return DataError(
        f"there is no file {path}; {name}:download=true fetches it from {source.url} ({source.megabytes} MB), or get that "
        f"yourself and put the file into {path.parent}"
    )


def fetch(source: Source, path: Path) -> None:
    """Puts the file at an address where ``path`` says.

    Raises DataError when it cannot be fetched or written, or is not what was published.
    """
    with explained(source, path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with urlopen(source.url, timeout=TIMEOUT) as answer:  # noqa: S310 (addresses of our own)
            write_whole(answer, path, source)


def fetch_members(source: Source, folder: Path, wanted: Collection[str]) -> None:
    """Fetches an archive and puts the files of the ``wanted`` names into the folder, whatever else is in there.

    Raises DataError as ``fetch`` does, and when the archive cannot be read.
    """
    with explained(source, folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as part:
            archive = Path(part) / "archive.tar.gz"
            fetch(source, archive)
            _unpack(archive, folder, wanted, source)


def _unpack(archive: Path, folder: Path, wanted: Collection[str], source: Source) -> None:
    try:
        with tarfile.open(archive) as files:
            for member in files:
                name = PurePosixPath(member.name).name
                if name in wanted and (content := files.extractfile(member)) is not None:
                    write_whole(content, folder / name)
    except tarfile.TarError as error:
        raise DataError(f"the archive from {source.url} cannot be read ({error}); try again") from error


def write_whole(content: Readable, path: Path, source: Source | None = None) -> None:
    """Copies an open file to ``path``, which is whole and checked by the ``source``'s sha256, or not there."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".download-") as folder:
        part = Path(folder) / path.name
        with part.open("wb") as file:
            shutil.copyfileobj(content, file, CHUNK)
        if source is not None:
            _check(part, source)
        part.replace(path)


def _check(path: Path, source: Source) -> None:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != source.sha256:
        raise DataError(f"what {source.url} gave is not the published file (its sha256 is {digest}); try again later")


@contextmanager
def explained(source: Source, folder: Path) -> Iterator[None]:
    """What goes wrong with a network, a disk or an archive as a DataError with the way to do it by hand."""
    try:
        yield
    except (OSError, EOFError, http.client.HTTPException) as error:
        raise DataError(
            f"cannot fetch {source.url} into {folder} ({error}); get it where there is a network and put its files there"
        ) from error
