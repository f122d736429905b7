"""What a comparison says of models, as plain data: whose labels were explained, pairs of models, and classes.

Where every model explains its own most probable label, the numbers of the pairs come from the pictures for which all of
them explain the same one; the others are told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight.comparison.agreement import DEFAULT, Agreement
from whylight.comparison.answers import alike
from whylight.comparison.conclusion import conclude
from whylight.comparison.matrix import Matrix, summed_up
from whylight.comparison.resampling import intervals, means
from whylight.comparison.similarities import SIMILARITIES
from whylight.preparation import Prepared, doubts_of

Labels = Int[Tensor, " picture"]
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Model:
    """``name``: as people read it. ``target``: the label that is explained of each picture, with its
    ``target_probability``; ``predicted``: the one that the model finds most probable (-1: not asked), with its own.
    ``undecided``: the two labels that it cannot decide between for each prepared picture, in words."""

    name: str
    full_name: str
    labels: tuple[str, ...]
    target: Labels
    target_probability: Float[Tensor, " picture"]
    predicted: Labels
    probability: Float[Tensor, " picture"]
    undecided: tuple[str | None, ...] = ()

    def label(self, index: int) -> str | None:
        """The name of a label; None below 0."""
        return self.labels[index] if index >= 0 else None


@dataclass(frozen=True)
class Entry:
    """A row of the matrix: the place of its model and its method, under the name that people read."""

    name: str
    model: int
    method: str


@dataclass(frozen=True, eq=False)
class Compared:
    """The pictures that count. ``explained``: which label is, in words. ``truth``: the true labels, -1 where they are not
    known, as indices into ``true_labels``. ``prepared``: what the preparation made of each; empty without one."""

    models: tuple[Model, ...]
    entries: tuple[Entry, ...]
    pictures: tuple[str, ...]
    explained: str
    truth: Labels
    true_labels: tuple[str, ...]
    prepared: tuple[Prepared, ...] = ()

    @cached_property
    def same(self) -> Bool[Tensor, " picture"]:
        """Whether all models explain the same label of a picture."""
        first, *others = self.models
        each = [alike(first.target.tolist(), first.labels, one.target.tolist(), one.labels) for one in others]
        return torch.stack(each).all(dim=0) if each else torch.ones(len(self.pictures), dtype=torch.bool)

    @property
    def classes(self) -> Labels:
        """The true label of each picture, or else the label that all models explain; -1 where neither is known, and
        everywhere when there are not two classes."""
        explained = torch.where(self.same, self.models[0].target, -1)
        found = self.truth if bool((self.truth >= 0).any()) else explained
        return found if len(found[found >= 0].unique()) > 1 else torch.full_like(found, -1)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of ``classes``."""
        return self.true_labels if bool((self.truth >= 0).any()) else self.models[0].labels

    @property
    def counting(self) -> list[int]:
        """The pictures that the numbers of pairs come from: those with one label for all, if there are any."""
        same: list[int] = self.same.nonzero()[:, 0].tolist()
        return same or list(range(len(self.pictures)))

    def apart(self, first: int, second: int) -> list[int]:
        """The pictures for which two models explain different labels."""
        one, other = self.models[first], self.models[second]
        same = alike(one.target.tolist(), one.labels, other.target.tolist(), other.labels)
        found: list[int] = (~same).nonzero()[:, 0].tolist()
        return found

    def who(self, pair: tuple[int, int]) -> str:
        """A pair in words: two models, by the method that both were explained by where there are several."""
        first, second = (self.entries[at] for at in pair)
        several = len({entry.method for entry in self.entries}) > 1 and len(self.models) > 1
        if several and first.method == second.method:
            return f"{self.models[first.model].name} and {self.models[second.model].name} by {first.method}"
        return f"{first.name} and {second.name}"

    @property
    def counterparts(self) -> list[tuple[int, int]]:
        """The pairs of rows to conclude from: the same method of different models, or all where there are none."""
        pairs = list(combinations(range(len(self.entries)), 2))
        chosen = [
            (one, other)
            for one, other in pairs
            if self.entries[one].model != self.entries[other].model
            and self.entries[one].method == self.entries[other].method
        ]
        return chosen or pairs


def models(compared: Compared, found: Agreement) -> Row:
    """Of several models; ``found``: on all pictures."""
    return {
        "names": [model.name for model in compared.models],
        "explained": compared.explained,
        "predictions": _predictions(compared),
        "same_label": int(compared.same.sum()),
        "other_labels": _other_labels(compared, found),
    }


