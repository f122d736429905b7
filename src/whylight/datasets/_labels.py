"""Which of a classifier's labels mean a data set's label: by name, by ImageNet's order, or as everyday words.

Names are compared without regard to case, underscores and hyphens; synonyms stand between commas, and one in common is
enough. Where one side has ImageNet's labels and the other everyday words, a table says which mean which.
"""

from collections import defaultdict
from collections.abc import Sequence

from whylight.datasets._everyday import EVERYDAY

Meanings = tuple[tuple[int, ...], ...]
"""For each label of a data set the indices of the classifier's labels that mean it; empty where none does."""

IMAGENET_ENDS = ({"tench", "n01440764"}, {"toilet tissue", "toilet paper", "n15075141"})
"""Names of ImageNet's first label and of its last."""

SAME_ORDER = 0.9
"""The share of equal names from which two lists of 1000 labels count as one order with some names of its own."""


def labels_of(dataset_labels: Sequence[str], classifier_labels: Sequence[str]) -> Meanings:
    """The classifier's labels that mean each of the data set's labels.

    Usually one; several where the classifier has kinds of what the data set names (ImageNet's 118 dogs, for ``dog``): a
    picture's target is then the most probable of them. Two lists of 1000 labels, of which the data set's is in ImageNet's
    order, are taken for the same order unless their names say otherwise.
    """
    if _in_imagenet_order(dataset_labels):
        return _of_imagenet(dataset_labels, classifier_labels)
    named = _by_name(dataset_labels, classifier_labels)
    words = [EVERYDAY.get(_plain(label)) for label in dataset_labels]
    if _in_imagenet_order(classifier_labels):
        return tuple(found if word is None else word for word, found in zip(words, named))
    return tuple(found or _same_word(word, classifier_labels) for word, found in zip(words, named))


def match_labels(dataset_labels: Sequence[str], classifier_labels: Sequence[str]) -> tuple[int | None, ...]:
    """The one label of the classifier that means each of the data set's labels; None where none or several do."""
    meanings = labels_of(dataset_labels, classifier_labels)
    return tuple(found[0] if len(found) == 1 else None for found in meanings)


def _of_imagenet(dataset_labels: Sequence[str], classifier_labels: Sequence[str]) -> Meanings:
    named = _by_name(dataset_labels, classifier_labels)
    if len(classifier_labels) == len(dataset_labels):
        agreeing = sum(index in found for index, found in enumerate(named))
        if not any(named) or agreeing >= SAME_ORDER * len(named):
            return tuple((index,) for index in range(len(named)))
        return named
    kinds: dict[int, list[int]] = defaultdict(list)
    for place, label in enumerate(classifier_labels):
        for index in EVERYDAY.get(_plain(label), ()):
            kinds[index].append(place)
    return tuple(tuple(kinds[index]) or found for index, found in enumerate(named))


def _by_name(dataset_labels: Sequence[str], classifier_labels: Sequence[str]) -> Meanings:
    """The labels that have the same whole name, or else the same first name, or any name in common; to the letter where
    that helps (ImageNet has ``Cardigan``, a dog, and ``cardigan``)."""
    readings = (
        lambda label: {label.strip()},
        lambda label: {label.split(",")[0].strip()},
        lambda label: {_plain(label)},
        lambda label: {_plain(label.split(",")[0])},
        _names,
    )
    tables = []
    for reading in readings:
        table: dict[str, list[int]] = defaultdict(list)
        for index, label in enumerate(classifier_labels):
            for name in reading(label):
                table[name].append(index)
        tables.append((reading, table))
    found = []
    for label in dataset_labels:
        hits = (sorted({hit for name in reading(label) for hit in table.get(name, ())}) for reading, table in tables)
        found.append(tuple(next(filter(None, hits), ())))
    return tuple(found)


def _same_word(indices: tuple[int, ...] | None, classifier_labels: Sequence[str]) -> tuple[int, ...]:
    """Labels that are another word for the same: ``automobile``, for ``car``."""
    if not indices:
        return ()
    return tuple(place for place, label in enumerate(classifier_labels) if EVERYDAY.get(_plain(label)) == indices)


def _in_imagenet_order(labels: Sequence[str]) -> bool:
    first, last = IMAGENET_ENDS
    return len(labels) == 1000 and bool(_names(labels[0]) & first) and bool(_names(labels[-1]) & last)


def _names(label: str) -> set[str]:
    return {_plain(name) for name in (label, *label.split(","))} - {""}


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
