"""The work of one shard: read its pictures, explain them by every method, score every map by every metric.

What fails alone fails alone: it becomes a row with its reason, and the rest goes on.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor

from whylight import datasets
from whylight.classifier import Classifier
from whylight.dataset import Sample
from whylight.errors import MetricError, TargetError, WhylightError
from whylight.explanation import Explanation, explain
from whylight.metric import Measured, Metric, Truth
from whylight.runs.job import Tell
from whylight.runs.rows import Row, Subject, row
from whylight.runs.setup import Parts

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Opened:
    """A picture that was read and classified, and what is explained of it. ``told``: whether the explained label is the true
    one, of which alone the data set says where its evidence is."""

    subject: Subject
    sample: Sample
    image: Tensor
    target: int
    told: bool


def steps(parts: Parts) -> int:
    """How many steps a picture takes."""
    return len(parts.methods) * (1 + len(parts.metrics))


def carry_out(parts: Parts, target: str, places: Sequence[int], tell: Tell) -> list[Row]:
    """All rows of the pictures at these places of the data set, picture by picture."""
    found: list[Row] = []
    opened = [each for place in places if (each := _open(parts, target, place, found, tell)) is not None]
    for method in parts.methods if opened else ():
        found += _by_method(parts, method, opened, tell)
    order = {place: number for number, place in enumerate(places)}
    return sorted(found, key=lambda one: order[one["place"]])  # stable: methods and metrics keep their order


def _open(parts: Parts, target: str, place: int, found: list[Row], tell: Tell) -> Opened | None:
    """The picture at a place; None, and a row that says why, where it cannot be explained."""
    subject = Subject(place, f"number {place} of {len(parts.dataset)}")
    try:
        sample = parts.dataset[place]
        label = None if sample.label is None else parts.dataset.labels[sample.label]
        subject = Subject(place, sample.name, sample.key, label)
        return _classified(parts, target, subject, sample)
    except Exception as error:  # one bad picture must not stop thousands of good ones
        found.append(row(subject, parts.classifier.name, None, control=None, error=sentence_of(error)))
        tell(steps(parts))
        return None


def _classified(parts: Parts, target: str, subject: Subject, sample: Sample) -> Opened:
    classifier = parts.classifier
    image, _ = classifier.fit(sample.picture)
    image = image.to(classifier.device)
    probabilities = classifier.probabilities(image[None])[0]
    meanings = () if sample.label is None else parts.meanings[sample.label]
    if target == "top1":
        index = int(probabilities.argmax())
    elif meanings:
        index = max(meanings, key=lambda each: float(probabilities[each]))
    else:
        raise TargetError(f"its label, {subject.label or 'unknown'}, is none of {classifier.name}")
    known = replace(
        subject, target=classifier.labels[index], target_index=index, probability=float(probabilities[index])
    )
    return Opened(known, sample, image, index, told=index in meanings)


def _by_method(parts: Parts, method: str, opened: Sequence[Opened], tell: Tell) -> Iterator[Row]:
    """The rows of one method: the cost of each map, and each score or failure."""
    control = method in parts.controls
    images = torch.stack([each.image for each in opened])
    targets = torch.tensor([each.target for each in opened], device=images.device)

    def make(chosen: slice) -> Explanation:
        return explain(parts.classifier, parts.methods[method], images[chosen], targets[chosen])

    for chosen, made in together_or_alone(make, slice(0, len(opened))):
        seen = opened[chosen]
        tell(len(seen))
        if isinstance(made, Exception):
            tell(len(seen) * len(parts.metrics))
            for each in seen:
                yield row(each.subject, parts.classifier.name, method, control=control, error=sentence_of(made))
            continue
        for each in seen:
            yield row(each.subject, parts.classifier.name, method, control=control, seconds=made.seconds)
        for metric in parts.metrics:
            for one in _by_metric(parts, metric, made, seen):
                yield one | {"method": method, "control": control}
            tell(len(seen))


def _by_metric(parts: Parts, name: str, explanation: Explanation, opened: Sequence[Opened]) -> Iterator[Row]:
    """A row a picture: its score, or why it has none."""
    metric = parts.metrics[name]

    def measure(chosen: slice) -> tuple[Measured, float]:
        began = time.perf_counter()
        truth = _truth(parts, opened[chosen]) if metric.needs_truth else None
        measured = _checked(name, metric(explanation[chosen], truth), len(opened[chosen]))
        return measured, (time.perf_counter() - began) / len(opened[chosen])

    for chosen, result in together_or_alone(measure, slice(0, len(opened))):
        seen = opened[chosen]
        if isinstance(result, Exception):
            yield from (_row(parts.classifier, each, name, error=sentence_of(result)) for each in seen)
        else:
            yield from (_scored(parts.classifier, each, name, metric, result, at) for at, each in enumerate(seen))


def _truth(parts: Parts, opened: Sequence[Opened]) -> Truth:
    """Where the evidence is; nowhere for a picture of which nothing is known, so that its score is none and no failure."""
    told = [each.sample if each.told else replace(each.sample, supporting=None, hindering=None) for each in opened]
    truth = datasets.truth_of(told, parts.classifier)
    nowhere = torch.zeros(len(opened), *opened[0].image.shape[-2:], dtype=torch.bool, device=opened[0].image.device)
    return Truth(nowhere) if truth is None else truth


def _checked(name: str, measured: Measured, count: int) -> Measured:
    if measured.scores.shape != (count,) or any(len(curve) != count for curve in measured.curves.values()):
        raise MetricError(f"{name} gave {tuple(measured.scores.shape)} scores for {count} pictures")
    return measured


def _scored(
    classifier: Classifier, one: Opened, name: str, metric: Metric, result: tuple[Measured, float], at: int
) -> Row:
    measured, seconds = result
    score = float(measured.scores[at])
    curves = [{"name": curve, "values": values[at].tolist()} for curve, values in measured.curves.items()]
    known = {"score": score if math.isfinite(score) else None, "curves": curves}
    return _row(classifier, one, name, timed=metric.timed, seconds=seconds, **known)


def _row(classifier: Classifier, one: Opened, metric: str, **others: object) -> Row:
    return row(one.subject, classifier.name, None, control=None, metric=metric, **others)


def together_or_alone(do: Callable[[slice], T], chosen: slice) -> Iterator[tuple[slice, T | Exception]]:
    """``do`` for all at once; when that fails for each alone, so that only those fail which cannot be done."""
    try:
        result = do(chosen)
    except Exception as error:  # methods and metrics may meet anything inside a foreign network
        if chosen.stop - chosen.start == 1:
            yield chosen, error
            return
        for start in range(chosen.start, chosen.stop):
            yield from together_or_alone(do, slice(start, start + 1))
    else:
        yield chosen, result


def sentence_of(error: Exception) -> str:
    """What went wrong, for people; what nobody foresaw is named with its type."""
    if isinstance(error, WhylightError):
        return str(error)
    return f"{type(error).__name__}: {next(iter(str(error).strip().splitlines()), 'no reason given')}"
