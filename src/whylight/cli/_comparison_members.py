"""The models of a comparison, each with its methods, its answers and its maps, and the names that people read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from torch import Tensor

from whylight.comparison.answers import Answers
from whylight.frame import Frame
from whylight.method import Method


@dataclass(frozen=True, eq=False)
class Kept:
    """The map of one picture, the part of the picture that it covers, and the explained label with its probability."""

    map: Tensor
    frame: Frame
    target: int
    probability: float


@dataclass(frozen=True, eq=False)
class Member:
    """A model: ``methods`` by the text that described each, ``answers`` to the pictures that it is scored on, and ``kept``
    what each method gave, by the place of the picture. ``undecided``: by the same, the two labels that it cannot decide
    between for a prepared picture."""

    name: str
    labels: tuple[str, ...]
    methods: dict[str, Method]
    answers: Answers
    kept: dict[str, dict[int, Kept]] = field(default_factory=dict)
    undecided: dict[int, str | None] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Entry:
    """One row of the matrix: a model (its place) by a method, under the name that people read."""

    name: str
    model: int
    method: str
    kept: dict[int, Kept]


def entries(members: Sequence[Member]) -> list[Entry]:
    """Every method of every model that explained any picture; what is the same for all is left out of the names."""
    names = short_names([member.name for member in members])
    methods = {text for member in members for text in member.methods}
    return [
        Entry(_named(names[place], text, alone=len(members) == 1, one_method=len(methods) == 1), place, text, kept)
        for place, member in enumerate(members)
        for text, kept in member.kept.items()
        if kept
    ]


def _named(model: str, method: str, *, alone: bool, one_method: bool) -> str:
    if alone:
        return method
    return model if one_method else f"{model} · {method}"


def short_names(models: Sequence[str]) -> list[str]:
    """The shortest form that tells the models apart: the name alone, with its kind and folders, or with its settings too;
    equal models are numbered."""
    forms = (
        [_name_alone(model) for model in models],
        [model.partition(",")[0] for model in models],
        list(models),
    )
    telling = next((names for names in forms if len(set(names)) == len(names)), None)
    return telling or [f"{model} ({number})" for number, model in enumerate(models, start=1)]


def _name_alone(model: str) -> str:
    """Without the kind, the folders, the settings, and the ending of a file of weights."""
    described = model.partition(",")[0]
    name = PurePath(described.partition(":")[2] or described).name
    for ending in (".safetensors", ".onnx"):
        name = name.removesuffix(ending)
    return name or described
