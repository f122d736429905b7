"""Image folder: pictures of your own, one sub-folder a label, or without labels in one folder.

    FOLDER/LABEL/…/PICTURE.jpg      labelled by the first folder below FOLDER
    FOLDER/PICTURE.jpg              no label

Sub-folders without pictures are no labels; hidden files and folders are skipped.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from whylight.dataset import Dataset, Sample
from whylight.datasets._files import at, read_file
from whylight.errors import DataError
from whylight.pictures import SUFFIXES, find_pictures


@dataclass(frozen=True)
class ImageFolder(Dataset):
    """``folder``: where the pictures lie."""

    folder: str

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the sub-folders, sorted."""
        return self._labels

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, place: int) -> Sample:
        """The picture at a place in the order of the paths; raises PictureError when it cannot be read."""
        path, label = self._files[at(place, len(self))]
        picture, key = read_file(path)
        index = None if label is None else self._labels.index(label)
        return Sample(path.relative_to(self._path).as_posix(), picture, index, key)

    @property
    def _path(self) -> Path:
        return Path(self.folder).expanduser()

    @cached_property
    def _labels(self) -> tuple[str, ...]:
        return tuple(sorted({label for _, label in self._files if label is not None}))

    @cached_property
    def _files(self) -> tuple[tuple[Path, str | None], ...]:
        if not self._path.is_dir():
            raise DataError(f"there is no folder {self._path}; give a folder that holds pictures")
        return tuple(labelled_pictures(self._path))


def labelled_pictures(folder: Path) -> list[tuple[Path, str | None]]:
    """Every picture below a folder and the name of the sub-folder that it is in, in the order of their names.

    Raises DataError when a folder cannot be read or there is no picture at all.
    """
    found: list[tuple[Path, str | None]] = []
    for entry in _entries(folder):
        if entry.is_dir():
            found += [(path, entry.name) for path in _inside(entry)]
        elif entry.suffix.lower() in SUFFIXES:
            found.append((entry, None))
    if not found:
        raise DataError(f"there is no picture in the folder {folder}; known are {' '.join(sorted(SUFFIXES))}")
    return found


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise DataError(f"the folder {folder} cannot be read: {error.strerror}; check its permissions") from error


def _inside(folder: Path) -> list[Path]:
    _entries(folder)  # one that may not be read must not pass for an empty one
    paths, problems = find_pictures([folder])
    unread = [sentence for path, sentence in problems if path != folder]
    if unread:
        raise DataError(unread[0])
    return paths