def pairs(compared: Compared, found: Agreement) -> list[Row]:
    """The pairs to conclude from by the default similarity, those that are most alike first."""
    matrix, wanted = found.matrices[DEFAULT], set(compared.counterparts)
    ordered = [*found.pairs_ordered(), *(pair for pair in found.pairs if int(matrix.n[pair]) == 0)]
    return [_pair(compared, pair, matrix, pair) for pair in ordered if pair in wanted]


def _other_labels(compared: Compared, found: Agreement) -> Row | None:
    """The pairs on the pictures for which the two models explain different labels; None where there are none."""
    rows, scored = [], found.matrices[DEFAULT].of
    for pair in compared.counterparts:
        places = compared.apart(*(compared.entries[at].model for at in pair))
        if places:
            matrix = summed_up(scored.between(pair).among(places), SIMILARITIES[DEFAULT], found.seed)
            rows.append(_pair(compared, pair, matrix, (0, 1)))
    if not rows:
        return None
    return {"pictures": int((~compared.same).sum()), "pairs": sorted(rows, key=lambda row: -row["mean"])}


def _pair(compared: Compared, pair: tuple[int, int], matrix: Matrix, place: tuple[int, int]) -> Row:
    """``place``: of the pair in the matrix."""
    concluded = conclude(matrix, place)
    numbers = {
        key: getattr(matrix, key)[place].item()
        for key in ("mean", "low", "high", "chance", "class_chance", "n", "n_class")
    }
    first, second = (compared.entries[at].name for at in pair)
    names = {"first": first, "second": second, "who": compared.who(pair)}
    return names | numbers | {"conclusion": str(concluded.word), "beyond": concluded.beyond}


def classes(compared: Compared, found: Agreement) -> list[Row]:
    """The pairs in each class by every similarity; ``found``: on all pictures."""
    rows: list[Row] = []
    counting, known = compared.counting, compared.classes
    for number in known[known >= 0].unique().tolist():
        places = [at for at in counting if int(known[at]) == number]
        if places:
            name = compared.class_names[number]
            rows += _in_class(compared, name, places, found)
    return rows


def _in_class(compared: Compared, name: str, places: Sequence[int], found: Agreement) -> list[Row]:
    keys = [(similarity, pair) for similarity in found.matrices for pair in compared.counterparts]
    parts = [
        torch.stack([getattr(found.matrices[similarity].of, key)[pair][list(places)] for similarity, pair in keys])
        for key in ("scores", "by_class")
    ]
    mean, chance = (means(part).tolist() for part in parts)
    low, high = (edge.tolist() for edge in intervals(parts[0], found.seed))
    n = (~parts[0].isnan()).sum(dim=1).tolist()
    return [
        {
            "class": name,
            "similarity": similarity,
            "first": found.names[pair[0]],
            "second": found.names[pair[1]],
            "who": compared.who(pair),
            "mean": mean[at],
            "low": low[at],
            "high": high[at],
            "class_chance": chance[at],
            "n": n[at],
        }
        for at, (similarity, pair) in enumerate(keys)
    ]


def _predictions(compared: Compared) -> list[Row]:
    """How often every two models find the same label most probable."""
    rows: list[Row] = []
    for first, second in combinations(compared.models, 2):
        asked = (first.predicted >= 0) & (second.predicted >= 0)
        same = alike(first.predicted.tolist(), first.labels, second.predicted.tolist(), second.labels)
        alike_in, pictures = int(same.sum()), int(asked.sum())
        share = alike_in / pictures if pictures else float("nan")
        rows.append(
            {"first": first.name, "second": second.name, "alike": alike_in, "pictures": pictures, "share": share}
        )
    return rows


def of_picture(compared: Compared, at: int) -> list[Row]:
    """What each model says of one picture, with what makes that doubtful where the picture was prepared."""
    return [
        {
            "model": model.name,
            "predicted": model.label(int(model.predicted[at])),
            "probability": float(model.probability[at]),
            "target": {"index": int(model.target[at]), "label": model.label(int(model.target[at]))},
            "target_probability": float(model.target_probability[at]),
        }
        | ({"doubts": list(doubts_of(compared.prepared[at], model.undecided[at]))} if compared.prepared else {})
        for model in compared.models
    ]
