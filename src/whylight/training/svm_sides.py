"""The pictures of an SVM: those that it is fitted to, those that C is chosen with, those that score it in the end."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.frame import Resizing
from whylight.training.data import Labelled, Progress, labelled
from whylight.training.prepare import check_labels, content_of, own_resizing, training_part
from whylight.training.split import split
from whylight.training.svm_fit import Part, Rows, stratified
from whylight.training.svm_rows import Cache, rows_of
from whylight.training.svm_wish import Wish
from whylight.training.testing import read_test


@dataclass(frozen=True)
class Told:
    """What a run says: pictures ``read``, rows of features ``made``, and sentences."""

    read: Progress
    made: Progress
    say: Callable[[str], None]


QUIET = Told(lambda _done, _whole: None, lambda _done, _whole: None, lambda _: None)


@dataclass(frozen=True, eq=False)
class Sides:
    """Pictures to fit to, to choose C with, and to score with in the end."""

    training: Labelled
    validation: Labelled | None
    test: Labelled | None

    def named(self) -> list[tuple[str, Labelled]]:
        """Those that there are."""
        sides = (("training", self.training), ("validation", self.validation), ("test", self.test))
        return [(name, side) for name, side in sides if side is not None]

    def rows(self, make: Callable[[Tensor], Tensor], device: torch.device, told: Told, keep: "Keep") -> dict[str, Rows]:
        """What ``make`` gives of the pictures of each side."""
        return {
            name: rows_of(side, make, device, cache=keep.cache(side), what=keep.what, tell=told.made)
            for name, side in self.named()
        }

    def parts(self, rows: dict[str, Rows]) -> dict[str, Part]:
        """Rows of each side with their labels."""
        return {name: Part(rows[name], side.labels) for name, side in self.named()}


@dataclass(frozen=True, eq=False)
class Keep:
    """Where rows are kept while a run is at work, and what they are. ``folder``: None keeps none."""

    folder: Path | None
    what: str
    model: Classifier | None = None

    def cache(self, side: Labelled) -> Cache | None:
        """The place of the rows of these pictures and this network."""
        return None if self.folder is None else Cache(self.folder, content_of(side, self.model))


@dataclass(frozen=True, eq=False)
class Read:
    """``sides``: the pictures. ``resizing``: how they came to their size. ``unread``: (name, reason) of those left out."""

    sides: Sides
    labels: tuple[str, ...]
    resizing: Resizing
    unread: tuple[tuple[str, str], ...]


def read_sides(wish: Wish, model: Classifier | None, told: Told) -> Read:
    """Reads the pictures, at the size of ``model`` if there is one; raises DataError for pictures that cannot be used."""
    dataset = training_part(wish.data, wish.data_root)
    resizing = model.resizing if model is not None else own_resizing(dataset, wish.size)
    pictures = labelled(dataset, resizing, told.read)
    check_labels(pictures, wish.data)
    training, validation = _places(pictures, wish)
    test = None
    if wish.test is not None:
        known = pictures.take(torch.cat([training, validation]))
        test = read_test(wish.test, wish.data_root, known, resizing, told.read).pictures
    sides = Sides(pictures.take(training), pictures.take(validation) if len(validation) else None, test)
    return Read(sides, pictures.classes, resizing, pictures.unread)


def _places(pictures: Labelled, wish: Wish) -> tuple[Tensor, Tensor]:
    """Where the pictures to fit to and those to choose with are.

    Those of a limit are some of those without one: a network that was trained with the same seed and share has not seen
    the validation pictures either, so that nothing is chosen by what it remembers.
    """
    limit = len(pictures) if wish.limit is None else min(wish.limit, len(pictures))
    if wish.validation == 0:
        whole = torch.arange(len(pictures))
        return _at_most(limit, pictures, whole, wish.seed), whole[:0]
    training, validation = split(pictures.labels, pictures.keys, wish.validation, wish.seed)
    if limit == len(pictures):
        return training, validation
    checked = max(1, round(wish.validation * limit))
    fewer = _at_most(limit - checked, pictures, training, wish.seed)
    return fewer, _at_most(checked, pictures, validation, wish.seed)


def _at_most(limit: int, pictures: Labelled, places: Tensor, seed: int) -> Tensor:
    """Some of the places, of each label its share."""
    return places if limit >= len(places) else places[stratified(pictures.labels[places], limit, seed)]
