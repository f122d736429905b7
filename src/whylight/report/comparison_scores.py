"""How well each model names labelled pictures, as plain data: its classification report, confusion matrix, and tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from jaxtyping import Int
from torch import Tensor

from whylight.comparison.answers import meanings, translated
from whylight.comparison.classification import Average, Classification, classified, paired, wilson

Labels = Int[Tensor, " picture"]
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Answered:
    """What one model found most probable, as indices into its own labels; -1 where it could not be asked."""

    name: str
    labels: tuple[str, ...]
    predicted: Labels


def scores(answers: Sequence[Answered], truth: Labels, labels: tuple[str, ...], scope: str) -> Row | None:
    """``truth``: an index into ``labels``, -1 where it is not known. Pictures that a model could not be asked about count
    for none of them, so that all are scored on the same. None where no label is known, or no model has any."""
    able = [each for each in answers if any(meanings(labels, each.labels))]
    known = truth >= 0
    for each in able:
        known = known & (each.predicted >= 0)
    if not able or not bool(known.any()):
        return None
    given = [translated(each.predicted[known].tolist(), each.labels, labels) for each in able]
    found = [classified(truth[known], one, len(labels)) for one in given]
    right = [one == truth[known] for one in given]
    return {
        "scope": scope,
        "pictures": int(known.sum()),
        "left_out": int((~known).sum()),
        "without_these_labels": [each.name for each in answers if each not in able],
        "models": [_model(each.name, one, labels) for each, one in zip(able, found, strict=True)],
        "tests": [
            _test(able[one].name, able[other].name, right[one], right[other])
            for one, other in combinations(range(len(able)), 2)
        ],
    }


def _model(name: str, found: Classification, labels: tuple[str, ...]) -> Row:
    low, high = wilson(found.right, found.pictures)
    columns = {key: getattr(found, key).tolist() for key in ("precision", "recall", "f1", "support")}
    occurring: list[int] = found.occurring.nonzero()[:, 0].tolist()
    return {
        "model": name,
        "accuracy": found.accuracy,
        "low": low,
        "high": high,
        "right": found.right,
        "macro": _average(found.macro()),
        "weighted": _average(found.weighted()),
        "labels": [
            {"index": at, "label": labels[at]} | {key: column[at] for key, column in columns.items()}
            for at in occurring
        ],
        "confusion": _confusion(found, labels),
    }


def _average(average: Average) -> Row:
    return {"precision": average.precision, "recall": average.recall, "f1": average.f1}


def _confusion(found: Classification, labels: tuple[str, ...]) -> list[Row]:
    """What is not 0 in the confusion matrix, row by row."""
    rows: list[list[int]] = found.confusion.nonzero().tolist()
    return [
        {
            "index": row,
            "label": labels[row],
            "answer_index": column if column < len(labels) else None,
            "answer": labels[column] if column < len(labels) else None,
            "pictures": int(found.confusion[row, column]),
        }
        for row, column in rows
    ]


def _test(first: str, second: str, first_right: Tensor, second_right: Tensor) -> Row:
    test = paired(first_right, second_right)
    return {
        "first": first,
        "second": second,
        "only_first": test.only_first,
        "only_second": test.only_second,
        "p": test.p,
    }


def square(model: Row) -> tuple[list[str | None], list[list[int]]]:
    """A model's confusion matrix as the labels that occur and counts; the last column, under None, holds the answers that
    are none of them, if there are any."""
    names: list[str | None] = [row["label"] for row in model["labels"]]
    places: dict[int | None, int] = {row["index"]: place for place, row in enumerate(model["labels"])}
    if any(cell["answer_index"] is None for cell in model["confusion"]):
        places[None] = len(names)
        names.append(None)
    counts = [[0] * len(names) for _ in model["labels"]]
    for cell in model["confusion"]:
        counts[places[cell["index"]]][places[cell["answer_index"]]] = cell["pictures"]
    return names, counts


def confused(model: Row, most: int) -> list[Row]:
    """The mistakes that are made most often, the most frequent first."""
    wrong = [cell for cell in model["confusion"] if cell["index"] != cell["answer_index"]]
    return sorted(wrong, key=lambda cell: -cell["pictures"])[:most]
