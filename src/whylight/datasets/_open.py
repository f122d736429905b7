"""One verb for every data set: its description or its folder in, a data set out."""

from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from whylight import registry
from whylight.dataset import Dataset
from whylight.datasets.image_folder import ImageFolder
from whylight.errors import DataError


def open_dataset(text: str | Path, root: Path | None = None) -> Dataset:
    """The data set that ``text`` describes (``cifar10:split=train``), or whose folder of pictures it names.

    ``root``: the folder that holds the sets; without it WHYLIGHT_DATA, else the platform's folder for caches. Of a folder
    that has the name of a set, ``./NAME`` is the folder. The set's files are looked at, so that a set that is not there
    or not complete fails here.

    Raises DataError for an unknown name, a folder that is not there or files that are not what the format says, SpecError
    for a setting that the set does not have.
    """
    dataset = _described(text, root) if isinstance(text, str) else ImageFolder(str(text))
    if len(dataset) == 0:
        raise DataError(f"the data set {text} has no pictures; check its folder and its settings")
    return dataset


def _described(text: str, root: Path | None) -> Dataset:
    name = text.partition(":")[0].strip()
    if name not in registry.names("datasets"):
        return _folder(text, registry.names("datasets"))
    dataset: Any = registry.read("datasets", text)
    if root is not None and getattr(dataset, "folder", "") is None:
        dataset = replace(dataset, folder=str(Path(root).expanduser() / dataset.HOME))
    found: Dataset = dataset
    return found


def _folder(text: str, known: tuple[str, ...]) -> Dataset:
    path = Path(text).expanduser()
    with suppress(OSError):  # a name that no file can have
        if text.strip() and path.is_dir():
            return ImageFolder(str(path))
        if path.is_file():
            raise DataError(f"{text} is a file where a folder of pictures was expected; name the folder that holds it")
    near = get_close_matches(text.partition(":")[0].lower(), known, n=3)
    ways = f"did you mean {', '.join(near)}?" if near else f"known data sets are {', '.join(known)}"
    raise DataError(f"there is no data set and no folder {text!r}; {ways}")
