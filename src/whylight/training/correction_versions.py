"""Versions of a corrected model: one folder each, none is ever changed, and the one in use can be taken back.

FOLDER/learned.json            the model that it all began with, the number of the current version (0: that model itself),
                               and every change of it
FOLDER/model.safetensors       the current version's weights: ``--model file:FOLDER/model.safetensors``; none for 0
FOLDER/0001/                   a training's folder, and ``version.json``: what went in, its parent, and its effect

The model that it began with is only read.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from whylight.classifiers import checkpoint
from whylight.errors import RunError
from whylight.lock import NAME as LOCK
from whylight.training import folder
from whylight.whole import PART, check_writable, written_whole

LEARNED, VERSION = "learned.json", "version.json"

Document = dict[str, Any]


@dataclass(frozen=True)
class Versions:
    """The versions in a folder. ``model``: what they began with; ``current``: the number of the one in use, 0 for none of
    them; ``changes``: when it became another, from which, to which, and why."""

    home: Path
    model: str
    current: int = 0
    changes: tuple[Document, ...] = ()

    def place(self, number: int) -> Path:
        """The folder of a version."""
        return self.home / f"{number:04d}"

    def model_of(self, number: int) -> str:
        """A version as a description that whylight loads."""
        return self.model if number == 0 else f"{checkpoint.PREFIX}:{self.place(number) / folder.MODEL}"

    def all(self) -> list[Document]:
        """What every finished version says of itself, the first first."""
        return [found for number in self.numbers if (found := self.read(number)) is not None]

    @property
    def numbers(self) -> list[int]:
        """Of all versions, unfinished ones too."""
        names = [path.name for path in self.home.iterdir() if path.is_dir()] if self.home.is_dir() else []
        return sorted(int(name) for name in names if name.isdecimal())

    def read(self, number: int) -> Document | None:
        """What a version says of itself; None for one that is not finished. Raises RunError for a damaged one."""
        path = self.place(number) / VERSION
        if not path.exists():
            return None
        try:
            plain = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{path} is damaged ({error}); take the version's folder away") from error
        if not isinstance(plain, dict):
            raise RunError(f"{path} is damaged; take the version's folder away")
        return plain

    def use(self, number: int, why: str) -> "Versions":
        """The versions with another one in use, on the disk too."""
        if number:
            with written_whole(self.home / folder.MODEL) as file:
                file.write((self.place(number) / folder.MODEL).read_bytes())
        change = {"at": now(), "from": self.current, "to": number, "why": why}
        changed = Versions(self.home, self.model, number, (*self.changes, change))
        changed.write()
        if not number:
            (self.home / folder.MODEL).unlink(missing_ok=True)
        return changed

    def reverted(self) -> "Versions":
        """The versions with the parent of the current one in use; raises RunError where there is none."""
        if self.current == 0:
            raise RunError(
                f"nothing that was learned is in use in {self.home}: it is {self.model} itself; there is nothing to revert"
            )
        found = self.read(self.current)
        return self.use(0 if found is None else int(found["parent"]), "reverted")

    def write(self) -> None:
        """Writes ``learned.json``, whole or not at all."""
        plain = {"model": self.model, "current": self.current, "changes": list(self.changes)}
        folder.write_json(self.home / LEARNED, {"whylight": version("whylight")} | plain)


def open_versions(home: Path, model: str | None = None) -> Versions:
    """The versions in a folder, or new ones of ``model``.

    Raises RunError for a folder that holds something else, is damaged, cannot be written to, or began with another model.
    """
    check_writable(home)
    path = home / LEARNED
    if not path.exists():
        foreign = sorted(each.name for each in home.iterdir() if not _is_own(each.name)) if home.exists() else []
        if foreign:
            raise RunError(f"{home} holds what was not learned here, such as {foreign[0]}; name an empty or new folder")
        if model is None:
            raise RunError(f"nothing was learned in {home}; name the folder that whylight learn wrote to")
        return Versions(home, model)
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        found = Versions(home, str(plain["model"]), int(plain["current"]), tuple(plain["changes"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} is damaged ({error}); learn again in another folder") from error
    if model is not None and found.model != model:
        raise RunError(f"{home} holds what {found.model} has learned, not {model}; name another folder with --out")
    return found


def _is_own(name: str) -> bool:
    return name in (LOCK, RESULTS) or name.endswith(PART) or (name.isdecimal() and len(name) == 4)


RESULTS = "results.json"


def now() -> str:
    """The time in UTC, as text."""
    return datetime.now(UTC).isoformat(timespec="seconds")
