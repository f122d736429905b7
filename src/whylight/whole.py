"""Files that are there whole or not at all, also when the machine stops while they are written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from whylight.errors import RunError

PART = ".part"
"""How the name of a file ends that is being written."""


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write to that appears at ``path`` when the block ends well and its bytes are on the disk, not before."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Brings the new name to the disk too; systems that cannot open a folder do that by themselves."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def remove_unfinished(folder: Path) -> None:
    """Removes what a killed run had begun to write."""
    for path in folder.glob(f".*{PART}"):
        path.unlink(missing_ok=True)


def check_writable(folder: Path) -> None:
    """Raises RunError for the folder of a run that is a file, or that cannot be written to or made."""
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not nearest.is_dir():
        raise RunError(f"--out must be a folder; {nearest} is a file, so name another")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise RunError(f"the folder {nearest} cannot be written to; name another with --out")
