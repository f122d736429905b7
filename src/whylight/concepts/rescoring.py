"""What a person's changes did to a classifier: its answers to the same pictures before and after."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import torch
from torch import Tensor

from whylight import datasets
from whylight.classifiers._concept_edits import Edits
from whylight.classifiers.infodisent import ConceptClassifier, edited
from whylight.dataset import Dataset
from whylight.errors import DataError, PictureError

Progress = Callable[[int, int], None]
BATCH = 32


@dataclass(frozen=True)
class Rescored:
    """Over the pictures with a label that the classifier knows. ``mended``: wrong before and right after; ``broken``: the
    other way. ``changed``: another answer, right or wrong. ``of_labels``: (label, pictures, right before, right after)."""

    pictures: int
    before: float
    after: float
    mended: int
    broken: int
    changed: int
    of_labels: tuple[tuple[str, int, int, int], ...]


def rescore(
    classifier: ConceptClassifier,
    edits: Edits,
    dataset: Dataset,
    *,
    before: Edits | None = None,
    places: Sequence[int] | None = None,
    tell: Progress | None = None,
) -> Rescored:
    """The classifier with ``edits`` against the same with ``before``, or with nothing changed; its own edits stay.

    Raises DataError when no picture has a label that the classifier knows.
    """
    own = datasets.match_labels(dataset.labels, classifier.labels)
    truth: list[int] = []
    answers: list[list[int]] = [[], []]
    try:
        for labels, images in _batches(classifier, dataset, own, places, tell):
            truth += labels
            for one_way, changes in zip(answers, (before or Edits(), edits)):
                one_way.extend(edited(classifier, changes).logits(images).argmax(dim=1).tolist())
    finally:
        edited(classifier, classifier.edits)
    if not truth:
        raise DataError(f"no picture has a label that {classifier.name} knows; take data with its labels")
    was, now = ([answer == label for answer, label in zip(found, truth)] for found in answers)
    return Rescored(
        pictures=len(truth),
        before=sum(was) / len(truth),
        after=sum(now) / len(truth),
        mended=sum(right and not before for before, right in zip(was, now)),
        broken=sum(before and not right for before, right in zip(was, now)),
        changed=sum(first != second for first, second in zip(*answers)),
        of_labels=tuple(
            (label, truth.count(number), _right(was, truth, number), _right(now, truth, number))
            for number, label in enumerate(classifier.labels)
            if number in truth
        ),
    )


def _right(right: list[bool], truth: list[int], label: int) -> int:
    return sum(each for each, known in zip(right, truth) if known == label)


def _batches(
    classifier: ConceptClassifier,
    dataset: Dataset,
    own: Sequence[int | None],
    places: Sequence[int] | None,
    tell: Progress | None,
) -> Iterator[tuple[list[int], Tensor]]:
    """Pictures with a label that the classifier knows, some at a time."""
    wanted = range(len(dataset)) if places is None else places
    labels: list[int] = []
    pictures: list[Tensor] = []
    for done, place in enumerate(wanted, start=1):
        with suppress(PictureError):  # a picture that cannot be read changes nothing
            sample = dataset[place]
            label = None if sample.label is None else own[sample.label]
            if label is not None:
                labels.append(label)
                pictures.append(classifier.fit(sample.picture)[0])
        if tell is not None:
            tell(done, len(wanted))
        if pictures and (len(pictures) == BATCH or done == len(wanted)):
            yield labels, torch.stack(pictures).to(classifier.device)
            labels, pictures = [], []
