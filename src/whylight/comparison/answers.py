"""What a classifier answers to many pictures, a few at a time, and whether two classifiers' answers mean the same.

Labels of two classifiers, or of a classifier and a data set, are matched by their names as ``whylight.datasets.labels_of``
does; lists that are equal are matched place by place.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight.classifier import Classifier
from whylight.datasets import labels_of
from whylight.errors import WhylightError
from whylight.types import Images, Scores

AT_ONCE = 64
"""Pictures in memory at the same time."""

Picture = Float[Tensor, "channel height width"]
Labels = tuple[str, ...]
Meanings = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Answers:
    """``predicted``: the most probable label of each picture, -1 where it could not be asked; ``probability``: of that."""

    predicted: Int[Tensor, " picture"]
    probability: Scores


def ask(
    classifier: Classifier, pictures: Iterable[Picture | None], done: Callable[[int], None] = lambda _: None
) -> Answers:
    """``pictures``: at the classifier's input size, None where there is none; they are read as they are needed. ``done``
    hears of each few. A picture to which the classifier has no usable answer has none either.
    """
    found: list[tuple[int, float]] = []
    reader = iter(pictures)
    while chunk := list(islice(reader, AT_ONCE)):
        known = [picture for picture in chunk if picture is not None]
        answers = iter(together_or_alone(classifier, torch.stack(known)) if known else ())
        found += [(-1, float("nan")) if picture is None else next(answers) for picture in chunk]
        done(len(chunk))
    labels, probabilities = zip(*found, strict=True) if found else ((), ())
    return Answers(torch.tensor(labels, dtype=torch.long), torch.tensor(probabilities, dtype=torch.float))


def together_or_alone(classifier: Classifier, images: Images) -> list[tuple[int, float]]:
    """The most probable label of each picture and its probability, (-1, NaN) where there is no usable answer. All in one
    batch; when that fails each on its own, so that only those that cannot be answered have no answer."""
    try:
        return _answers(classifier, images)
    except WhylightError:
        if len(images) == 1:
            return [(-1, float("nan"))]
        return [answer for image in images for answer in together_or_alone(classifier, image[None])]


def _answers(classifier: Classifier, images: Images) -> list[tuple[int, float]]:
    top = classifier.probabilities(images.to(classifier.device)).max(dim=1)
    return list(zip(top.indices.tolist(), top.values.tolist(), strict=True))


def meanings(first: Labels, second: Labels) -> Meanings:
    """For each label of the first list the places in the second that mean it."""
    if first == second:
        return tuple((place,) for place in range(len(first)))
    return labels_of(first, second)


def translated(labels: Sequence[int], own: Labels, others: Labels) -> Int[Tensor, " picture"]:
    """The first label of ``others`` that each label of ``own`` means or is a kind of; -1 where there is none."""
    table = torch.full((len(own) + 1,), -1)
    for place, known in reversed(list(enumerate(meanings(others, own)))):
        table[list(known)] = place
    return table[torch.tensor(labels, dtype=torch.long)]  # -1 finds the last place, which stays -1


def alike(
    first: Sequence[int], first_labels: Labels, second: Sequence[int], second_labels: Labels
) -> Bool[Tensor, " picture"]:
    """Whether two answers to each picture mean the same, or one is a kind of the other; never where either is missing."""
    there, back = meanings(first_labels, second_labels), meanings(second_labels, first_labels)
    same = [
        one >= 0 and other >= 0 and (other in there[one] or one in back[other])
        for one, other in zip(first, second, strict=True)
    ]
    return torch.tensor(same, dtype=torch.bool)
