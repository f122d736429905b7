"""Exports as one file: the folder that ``Store.export_to`` writes, packed and sent while it is written.

A thread writes the folder. Each of its files is packed and sent as soon as it is whole, piece after piece: neither the
folder nor the packed file ever stands in memory, and the first bytes leave before the maps are read.
"""

import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from whylight.store import Store
from whylight.store.exchange import ARRAYS, DOCUMENT, LINES
from whylight.web.jobs import QueueFullError

FOLDER = "whylight-export"
FILES = (*LINES, ARRAYS, DOCUMENT)
"""In the order in which they are written."""
PIECE = 2**18
LOOK = 0.02
"""Seconds between two looks at whether a file is whole."""
_one_at_a_time = threading.Lock()


def streamed(store: Store) -> Iterator[bytes]:
    """The pieces of a zip file with the whole store; raises QueueFullError while another one is written, and what hinders
    the writing as soon as it does."""
    writing, sink = _Writing(store), _Sink()
    try:
        with zipfile.ZipFile(cast(IO[bytes], sink), "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
            for name in FILES:
                path = writing.whole(name)
                member = zipfile.ZipInfo.from_file(path, f"{FOLDER}/{name}")
                member.compress_type = zipfile.ZIP_STORED if path.suffix == ".npz" else zipfile.ZIP_DEFLATED
                with archive.open(member, "w") as packed, path.open("rb") as file:
                    while piece := file.read(PIECE):
                        packed.write(piece)
                        yield sink.take()
                yield sink.take()
        yield sink.take()
    finally:
        writing.leave()


class _Writing:
    """A folder that a thread writes, and takes away when it was read or nobody reads it any more."""

    def __init__(self, store: Store) -> None:
        if not _one_at_a_time.acquire(blocking=False):
            raise QueueFullError("another export is being written; try again when it is ready")
        try:
            self._store, self._place = store, tempfile.TemporaryDirectory(prefix="whylight-")
        except OSError:
            _one_at_a_time.release()
            raise
        self._folder = Path(self._place.name) / FOLDER
        self._problem: Exception | None = None
        self._ended, self._left = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._write, name="whylight-export", daemon=True)
        self._thread.start()

    def _write(self) -> None:
        try:
            self._store.export_to(self._folder)
        except Exception as error:  # it is raised where somebody reads
            self._problem = error
        self._ended.set()
        self._left.wait()
        self._place.cleanup()
        _one_at_a_time.release()

    def whole(self, name: str) -> Path:
        """A file of the folder, as soon as it is whole: it has its name no sooner."""
        path = self._folder / name
        while not path.exists() and not self._ended.wait(LOOK):
            pass
        if self._problem is not None:
            raise self._problem
        return path

    def leave(self) -> None:
        """Nobody reads any more: the folder goes away as soon as nothing is written to it."""
        self._left.set()
        if self._ended.is_set():
            self._thread.join()


class _Sink:
    """Where the packed file is written to: what is not taken yet."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        """Keeps a piece until it is taken."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """There is nothing to do."""

    def take(self) -> bytes:
        """All that came since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken
