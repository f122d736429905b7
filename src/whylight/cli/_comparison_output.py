"""What a comparison keeps of each explanation, and what it leaves behind at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from whylight.classifier import Classifier
from whylight.cli._work import Explained, Failed, Source
from whylight.comparison.agreement import DEFAULT, Agreement, agreement
from whylight.comparison.similarities import SIMILARITIES
from whylight.frame import Frame
from whylight.method import Method
from whylight.plots import panels
from whylight.plots.finding import finding_of
from whylight.plots.matrix import matrix_figure
from whylight.report import comparison, results
from whylight.report.folder import Folder
from whylight.report.results import Item

FIGURE = "agreement.png"


@dataclass(frozen=True, eq=False)
class Kept:
    """The map of one picture, the part of the picture that it covers, and the explained label with its probability."""

    map: Tensor
    frame: Frame
    target: dict[str, Any]
    probability: float


class Output:
    """Takes in what ``run`` yields for one model after the other; a picture counts when every method explained it.

    ``problems``: (name, reason) of what was given and is no picture. ``agreement``: None until ``finish`` found some.
    """

    def __init__(self, folder: Folder, sources: Sequence[Source], problems: Sequence[tuple[str, str]]) -> None:
        self.folder, self.sources = folder, sources
        self.models: list[str] = []
        self.methods: dict[str, Method] = {}
        self.device = ""
        self.agreement: Agreement | None = None
        self._problems = problems
        self._alone = True
        self._kept: dict[str, dict[int, Kept]] = {}
        self._failures: list[tuple[int, Item]] = []

    def begin(self, classifier: Classifier, methods: dict[str, Method], *, alone: bool) -> None:
        """What follows is by this model. ``alone``: there is no other, so that methods need not be told with theirs."""
        self.models.append(classifier.name)
        self.methods |= methods
        self.device = str(classifier.device)
        self._alone = alone
        for text in methods:
            self._kept[self._name(text)] = {}

    def add(self, result: Explained | Failed) -> None:
        """Keeps the map of an explanation, or the reason of a failure."""
        if isinstance(result, Failed):
            item = results.failed(result.error, picture=result.source.name, model=self.models[-1], method=result.method)
            self._failures.append((result.source.place, item))
            return
        found = finding_of(result.explanation, result.index)
        target = {"index": found.index, "label": found.label}
        kept = result.explanation.maps[result.index].detach().float().cpu().clone()
        place = result.opened.source.place
        self._kept[self._name(result.method)][place] = Kept(kept, result.opened.frame, target, found.probability)

    @property
    def failures(self) -> list[Item]:
        """The items of what could not be explained."""
        named = [results.failed(reason, picture=name, model=", ".join(self.models)) for name, reason in self._problems]
        return [item for _, item in sorted(self._failures, key=lambda each: each[0])] + named

    @property
    def voices(self) -> dict[str, dict[int, Kept]]:
        """The methods that explained any picture; one that never could is told among the failures."""
        return {name: kept for name, kept in self._kept.items() if kept}

    @property
    def places(self) -> list[int]:
        """The pictures that all of them explained."""
        voices = list(self.voices.values())
        return sorted(set.intersection(*(set(kept) for kept in voices))) if len(voices) > 1 else []

    @property
    def complete(self) -> int:
        """How many pictures count."""
        return len(self.places)

    def finish(self, plan: dict[str, Any], seed: int) -> dict[str, Any]:
        """Compares, and writes everything unless there was nothing to compare; returns the results."""
        if not self.places:
            return results.document(plan, self.failures) | {"agreement": None}
        maps = {
            name: [(kept[place].map, kept[place].frame) for place in self.places] for name, kept in self.voices.items()
        }
        self.agreement = found = agreement(comparison.stacked(maps), seed=seed)
        try:
            files = {"agreement": self.folder.save_figure(FIGURE.removesuffix(".png"), self._figure(found))}
            items = [self._item(found, at, files) for at in range(len(self.places))]
            document = results.document(plan, [*items, *self.failures]) | {"agreement": comparison.plain(found)}
            shown = [self._shown(items[at], self.places[at]) for at in comparison.extremes(found.ordered())]
            self.folder.finish(document, comparison.render(document, shown))
        except Exception:
            self.folder.discard()
            raise
        return document

    def _figure(self, found: Agreement) -> Any:
        matrix, count = found.matrices[DEFAULT], self.complete
        return matrix_figure(
            found.names,
            matrix.mean.numpy(),
            matrix.chance.numpy(),
            title=f"Agreement on {count} picture{'s' if count > 1 else ''} · {SIMILARITIES[DEFAULT].words}",
            note="Small: the chance level, between maps of different pictures; alone on the diagonal.",
        )

    def _item(self, found: Agreement, at: int, files: dict[str, str]) -> Item:
        place = self.places[at]
        first = next(iter(self.voices.values()))[place]
        return {
            "picture": self.sources[place].name,
            "target": first.target,
            "probability": first.probability,
            "agreement": {name: float(found.of_pictures(name)[at]) for name in found.matrices},
            "files": files,
        }

    def _shown(self, item: Item, place: int) -> comparison.Shown:
        kept = {name: each[place] for name, each in self.voices.items()}
        first = next(iter(kept.values()))
        picture, seen = panels.prepared(self.sources[place].read(), first.frame)
        maps = {
            name: (each.map, panels.scaled(each.frame, (picture.height, picture.width))) for name, each in kept.items()
        }
        return comparison.shown(item, picture, seen, maps)

    def _name(self, method: str) -> str:
        if self._alone:
            return method
        return f"{method} · {short(self.models)}"


def short(models: Sequence[str]) -> str:
    """The last model's name without its settings, unless an earlier one would have the same."""
    name = models[-1].partition(",")[0]
    return models[-1] if name in {other.partition(",")[0] for other in models[:-1]} else name
