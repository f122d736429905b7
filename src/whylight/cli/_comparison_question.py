"""Which label is explained where several models are asked: a name for all, the true one, or what a model finds itself.

LABEL, INDEX     one label for all pictures
label            each picture's true label, from its data set
top1             each model's own most probable label, which may differ
top1:MODEL       what that model finds most probable, for all; MODEL as given, or its number from 1
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from whylight.classifier import Classifier
from whylight.cli._comparison_given import Given
from whylight.cli._targets import read_target
from whylight.cli._work import Choose, Source
from whylight.comparison.answers import meanings
from whylight.errors import DataError, TargetError

TOP = "top1"
TRUE = "label"


@dataclass(frozen=True)
class Question:
    """``text``: the label or the model that is named. ``leader``: the place of the model whose answer all explain."""

    kind: Literal["named", "label", "top1", "leader"]
    text: str
    leader: int | None = None

    def words(self, models: int) -> str:
        """Which label so many models explain, for the head of a table."""
        if self.kind == "named":
            return f"the label {self.text}"
        if self.kind == "label":
            return "each picture's true label"
        if self.leader is not None:
            return f"what {self.text} finds most probable"
        return "each model's own most probable label" if models > 1 else "each picture's most probable label"


@dataclass(frozen=True)
class Known:
    """The label to explain of the picture at a place, as an index into ``labels``; ``whose``: who knows it."""

    labels: tuple[str, ...]
    of: Callable[[int], int | None]
    whose: str


def read_question(text: str, models: Sequence[str | None], data: str | None) -> Question:
    """Reads ``--target``; raises TargetError for a model that is not compared, and for true labels that nobody knows."""
    plain = text.strip()
    if plain.lower() == TOP:
        return Question("top1", plain)
    if plain.lower().startswith(f"{TOP}:"):
        leader = _place_of(plain[len(TOP) + 1 :].strip(), models)
        return Question("leader", models[leader] or "bundled", leader)
    if plain.lower() == TRUE:
        if data is None:
            raise TargetError(
                "--target label explains the true label, which files do not have; name a data set with --data, or a label"
            )
        return Question("label", plain)
    return Question("named", plain)


def _place_of(name: str, models: Sequence[str | None]) -> int:
    texts = [model or "bundled" for model in models]
    if name in texts:
        return texts.index(name)
    if name.isdecimal() and 1 <= int(name) <= len(texts):
        return int(name) - 1
    given = ", ".join(f"{number} ({text})" for number, text in enumerate(texts, start=1))
    raise TargetError(f"--target top1:{name} names no model that is compared; they are {given}")


def choosing(question: Question, classifier: Classifier, known: Known | None) -> Choose:
    """What a model explains of each picture; ``known``: who says which label it is, unless the model does itself.

    Raises TargetError for a label that the model does not have, DataError where it has none of the known ones.
    """
    if known is not None:
        return _by_meaning(classifier, known)
    if question.kind != "named":
        return lambda logits, _: logits.argmax(dim=1, keepdim=True)
    wanted = read_target(question.text, classifier.labels)
    if wanted.top > 1:
        raise TargetError(
            f"compare explains one label of each picture, and --target {question.text} asks for {wanted.top}"
        )
    return lambda logits, _: wanted.choose(logits)


def _by_meaning(classifier: Classifier, known: Known) -> Choose:
    """The most probable of the model's labels that mean the known one."""
    table = meanings(known.labels, tuple(classifier.labels))
    if not any(table):
        raise DataError(
            f"no label of {known.whose} is one of {classifier.name}, so it has none of them to explain; take a model for "
            "these labels"
        )

    def one(logits: Float[Tensor, " label"], source: Source) -> int:
        label = known.of(source.place)
        if label is None or label < 0:
            raise TargetError(f"{known.whose} gives no label for this picture")
        if not table[label]:
            raise TargetError(f"the label {known.labels[label]} of {known.whose} is none of {classifier.name}")
        return max(table[label], key=lambda each: float(logits[each]))

    def choose(logits: Float[Tensor, "picture label"], sources: Sequence[Source]) -> Int[Tensor, "picture rank"]:
        chosen = [one(row, source) for row, source in zip(logits, sources, strict=True)]
        return torch.tensor(chosen, device=logits.device)[:, None]

    return choose


def true_labels(given: Given, data: str) -> Known:
    """The true labels of the pictures that are explained, known once each was read."""
    return Known(given.labels, lambda place: given.label(given.sources[place]), data)
