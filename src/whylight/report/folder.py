"""The folder of a run: overlays, raw maps, ``report.html`` and ``results.json``, each written whole or not at all.

``results.json`` comes last, so it never lists a file that is not there; what an earlier run listed and this one did not
write again is removed after that. Until then a hidden list names what the run writes, so that the files of a run that was
killed are known as whylight's own by the next.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from whylight.errors import WhylightError
from whylight.explanation import Explanation
from whylight.frame import Frame
from whylight.plots import panels
from whylight.report.files import shown_path
from whylight.report.results import to_json
from whylight.whole import written_whole

RESULTS, REPORT = "results.json", "report.html"
UNFINISHED = ".whylight-unfinished"
"""One file name a line: what a run that has not ended writes."""
LONGEST_MAP = 2048
"""The raw map over the picture is kept at the picture's size up to this length of the longer side."""


class Folder:
    """Where a run writes to; it is made with the first file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written: set[str] = set()
        self._made = False

    def check(self) -> None:
        """Raises WhylightError, before any work is done, when nothing can be written here."""
        nearest = next(place for place in (self.path, *self.path.absolute().parents) if place.exists())
        if not nearest.is_dir():
            raise WhylightError(f"--out must be a folder; {nearest} is a file, so name another")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise WhylightError(f"the folder {nearest} cannot be written to; name another with --out")
        if not self._is_of_a_run():
            self._refuse({RESULTS, REPORT} - self._unfinished())

    def check_free(self, names: set[str]) -> None:
        """Raises WhylightError when one of the files to be written is there and no earlier run wrote it."""
        self._refuse(names - self._listed())

    def _refuse(self, names: set[str]) -> None:
        if foreign := sorted(name for name in names if os.path.lexists(self.path / name)):
            more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
            raise WhylightError(
                f"{shown_path(self.path / foreign[0])}{more} would be written over, which no earlier run of whylight lists "
                "as its own; move it away or name another folder with --out"
            )

    def _is_of_a_run(self) -> bool:
        try:
            return "whylight" in json.loads((self.path / RESULTS).read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError):
            return False

    def save_figure(self, name: str, figure: Figure) -> str:
        """A figure as PNG. Returns the file's name."""
        with written_whole(self._new(f"{name}.png")) as file:
            figure.savefig(file, format="png")
        return f"{name}.png"

    def save_maps(self, name: str, explanation: Explanation, index: int, frame: Frame) -> str:
        """Raw maps as ``.npz``: ``map`` (input size), ``picture_map`` (picture size), ``picture_size`` (height, width),
        ``box`` (left, top, right, bottom: what the classifier saw) and ``target``. Returns the file's name."""
        scale = min(1.0, LONGEST_MAP / max(frame.size))
        size = (max(1, round(frame.size[0] * scale)), max(1, round(frame.size[1] * scale)))
        one_map = explanation.maps[index].detach().float().cpu()
        arrays = {
            "map": one_map.numpy(),
            "picture_map": panels.scaled(frame, size).to_picture(one_map).numpy(),
            "picture_size": np.array(frame.size),
            "box": np.array(frame.box),
            "target": np.array(int(explanation.targets[index])),
        }
        return self.save_arrays(name, arrays)

    def save_arrays(self, name: str, arrays: Mapping[str, Any]) -> str:
        """Arrays by their names as ``.npz``. Returns the file's name."""
        with written_whole(self._new(f"{name}.npz")) as file:
            np.savez_compressed(file, **arrays)
        return f"{name}.npz"

    def finish(self, results: dict[str, Any], report: str) -> None:
        """Writes ``report.html`` and ``results.json``, and removes what an earlier run left."""
        older, listed = self._listed(), {name for item in results["items"] for name in item["files"].values()}
        for name, text in ((REPORT, report), (RESULTS, to_json(results))):
            with written_whole(self._new(name)) as file:
                file.write(text.encode("utf-8", "replace"))
        for name in ((older | self.written) - listed - {REPORT, RESULTS}) | {UNFINISHED}:
            (self.path / name).unlink(missing_ok=True)

    def discard(self) -> None:
        """Removes what this run wrote, and the folder if this run made it."""
        for name in self.written:
            (self.path / name).unlink(missing_ok=True)
        if left := self._unfinished() - self.written:  # of a run that was killed before this one
            (self.path / UNFINISHED).write_text("".join(f"{name}\n" for name in sorted(left)), encoding="utf-8")
        else:
            (self.path / UNFINISHED).unlink(missing_ok=True)
        if self._made:
            with suppress(OSError):  # somebody else may have put something there
                self.path.rmdir()

    def _new(self, name: str) -> Path:
        self._made = self._made or not self.path.exists()
        self.path.mkdir(parents=True, exist_ok=True)
        if name not in self.written:
            self.written.add(name)
            with (self.path / UNFINISHED).open("a", encoding="utf-8") as names:
                names.write(f"{name}\n")
        return self.path / name

    def _unfinished(self) -> set[str]:
        """What a run that was killed had begun to write."""
        try:
            return set((self.path / UNFINISHED).read_text(encoding="utf-8").splitlines())
        except (OSError, ValueError):
            return set()

    def _listed(self) -> set[str]:
        """The overlays and maps that ``results.json`` or a killed run names: plain names, nothing outside it."""
        names = self._unfinished()
        try:
            items = json.loads((self.path / RESULTS).read_text(encoding="utf-8"))["items"]
            names |= {str(name) for item in items for name in item["files"].values()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass  # no results, or somebody else's
        return {name for name in names if Path(name).name == name and Path(name).suffix in {".png", ".npz"}}
