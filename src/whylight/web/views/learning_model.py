"""Versions of a model that learned from strokes, as ``whylight learn`` left them in its folder or below that of runs."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whylight.errors import WhylightError
from whylight.report.files import shown_path
from whylight.report.learned_model import results_of
from whylight.training.correction_versions import LEARNED, Versions, open_versions
from whylight.web.state import State
from whylight.web.views.runs import DEEPEST
from whylight.web.views.sections import Section, Table
from whylight.web.words import without_paths

NAME = "model"
DEFAULT = Path("whylight-learned")
"""Where ``whylight learn`` leaves versions unless it is told another folder."""
MOST_FOLDERS = 5


def model(state: State) -> Section:
    """The versions in each folder, and where they were looked for."""
    sentences: list[str] = []
    tables: list[Table] = []
    for name, folder in list(_named(state.settings.runs))[:MOST_FOLDERS]:
        try:
            versions = open_versions(folder)
            found = versions.all()
            sentences += [_in_use(name, versions), *_latest(found)]
            tables += [table_of(name, versions, found)] if found else []
        except (WhylightError, ValueError, KeyError, TypeError, RecursionError) as error:
            sentences.append(f"The versions in {name} cannot be read ({without_paths(str(error))[:200]}).")
    if not sentences:
        sentences.append("No version of a model is there yet; whylight learn --what model makes them from strokes.")
    return Section(NAME, "The classifier itself", (*sentences, _looked(state.settings.runs)), tuple(tables))


def _looked(root: Path | None) -> str:
    told = f"Looked for in {DEFAULT}, in the folder where the server was started"
    below = " and below the folder of --runs" if root is not None else "; --runs FOLDER names another place"
    return f"{told}{below}."


def _named(root: Path | None) -> Iterator[tuple[str, Path]]:
    """Folders that hold versions under their names, each once."""
    own = DEFAULT.resolve()
    if _is_place(DEFAULT):
        yield str(DEFAULT), DEFAULT
    if root is None or not root.is_dir():
        return
    for folder in _places(root):
        if folder.resolve() != own:
            yield shown_path(folder.relative_to(root)), folder


def _is_place(folder: Path) -> bool:
    return (folder / LEARNED).is_file() and not (folder / LEARNED).is_symlink() and not folder.is_symlink()


def _places(root: Path) -> Iterator[Path]:
    """Folders that hold versions, in the order of their names."""
    for place, folders, names in os.walk(root):
        folder = Path(place)
        deep = len(folder.relative_to(root).parts)
        folders[:] = [] if deep >= DEEPEST else sorted(name for name in folders if not name.startswith("."))
        if LEARNED in names and not (folder / LEARNED).is_symlink():
            yield folder


def _in_use(name: str, versions: Versions) -> str:
    taken_back = sum(change["why"] == "reverted" for change in versions.changes)
    told = f"In {name} version {versions.current} is in use"
    if versions.current == 0:
        told = f"In {name} the model is in use as it was at the beginning"
    back = f", and {taken_back} {'was' if taken_back == 1 else 'were'} taken back" if taken_back else ""
    return f"{told}{back}; whylight learn --what model --revert takes the last version back."


def _latest(found: list[dict[str, Any]]) -> list[str]:
    return results_of(found[-1])["sentences"] if found else []


def table_of(name: str, versions: Versions, found: list[dict[str, Any]]) -> Table:
    """One row a version."""
    rows = []
    for each in found:
        accuracy = results_of(each)["accuracy"]["check"]
        standing = (
            "in use" if each["number"] == versions.current else "accepted" if each["accepted"] else "not accepted"
        )
        corrections = each["corrections"]
        rows.append(
            (
                f"{each['number']} (from {each['parent'] or 'the beginning'})",
                standing,
                f"{accuracy['before']['accuracy']:.1%} to {accuracy['after']['accuracy']:.1%}, p {accuracy['p']:.2g}",
                f"{corrections['learned']} learned, {corrections['held_out']} held out",
                str(each["at"]),
            )
        )
    columns = ("Version", "Standing", "Accuracy on held-out pictures", "Corrections", "Made")
    return Table(f"Versions in {name}", columns, tuple(rows))
