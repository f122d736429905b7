"""What a comparison keeps of each explanation, and what it leaves behind at its end."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from whylight.cli._comparison_given import Given
from whylight.cli._comparison_members import Entry, Kept, Member, entries, short_names
from whylight.cli._comparison_question import Question
from whylight.cli._work import Explained, Failed
from whylight.comparison.agreement import Agreement, agreement
from whylight.preparation import Prepared
from whylight.report import comparison, comparison_models, comparison_scores, comparison_writing, results
from whylight.report.comparison_models import Compared, Model
from whylight.report.comparison_preparation import Preparing
from whylight.report.folder import Folder
from whylight.report.results import Item


class Output:
    """Takes in what each model's work yields; a picture counts when every method of every model explained it.

    ``whole``: whether the models were asked about the whole data set. ``found``: None until ``finish`` found some.
    """

    def __init__(self, folder: Folder, given: Given, question: Question, *, whole: bool) -> None:
        self.folder, self.given, self.question = folder, given, question
        self.device = ""
        self.found: Agreement | None = None
        self._members: dict[int, Member] = {}
        self._current = 0
        self.whole = whole
        self._failures: list[tuple[int, int, Item]] = []
        self._prepared: dict[int, Prepared] = {}

    def begin(self, number: int, member: Member, device: str) -> None:
        """What follows is by the model that was named in this place."""
        self._current, self.device = number, device
        self._members[number] = member
        member.kept.update({text: {} for text in member.methods})

    def turn_to(self, number: int) -> None:
        """What follows is by the model in this place, which was begun."""
        self._current = number

    def add(self, result: Explained | Failed) -> None:
        """Keeps the map of an explanation, or the reason of a failure."""
        member = self._members[self._current]
        if isinstance(result, Failed):
            item = results.failed(result.error, picture=result.source.name, model=member.name, method=result.method)
            self._failures.append((self._current, result.source.place, item))
            return
        explanation, index, place = result.explanation, result.index, result.opened.source.place
        one_map = explanation.maps[index].detach().float().cpu().clone()
        target, probability = int(explanation.targets[index]), float(explanation.verdict.probability[index])
        kept = Kept(one_map, result.opened.frame, target, probability)
        member.kept[result.method][place] = kept
        if result.opened.prepared is not None:
            self._prepared[place], member.undecided[place] = result.opened.prepared, result.undecided

    @property
    def members(self) -> list[Member]:
        """The models that were begun."""
        return [member for _, member in sorted(self._members.items())]

    @property
    def failures(self) -> list[Item]:
        """The items of what could not be explained."""
        models = ", ".join(member.name for member in self.members)
        named = [results.failed(reason, picture=name, model=models) for name, reason in self.given.problems]
        return [item for _, _, item in sorted(self._failures, key=lambda each: each[:2])] + named

    @property
    def entries(self) -> list[Entry]:
        """The rows of the matrix; a method that never worked is told among the failures."""
        return entries(self.members)

    @property
    def places(self) -> list[int]:
        """The pictures that all of them explained."""
        rows = self.entries
        return sorted(set.intersection(*(set(row.kept) for row in rows))) if len(rows) > 1 else []

    @property
    def complete(self) -> int:
        """How many pictures count."""
        return len(self.places)

    def predicted(self, member: Member) -> Callable[[int], int]:
        """What a model finds most probable in the picture at a place; -1 where it could not be asked."""
        return lambda place: int(member.answers.predicted[self._at(place)])

    def finish(self, plan: dict[str, Any], seed: int) -> dict[str, Any]:
        """Compares, and writes everything unless there was nothing to compare; returns the results."""
        if not self.places:
            return results.document(plan, self.failures) | {"agreement": None}
        compared, self.found = self.agreed(seed)
        maps = [self._maps(place) for place in self.places]
        sources = [self.given.sources[place] for place in self.places]
        photos = comparison_writing.Photos([source.read for source in sources], maps, self._preparing())
        try:
            return comparison_writing.written(
                self.folder, results.document(plan, self.failures), self.found, compared, self.scores(), photos
            )
        except Exception:
            self.folder.discard()
            raise

    def agreed(self, seed: int) -> tuple[Compared, Agreement]:
        """What there is to know of the models and of the pictures that count, at least one, and how far the maps agree."""
        compared, given = self._compared(), [self._given(place) for place in self.places]
        stacks = comparison.stacked({name: [each[name] for each in given] for name in given[0]})
        return compared, agreement(stacks, classes=compared.classes, seed=seed)

    def _maps(self, place: int) -> dict[str, comparison.Placed]:
        return {row.name: (row.kept[place].map, row.kept[place].frame) for row in self.entries}

    def _given(self, place: int) -> dict[str, comparison.Placed]:
        """The maps in the picture that the models are given, which a preparation made: what lies around it in the picture
        as it was taken, and how large that is, changes no similarity."""
        prepared, maps = self._prepared.get(place), self._maps(place)
        if prepared is None:
            return maps
        return {name: (one_map, prepared.within(frame)) for name, (one_map, frame) in maps.items()}

    def _preparing(self) -> Preparing | None:
        if self.given.preparation is None:
            return None
        names = self.given.steps
        every = self.given.dataset is None
        return Preparing(self.given.preparation.original, [names[place] for place in self.places], every=every)

    def _compared(self) -> Compared:
        """What there is to know of the models and of the pictures that count."""
        rows, places, members = self.entries, self.places, self.members
        able = sorted({row.model for row in rows})  # a model that could explain nothing has no label to tell
        return Compared(
            tuple(self._model(members[number], next(row for row in rows if row.model == number)) for number in able),
            tuple(comparison_models.Entry(row.name, able.index(row.model), row.method) for row in rows),
            tuple(self.given.sources[place].name for place in places),
            self.question.words(len(members)),
            self._truth(places),
            self.given.labels,
            tuple(self._prepared[place] for place in places if place in self._prepared),
        )

    def _model(self, member: Member, row: Entry) -> Model:
        at = [self._at(place) for place in self.places]
        names = short_names([other.name for other in self.members])
        return Model(
            names[self.members.index(member)],
            member.name,
            member.labels,
            torch.tensor([row.kept[place].target for place in self.places]),
            torch.tensor([row.kept[place].probability for place in self.places]),
            member.answers.predicted[at],
            member.answers.probability[at],
            tuple(member.undecided.get(place) for place in self.places),
        )

    def _truth(self, places: Sequence[int]) -> Tensor:
        labels = [self.given.label(self.given.sources[place]) for place in places]
        return torch.tensor([-1 if label is None else label for label in labels])

    def scores(self) -> dict[str, Any] | None:
        """How well the models name the pictures, where the true labels are known."""
        if self.given.dataset is None:
            return None
        whole = range(len(self.given.dataset)) if self.whole else self.given.places
        truth = [self.given.truth.get(place) for place in whole]
        names = short_names([member.name for member in self.members])
        answers = [
            comparison_scores.Answered(name, member.labels, member.answers.predicted)
            for name, member in zip(names, self.members, strict=True)
        ]
        known = torch.tensor([-1 if label is None else label for label in truth])
        return comparison_scores.scores(answers, known, self.given.labels, "all" if self.whole else "limit")

    def _at(self, place: int) -> int:
        """Where the answer to a picture stands among all answers."""
        return self.given.places[place] if self.whole else place


def file_names(models: int) -> set[str]:
    """The figures that a comparison of so many models may leave behind."""
    return {f"{name}.png" for name in comparison_writing.figure_names(models)}
