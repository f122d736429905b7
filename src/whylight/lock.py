"""A lock on the folder of a run, so that two runs do not write to it at once.

The system holds it and lets it go when the process ends, however it ends: the lock of a dead process is none.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from whylight.errors import RunError

NAME = ".whylight-lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder while the block runs; raises RunError when another process holds it.

    On a file system that knows no locks nothing is held.
    """
    with (folder / NAME).open("a+b") as file:
        try:
            _take(file)
        except BlockingIOError as error:
            raise RunError(
                f"another run is writing to {folder}{_owner(file)}; wait for its end or name another folder with --out"
            ) from error
        except OSError:  # this file system has no locks
            yield
            return
        with suppress(OSError):
            file.truncate(0)
            file.write(str(os.getpid()).encode())
            file.flush()
        yield


def _owner(file: BinaryIO) -> str:
    file.seek(0)
    number = file.read(20).decode("ascii", "ignore").strip()
    return f" (process {number})" if number.isdecimal() else ""


if sys.platform == "win32":
    import msvcrt

    def _take(file: BinaryIO) -> None:
        try:
            file.seek(1000)  # behind the number, which others may read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error
else:
    import fcntl

    def _take(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
