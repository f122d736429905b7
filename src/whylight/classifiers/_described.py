"""Folders of models: files beside a JSON file that describes them, written last and read strictly.

A folder without its description is not complete, so that a reader finds all of it or none.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, cast

from whylight.errors import ModelError
from whylight.whole import written_whole

D = TypeVar("D")


@dataclass(frozen=True)
class Kind:
    """Models of a kind in words. ``file``: that describes one; ``format``: that the file has and names. ``what``: it is;
    ``command``: that makes one; ``again``: what to do when it is damaged."""

    file: str
    format: int
    what: str
    command: str
    again: str


@contextmanager
def described(folder: Path, kind: Kind, description: Any) -> Iterator[None]:
    """A block that writes the files of a model; the ``description``, a dataclass, is taken away before it and written
    behind it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / kind.file).unlink(missing_ok=True)
    yield
    plain = f"{json.dumps(asdict(description), ensure_ascii=False, indent=2)}\n"
    write(folder / kind.file, plain.encode("utf-8", "replace"))


def write(path: Path, content: bytes) -> None:
    """A file of the folder, all of it or none."""
    with written_whole(path) as file:
        file.write(content)


def read(folder: Path, kind: Kind, made: type[D], fits: Callable[[dict[str, Any]], bool]) -> D:
    """The description of a folder as the dataclass ``made``; ``fits``: whether values are of their kind.

    Raises ModelError, in one sentence, when it is missing, damaged or of another format.
    """
    path = folder / kind.file
    if not folder.is_dir():
        raise ModelError(f"there is no folder {folder}; `{kind.command} --out FOLDER` writes one")
    if not path.exists():
        raise ModelError(
            f"{folder} holds no {kind.file}, so no {kind.what} of `{kind.command}`, or one that was not finished"
        )
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} is damaged ({error}); {kind.again}") from error
    if isinstance(plain, dict) and plain.get("format") != kind.format:
        raise ModelError(
            f"{path} has format {plain.get('format')}; this whylight reads format {kind.format}: install a newer one"
        )
    known = {entry.name for entry in fields(cast(Any, made))}
    if not isinstance(plain, dict) or set(plain) != known or not fits(plain):
        raise ModelError(f"{path} does not say what this whylight needs to know; {kind.again}")
    return made(**{key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()})
