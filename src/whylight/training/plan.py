"""A plan: everything that decides the weights of a training, as plain data.

How it is carried out (device, processes, workers, where the data lie) is no part of it. ``plan.json`` in the folder of a
training holds it, so that a training goes on only with the plan that it began with.
"""

from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Literal, cast

from whylight.errors import RunError
from whylight.training.correction import Correction
from whylight.training.enhancement import Enhancement
from whylight.training.hyperparameters import Hyperparameters

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Plan:
    """What is trained on what, and how.

    ``data``, ``network``: as they are written on the command line. ``start``: the model whose weights are gone on with;
    None draws them. ``frozen``: only the head is trained. ``size``: the input's (height, width). ``validation``: the share
    of the pictures that watch the training. ``limit``: at most so many pictures, drawn by the seed. ``precision``: of what
    passes through the network; weights are always float32. ``pictures``: how many there are, and ``content``: a hash of
    them and their labels, so that other data under the same name are noticed. ``shuffle_labels``: the labels to train with
    are exchanged among the pictures. ``enhancement``: for an enhancer, which ``network`` names then; None for a classifier.
    ``correction``: for a classifier that learns from what people marked; None for others.
    """

    data: str
    network: str
    hyperparameters: Hyperparameters
    size: tuple[int, int]
    channels: int
    start: str | None = None
    frozen: bool = False
    validation: float = 0.1
    seed: int = 0
    limit: int | None = None
    precision: Precision = "float32"
    pictures: int = 0
    content: str = ""
    shuffle_labels: bool = False
    enhancement: Enhancement | None = None
    correction: Correction | None = None

    @property
    def epochs(self) -> int:
        """Of all stages together, at most."""
        first = 0 if self.enhancement is None else self.enhancement.stage1_epochs
        return first + self.hyperparameters.epochs

    def to_plain(self) -> dict[str, Any]:
        """The plan as data that JSON can hold."""
        return asdict(self) | {"size": list(self.size)}


def from_plain(plain: object) -> Plan:
    """The plan that ``to_plain`` wrote, also through JSON; raises RunError for anything else."""
    known = {setting.name for setting in fields(Plan)}
    needed = {setting.name for setting in fields(Plan) if setting.default is MISSING}
    if not isinstance(plain, dict) or not needed <= set(plain) <= known:
        raise RunError("expected a plan of whylight train (its plan.json); start again in another folder")
    settings = cast(dict[str, Any], plain)
    enhancement, correction = settings.get("enhancement"), settings.get("correction")
    try:
        inner: dict[str, Any] = {
            "hyperparameters": Hyperparameters(**settings["hyperparameters"]),
            "enhancement": None if enhancement is None else Enhancement(**enhancement),
            "correction": None if correction is None else Correction(**correction),
        }
    except TypeError as error:
        raise RunError(f"the plan of this folder is damaged ({error}); start again in another folder") from error
    return Plan(**settings | inner | {"size": tuple(settings["size"])})


def differences(old: Plan, new: Plan) -> list[str]:
    """What another plan has otherwise, one phrase each; empty for equal plans."""
    before, after = flat(old), flat(new)
    if before["what"] != after["what"]:
        return [f"it was one of {before['what']}, now one of {after['what']}"]
    if before["content"] != after["content"] and all(before[key] == after[key] for key in ("data", "limit", "size")):
        return ["the pictures or their labels are others than before"]
    return [
        f"{key} was {before[key]}, now {after[key]}" for key in before if key != "content" and before[key] != after[key]
    ]


def flat(plan: Plan) -> dict[str, Any]:
    """Every setting under its own name, and ``what`` is trained."""
    plain = plan.to_plain()
    inner: dict[str, Any] = plain.pop("hyperparameters")
    enhancement: dict[str, Any] | None = plain.pop("enhancement")
    correction: dict[str, Any] | None = plain.pop("correction")
    what = "a classifier" if enhancement is None else "an enhancer"
    if correction is not None:
        correction["correction"] = correction.pop("loss")  # beside the hyperparameters' loss
        what = "corrections"
    return plain | inner | (enhancement or {}) | (correction or {}) | {"what": what}
