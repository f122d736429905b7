"""Exports as one file: the folder that ``Store.export_to`` writes, packed."""

import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from whylight.store import Store
from whylight.web.jobs import QueueFullError

FOLDER = "whylight-export"
_one_at_a_time = threading.Lock()


@contextmanager
def packed(store: Store) -> Iterator[Path]:
    """A file with the whole store, which is gone afterwards; raises QueueFullError while another one is written."""
    if not _one_at_a_time.acquire(blocking=False):
        raise QueueFullError("another export is being written; try again when it is ready")
    try:
        with tempfile.TemporaryDirectory(prefix="whylight-") as place:
            folder, file = Path(place) / FOLDER, Path(place) / f"{FOLDER}.zip"
            store.export_to(folder)
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
                for path in sorted(folder.iterdir()):
                    way = zipfile.ZIP_STORED if path.suffix == ".npz" else None
                    archive.write(path, f"{FOLDER}/{path.name}", way)
            yield file
    finally:
        _one_at_a_time.release()
