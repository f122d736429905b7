"""The settings that stand behind a model's name (``timm:resnet50,weights=FILE,size=288``), read and checked."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from whylight.errors import SpecError
from whylight.spec import Spec, split

Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos"]
Output = Literal["logits", "probability", "sigmoid"]
"""What a network's numbers are; ``sigmoid``: one logit a picture, for two labels."""


@dataclass(frozen=True)
class Settings:
    """What the user said about a model; None where nothing was said.

    ``weights``: a safetensors file. ``labels``: a file of names, one a logit. ``classes``: how many labels, when they
    have no names. ``version``: which of a zoo's published weights and preparations. ``size``: the input's (height, width).
    ``resize``: the shorter side before the centre is cut out. ``mean``, ``std``: per channel, in [0, 1]; empty for none.
    ``layer``: where the CAM family looks. ``output``: what the network answers.
    """

    weights: Path | None = None
    labels: Path | None = None
    classes: int | None = None
    version: str | None = None
    size: tuple[int, int] | None = None
    resize: int | None = None
    interpolation: Interpolation | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    layer: str | None = None
    output: Output = "logits"


ZOO = tuple(setting.name for setting in fields(Settings) if setting.name != "output")
BLACK_BOX = ("labels", "classes", "size", "resize", "interpolation", "mean", "std", "output")


def read_settings(given: Spec, allowed: tuple[str, ...]) -> Settings:
    """The settings of a description; raises SpecError for one that this prefix does not have or that cannot be read."""
    texts = {("size" if key == "crop" else key): text for key, text in given.settings.items()}
    for key in texts:
        if key not in allowed:
            raise SpecError(f"{given.name} has no setting {key!r}; it has {', '.join(allowed) or 'none'}")
    settings = Settings(**{key: _read(f"{given.name}:{key}", key, text) for key, text in texts.items()})
    if bool(settings.mean) != bool(settings.std):
        raise SpecError(
            f"{given.name} takes both mean= and std= or neither, as in mean=(0.5,0.5,0.5),std=(0.5,0.5,0.5); got only "
            f"{'mean=' if settings.mean else 'std='} (mean=none alone turns normalisation off)"
        )
    return settings


def _read(where: str, key: str, text: str) -> Any:
    if key in ("weights", "labels"):
        return Path(text).expanduser()
    if key in ("classes", "resize"):
        return _whole(where, text)
    if key == "size":
        return _size(where, text)
    if key in ("mean", "std"):
        return () if text.lower() == "none" else tuple(_number(where, piece) for piece in split(text))
    if key in ("interpolation", "output"):
        return _choice(where, text, get_args(Interpolation if key == "interpolation" else Output))
    return text


def _size(where: str, text: str) -> tuple[int, int]:
    sides = [_whole(where, piece) for piece in split(text.lower().replace("x", ","))]
    if len(sides) not in (1, 2):
        raise SpecError(f"{where} must be one side or heightxwidth, such as 224 or 224x320; got {text!r}")
    return sides[0], sides[-1]


def _whole(where: str, text: str) -> int:
    if not text.strip().isdecimal() or int(text) == 0:
        raise SpecError(f"{where} must be a whole number above 0; got {text!r}")
    return int(text)


def _number(where: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SpecError(f"{where} must be numbers between commas in brackets, or none; got {text!r}") from None


def _choice(where: str, text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise SpecError(f"{where} must be one of {', '.join(choices)}; got {text!r}")
    return text
