"""How passes are run: what ``--precision`` asks for, made ready with the first pictures, and what it turned out to do."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any, Literal

import torch

from whylight.classifier import Classifier
from whylight.cli._work import Source
from whylight.errors import PictureError
from whylight.method import Method
from whylight.precision.calibration import PICTURES
from whylight.precision.choice import Choice, choose
from whylight.precision.pilot import LEAST, Pilot
from whylight.precision.stand_in import StandIn, check, stand_in
from whylight.preparation import Preparation, fit
from whylight.types import Images

Asked = Literal["auto", "float32", "compiled", "bfloat16", "int8"]


@dataclass(frozen=True)
class Passes:
    """``precision``: of passes in torch. ``stand_in``: what is asked in the place of torch. ``pictures``: the names of those
    that it was made ready with. ``choice``: what was measured to choose."""

    asked: Asked
    precision: Literal["float32", "bfloat16"] = "float32"
    stand_in: StandIn | None = None
    pictures: tuple[str, ...] = ()
    choice: Choice | None = None

    @property
    def name(self) -> str:
        """What passes were run in."""
        return self.precision if self.stand_in is None else self.stand_in.route

    @property
    def sentences(self) -> list[str]:
        """What a person should know of it."""
        found = [] if self.choice is None else [self.choice.sentence]
        if pilots := self._pilots():
            least = min(pilot.correlation for pilot in pilots)
            tries = f"{len(pilots)} trial{'s' * (len(pilots) > 1)}"
            speed = f"{_speed_up(pilots):.1f} times as fast"
            found.append(f"int8: maps correlate with float32's by at least {least:.3f} in {tries}, {speed}")
        return found

    def to_plain(self) -> dict[str, Any]:
        """The same for ``results.json``."""
        pilots, by = self._pilots(), "torch" if self.stand_in is None else "onnxruntime"
        return {
            "asked": self.asked,
            "name": self.name,
            "runtime": f"{by} {metadata.version(by)}",
            "tried": [] if self.choice is None else [asdict(each) for each in self.choice.tried],
            "calibration": list(self.pictures) if self.name == "int8" else [],
            "least_correlation": LEAST if self.name == "int8" else None,
            "correlation": min((pilot.correlation for pilot in pilots), default=None),
            "speed_up": _speed_up(pilots) if pilots else None,
            "trials": [asdict(pilot) for pilot in pilots],
        }

    def _pilots(self) -> list[Pilot]:
        return [] if self.stand_in is None else self.stand_in.pilots


def make_ready(
    asked: Asked,
    classifier: Classifier,
    methods: Sequence[Method],
    sources: Sequence[Source],
    preparation: Preparation | None = None,
) -> Passes:
    """What carries the passes out, with the first pictures that can be read.

    Raises MethodError for a method that 8-bit numbers cannot serve, ModelError for a classifier that cannot be run so,
    PictureError where no picture can be read, MissingExtraError without the packages that it takes.
    """
    if (plain := in_torch(asked)) is not None:
        return Passes(asked, plain)
    check(asked, methods)
    images, names = _first(classifier, sources, preparation)
    if asked == "int8" or asked == "compiled":  # noqa: PLR1714 - what narrows the type
        return Passes(asked, "float32", stand_in(classifier, images, asked), names)
    choice = choose(classifier, images)
    if choice.quick is not None:
        return Passes(asked, "float32", StandIn(classifier, choice.quick, "compiled"), names, choice)
    return Passes(asked, in_torch(choice.way) or "float32", None, names, choice)


def in_torch(asked: str) -> Literal["float32", "bfloat16"] | None:
    """The precision of passes in torch that is asked for; None where another way is."""
    known: dict[str, Literal["float32", "bfloat16"]] = {"float32": "float32", "bfloat16": "bfloat16"}
    return known.get(asked)


def _first(
    classifier: Classifier, sources: Sequence[Source], preparation: Preparation | None
) -> tuple[Images, tuple[str, ...]]:
    """Some pictures as the classifier sees them, and their names."""
    found, names = [], []
    for source in sources:
        try:
            found.append(fit(classifier, source.read(), preparation)[0])
        except Exception:  # noqa: S112 - told when it is explained
            continue
        names.append(source.name)
        if len(found) == PICTURES:
            break
    if not found:
        raise PictureError("none of the pictures can be read, so there is nothing to try a precision with")
    return torch.stack(found).to(classifier.device), tuple(names)


def _speed_up(pilots: Sequence[Pilot]) -> float:
    """Processor time of all maps in float32 over that of the same in 8-bit numbers."""
    quick = sum(pilot.quick_seconds for pilot in pilots)
    return sum(pilot.exact_seconds for pilot in pilots) / quick if quick > 0 else 1.0
