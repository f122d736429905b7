"""A place: the folder or the URL where the results of a run go; its files appear whole or not at all.

On an object store a file appears when all of it was sent, so nothing more is done there.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import fs

from whylight.errors import DataError, RunError
from whylight.lock import locked
from whylight.runs.maps.addresses import at, is_url, opened, within
from whylight.whole import check_writable, remove_unfinished, written_whole


@dataclass(frozen=True)
class Place:
    """``address``: an absolute path or a URL; names below it have ``/`` between their parts."""

    address: str

    def check(self) -> None:
        """Raises RunError for a path that cannot be written to."""
        if not is_url(self.address):
            check_writable(Path(self.address))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Makes the folder and holds it while the block runs; raises RunError when another run does. Object stores know
        no locks."""
        if not is_url(self.address):
            Path(self.address).mkdir(parents=True, exist_ok=True)
        with nullcontext() if is_url(self.address) else locked(Path(self.address)):
            yield

    def names(self, folder: str = "") -> list[str]:
        """The names in a folder, in their order; none where it is not there."""
        where = self._of(folder)
        if not is_url(where):
            return sorted(path.name for path in Path(where).iterdir()) if Path(where).is_dir() else []
        system, path = at(where)
        try:
            return sorted(
                found.base_name for found in system.get_file_info(fs.FileSelector(path, allow_not_found=True))
            )
        except OSError as error:
            raise DataError(f"{where} cannot be listed: {error}") from error

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""
        where = self._of(name)
        if not is_url(where):
            return Path(where).is_file()
        system, path = at(where)
        return bool(system.get_file_info(path).type == fs.FileType.File)

    @contextmanager
    def reading(self, name: str) -> Iterator[Any]:
        """The file of that name, to read from any place in it."""
        with opened(self._of(name)) as file:
            yield file

    def write(self, name: str, content: bytes | pa.Buffer) -> None:
        """Writes a file, with the folder that it is in."""
        where = self._of(name)
        if not is_url(where):
            Path(where).parent.mkdir(parents=True, exist_ok=True)
            with written_whole(Path(where)) as file:
                file.write(content)
            return
        system, path = at(where)
        try:
            system.create_dir(path.rpartition("/")[0])
            with system.open_output_stream(path) as stream:
                stream.write(content)
        except OSError as error:
            raise RunError(f"{where} cannot be written ({error}); check your access to it") from error

    def discard(self, *names: str, folders: tuple[str, ...]) -> None:
        """Removes files of these names and the Parquet files in these folders; then every folder that this leaves empty."""
        below = [f"{folder}/{name}" for folder in folders for name in self.names(folder) if name.endswith(".parquet")]
        for name in (*names, *below):
            self._remove(name)
        if not is_url(self.address):
            for folder in (*folders, ""):
                with suppress(OSError):
                    Path(self._of(folder)).rmdir()

    def _remove(self, name: str) -> None:
        where = self._of(name)
        if not is_url(where):
            Path(where).unlink(missing_ok=True)
        elif self.has(name):
            system, path = at(where)
            system.delete_file(path)

    def tidy(self, folder: str) -> None:
        """Removes what a killed run had begun to write in a folder."""
        if not is_url(self.address):
            remove_unfinished(Path(self._of(folder)))

    def _of(self, name: str) -> str:
        return within(self.address, name) if name else self.address
