"""What a run leaves behind: files as it goes, numbers until its end, pictures for the report up to a limit."""

from typing import Any

from whylight.cli._work import Explained, Failed, Opened
from whylight.report import layers, results
from whylight.report.files import Names, safe
from whylight.report.folder import Folder
from whylight.report.report import MOST_PICTURES, Section, render
from whylight.report.results import Item


class Output:
    """Takes in what ``run`` yields. ``ranked``: whether several targets of a picture are explained."""

    def __init__(self, folder: Folder, model: str, methods: list[str], *, ranked: bool) -> None:
        self.folder, self.model, self.ranked = folder, model, ranked
        names = Names()
        self._methods = {method: (number, names(method)) for number, method in enumerate(methods)}
        self._names = Names()
        self._stems: dict[int, str] = {}
        self._rows: list[tuple[tuple[int, int, int], Item]] = []
        self._sections: dict[int, Section] = {}

    @property
    def items(self) -> list[Item]:
        """All items, by picture, method and rank."""
        return [item for _, item in sorted(self._rows, key=lambda row: row[0])]

    @property
    def explained(self) -> list[Item]:
        """The items that are explanations."""
        return [item for item in self.items if "error" not in item]

    @property
    def failures(self) -> list[Item]:
        """The items that are not."""
        return [item for item in self.items if "error" in item]

    def add(self, result: Explained | Failed) -> None:
        """Writes the files of an explanation and keeps its numbers; a failure has numbers only."""
        if isinstance(result, Failed):
            number = -1 if result.method is None else self._methods[result.method][0]
            item = results.failed(result.error, picture=result.source.name, model=self.model, method=result.method)
            self._rows.append(((result.source.place, number, 0), item))
            return
        item = self._write(result)
        self._rows.append(((result.opened.source.place, self._methods[result.method][0], result.rank), item))
        self._show(result, item)

    def add_problem(self, place: int, name: str, problem: str) -> None:
        """Something on the command line that is no picture at all."""
        self._rows.append(((place, -1, 0), results.failed(problem, picture=name, model=self.model)))

    def finish(self, plan: dict[str, Any]) -> dict[str, Any]:
        """Writes the report and the results, unless nothing was explained; returns the results."""
        document = results.document(plan, self.items)
        if self.explained:
            self.folder.finish(document, render(document, list(self._sections.values())))
        return document

    def _write(self, result: Explained) -> Item:
        opened, explanation, index = result.opened, result.explanation, result.index
        item = results.explained(
            explanation, index, picture=opened.source.name, method=result.method, seconds=result.seconds
        )
        rank = f".top{result.rank + 1}" if self.ranked else ""
        name = f"{self._stem(opened)}.{self._methods[result.method][1]}{rank}"
        overlay = self.folder.save_overlay(name, explanation, index, opened.shown, opened.seen, result.method)
        item["files"] = {"overlay": overlay, "maps": self.folder.save_maps(name, explanation, index, opened.frame)}
        return item

    def _stem(self, opened: Opened) -> str:
        place = opened.source.place
        if place not in self._stems:
            self._stems[place] = self._names(safe(opened.source.stem))
        return self._stems[place]

    def _show(self, result: Explained, item: Item) -> None:
        opened = result.opened
        if opened.source.place not in self._sections:
            if len(self._sections) == MOST_PICTURES:
                return
            photo = layers.photo(opened.shown, opened.seen)
            self._sections[opened.source.place] = Section(opened.source.name, photo)
        section = self._sections[opened.source.place]
        evidence = opened.seen.to_picture(result.explanation.maps[result.index].detach().float()).numpy()
        section.parts.append((item, layers.layers(evidence, section.photo[1:])))
