"""Runs: every ``results.json`` below a folder, with what it says in short, and the files that belong to it.

A run is known by a hash of where it lies, and its files by names that are in its folder: no address of the page holds a
path, so that none can lead out of the folder. Links that lead out of it are not followed.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from whylight.plots.numbers import percent
from whylight.report import before_after_words, comparison_words
from whylight.report.files import shown_path

RESULTS, REPORT = "results.json", "report.html"
DEEPEST = 6
"""Folders below the folder of runs that are looked into."""
MOST_RUNS = 500
LARGEST = 64 * 2**20
"""Results of more bytes are listed and not read."""
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".npz": "application/octet-stream",
    ".parquet": "application/octet-stream",
}
"""The files of a run that are sent, and what they are."""
ROOTED = re.compile(r"(?<![^\s:=,])/(?:[^/,:=\s]+/)+")


@dataclass(frozen=True)
class Told:
    """What a run found: ``kind`` (what was done), ``sentences``, the most important first, and ``numbers`` by name."""

    kind: str
    sentences: tuple[str, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Run:
    """A folder with results. ``id``: in addresses; ``name``: where it lies below the folder of runs; ``at``: when it ended;
    ``files``: the names of what can be looked at."""

    id: str
    name: str
    folder: Path
    at: datetime
    told: Told
    files: tuple[str, ...]

    @property
    def has_report(self) -> bool:
        """Whether there is a page to show."""
        return REPORT in self.files


def find_runs(root: Path) -> list[Run]:
    """The runs below a folder, the newest first."""
    found = sorted(_places(root), key=lambda each: (-each[1].st_mtime_ns, each[0]))[:MOST_RUNS]
    return [_run(root, folder, known) for folder, known in found]


def find_run(root: Path, id: str) -> Run | None:  # noqa: A002 - as in addresses
    """The run of that id; None when there is none."""
    return next((_run(root, folder, known) for folder, known in _places(root) if id_of(root, folder) == id), None)


def file_of(run: Run, name: str) -> tuple[Path, str] | None:
    """A file of a run with what it is; None for any other name."""
    return (run.folder / name, KINDS[Path(name).suffix]) if name in run.files else None


def id_of(root: Path, folder: Path) -> str:
    """The hash of where a run lies."""
    return hashlib.sha256(os.fsencode(folder.relative_to(root))).hexdigest()[:16]


def _places(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Folders with results, and what the system knows of those."""
    for place, folders, names in os.walk(root):
        folder = Path(place)
        deep = len(folder.relative_to(root).parts)
        folders[:] = [] if deep >= DEEPEST else sorted(name for name in folders if not name.startswith("."))
        if RESULTS in names and _is_file(folder / RESULTS):
            yield folder, (folder / RESULTS).stat()


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _run(root: Path, folder: Path, known: os.stat_result) -> Run:
    names = tuple(sorted(path.name for path in folder.iterdir() if path.suffix in KINDS and _is_file(path)))
    told = _told(folder / RESULTS, known.st_mtime_ns, known.st_size)
    at = datetime.fromtimestamp(known.st_mtime, UTC)
    return Run(id_of(root, folder), shown_path(folder.relative_to(root)), folder, at, told, names)


@lru_cache(MOST_RUNS)
def _told(path: Path, changed: int, size: int) -> Told:  # noqa: ARG001 - results that were changed are read again
    """What results say; of those that cannot be read it says that."""
    if size > LARGEST:
        return Told("results", (f"Too large to be read here ({size // 2**20} MiB).",))
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
        return told(results)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return Told("results", ("These results cannot be read by this version.",))


def told(results: dict[str, Any]) -> Told:
    """The headline of any ``results.json``; raises KeyError or TypeError for what is none."""
    for mark, tell in TELLERS.items():
        if mark in results:
            return tell(results)
    return _explained(results)


def _evaluated(results: dict[str, Any]) -> Told:
    best = [f"{each['method']} {each['mean_rank']:.1f}" for each in results["overall"] if not each["control"]][:3]
    numbers = [("Model", _models(results)), *_data(results), ("Pictures", f"{results['pictures']:,}")]
    numbers += [("Mean rank", ", ".join(best))] if best else []
    numbers += [("Warnings", str(len(results["warnings"]))), ("Failed", str(len(results["failures"])))]
    return Told("evaluation", (results["advice"],), tuple(numbers))


def _compared(results: dict[str, Any]) -> Told:
    if results["agreement"] is None:
        return Told("comparison", ("Nothing could be compared.",), (("Failed", str(_failed(results))),))
    numbers = [("Models", _models(results)), *_data(results), ("Pictures", f"{results['agreement']['pictures']:,}")]
    return Told("comparison", tuple(comparison_words.lead(results)), (*numbers, ("Failed", str(_failed(results)))))


def _before_and_after(results: dict[str, Any]) -> Told:
    numbers = [("Models", _models(results)), *_data(results), ("Failed", str(_failed(results)))]
    return Told("before and after", tuple(before_after_words.lead(results)), tuple(numbers))


def _learned(results: dict[str, Any]) -> Told:
    numbers = [("Learned", str(results["what"]))]
    numbers += [("Accepted", "yes" if results["accepted"] else "no")] if "accepted" in results else []
    return Told("learning", tuple(results["sentences"]), tuple(numbers))


def _explained(results: dict[str, Any]) -> Told:
    items = [item for item in results["items"] if "error" not in item]
    pictures = list(dict.fromkeys(item["picture"] for item in items))
    labels = [f"{item['target']['label']} {percent(item['probability'])}" for item in items]
    seen = list(dict.fromkeys(labels))[:4]
    flags = sum(len(item["flags"]) for item in items)
    numbers = [("Model", _models(results)), ("Pictures", f"{len(pictures):,}")]
    numbers += [("Methods", ", ".join(dict.fromkeys(item["method"] for item in items)))]
    numbers += [("Flags", str(flags)), ("Failed", str(_failed(results)))]
    return Told("explanation", (f"Explained: {', '.join(seen)}.",) if seen else (), tuple(numbers))


TELLERS: dict[str, Callable[[dict[str, Any]], Told]] = {
    "what": _learned,
    "before_after": _before_and_after,
    "overall": _evaluated,
    "agreement": _compared,
}
"""By the key that only such results have, in this order; others are of ``whylight explain``."""


def _models(results: dict[str, Any]) -> str:
    plan = results["plan"]
    return ", ".join(_short(each) for each in plan.get("models") or [plan.get("model") or "–"])


def _data(results: dict[str, Any]) -> list[tuple[str, str]]:
    return [("Data", _short(data))] if (data := results["plan"].get("data")) else []


def _short(described: Any) -> str:
    """A model or data as on the command line, without the folders of a path that begins at the root."""
    return ROOTED.sub("", str(described))


def _failed(results: dict[str, Any]) -> int:
    return sum("error" in item for item in results["items"])
