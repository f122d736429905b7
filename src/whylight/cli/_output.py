"""What a run leaves behind: files as it goes, numbers until its end, pictures for the report up to a limit."""

from collections.abc import Sequence
from typing import Any

from whylight.cli._targets import Wanted
from whylight.cli._work import Explained, Failed, Opened, Source
from whylight.plots import panels
from whylight.plots.contrast import rival_moves
from whylight.plots.overlay import input_picture, overlay
from whylight.plots.preparation_steps import steps_figure
from whylight.plots.region_words import markers
from whylight.plots.targets import targets_figure
from whylight.preparation import Prepared
from whylight.report import layers, results
from whylight.report.files import Names, safe
from whylight.report.folder import Folder
from whylight.report.report import MOST_PICTURES, Part, Section, render
from whylight.report.results import Item


def endings_for(wanted: Wanted, labels: Sequence[str]) -> list[str]:
    """What tells the files of a picture's labels apart: nothing for one, ``.top1`` … for the most probable ones, else the
    label's own name."""
    if wanted.count == 1:
        return [""]
    if wanted.index is None:
        return [f".top{rank + 1}" for rank in range(wanted.count)]
    names = Names()
    return [f".{names(safe(labels[index]))}" for index in (wanted.index, *wanted.rest)]


class Output:
    """Takes in what ``run`` yields. ``endings``: of the files of each target of a picture, as ``endings_for`` gives them;
    ``prepares``: whether pictures are prepared, and the steps shown."""

    def __init__(
        self, folder: Folder, model: str, methods: list[str], endings: Sequence[str] = ("",), *, prepares: bool = False
    ) -> None:
        self.folder, self.model, self.endings, self.prepares = folder, model, endings, prepares
        self._steps: dict[int, str] = {}
        names = Names()
        self._methods = {method: (number, names(method)) for number, method in enumerate(methods)}
        self._names = Names()
        self._stems: dict[int, str] = {}
        self._rows: list[tuple[tuple[int, int, int], Item]] = []
        self._sections: dict[int, Section] = {}
        self._rivals: dict[tuple[int, str], list[tuple[Explained, Item]]] = {}

    def check(self, sources: Sequence[Source]) -> None:
        """Raises WhylightError, before any work is done, when a file of somebody else would be written over."""
        names = Names()
        kinds = [f"{ending}{kind}" for ending in self.endings for kind in (".png", ".npz")]
        kinds += [".targets.png"] if len(self.endings) > 1 else []
        stems = [names(safe(source.stem)) for source in sources]
        methods = [method for _, method in self._methods.values()]
        files = {f"{stem}.{method}{kind}" for stem in stems for method in methods for kind in kinds}
        self.folder.check_free(files | {f"{stem}.steps.png" for stem in stems if self.prepares})

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
        if result.opened.prepared is not None:
            self._prepare(result, result.opened.prepared, item)
        if len(self.endings) > 1:
            self._compare(result, item)

    def add_problem(self, place: int, name: str, problem: str) -> None:
        """Something on the command line that is no picture at all."""
        self._rows.append(((place, -1, 0), results.failed(problem, picture=name, model=self.model)))

    def finish(self, plan: dict[str, Any], precision: dict[str, Any] | None = None) -> dict[str, Any]:
        """Writes the report and the results, unless nothing was explained; returns the results. ``precision``: how passes
        were run, where that was asked for."""
        document = results.document(plan, self.items) | ({} if precision is None else {"precision": precision})
        if self.explained:
            self.folder.finish(document, render(document, list(self._sections.values())))
        return document

    def _write(self, result: Explained) -> Item:
        opened, explanation, index = result.opened, result.explanation, result.index
        item = results.explained(
            explanation,
            index,
            picture=opened.source.name,
            method=result.method,
            seconds=result.seconds,
            regions=results.region_items(explanation, result.regions, opened.frame),
        )
        name = self._name(result) + self.endings[result.rank]
        figure = overlay(
            explanation, opened.shown, opened.seen, index=index, method=result.method, regions=result.regions or ()
        )
        item["files"] = {
            "overlay": self.folder.save_figure(name, figure),
            "maps": self.folder.save_maps(name, explanation, index, opened.frame),
        }
        return item

    def _prepare(self, result: Explained, prepared: Prepared, item: Item) -> None:
        """The preparation's numbers for the item, and the figure with its steps, which all items of a picture share."""
        place, doubts = result.opened.source.place, result.doubts
        results.add_preparation(item, prepared, doubts)
        if place not in self._steps:
            figure = steps_figure(prepared, result.opened.source.name, doubts)
            self._steps[place] = self.folder.save_figure(f"{self._stem(result.opened)}.steps", figure)
            if section := self._sections.get(place):
                section.steps = self._steps[place], layers.figure_uri(figure), doubts
        item["files"]["steps"] = self._steps[place]

    def _compare(self, result: Explained, item: Item) -> None:
        """The figure with all labels of a picture and method, once the last of them is there."""
        rivals = self._rivals.setdefault((result.opened.source.place, result.method), [])
        rivals.append((result, item))
        if len(rivals) < len(self.endings):
            return
        opened = result.opened
        parts = [(each.explanation, each.index) for each, _ in rivals]
        moves = rival_moves(parts)
        for (_, each), move in zip(rivals, moves, strict=bool(moves)):
            each["rival"] = {"label": move.name, "before": move.before, "after": move.after}
        figure = targets_figure(parts, opened.shown, opened.seen, method=result.method, moves=moves)
        name = self.folder.save_figure(f"{self._name(result)}.targets", figure)
        for _, each in self._rivals.pop((opened.source.place, result.method)):
            each["files"]["targets"] = name
        if section := self._sections.get(opened.source.place):
            section.comparisons.append((result.method, name, layers.figure_uri(figure)))

    def _name(self, result: Explained) -> str:
        """The stem of the files of a picture and method."""
        return f"{self._stem(result.opened)}.{self._methods[result.method][1]}"

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
        section.parts.append(part_of(result, item, section.photo[1:]))


def part_of(result: Explained, item: Item, size: tuple[int, int]) -> Part:
    """An item for the page, with its layers at the photo's ``size`` (width, height)."""
    opened, explanation, index = result.opened, result.explanation, result.index
    evidence = opened.seen.to_picture(explanation.maps[index].detach().float()).numpy()
    marked = markers(explanation, index, result.regions or (), panels.scaled(opened.seen, (size[1], size[0])))
    perturbed = explanation.evidence.perturbed
    if perturbed is None:
        return Part(item, layers.layers(evidence, size), marked)
    saw = layers.saw(input_picture(perturbed, index), opened.shown, opened.seen)
    return Part(item, layers.layers(evidence, size, limit=1.0), marked, saw)
