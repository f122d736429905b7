"""Files that are there whole or not at all, also when the machine stops while they are written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

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
