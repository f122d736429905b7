"""The two sides of a comparison before and after an enhancer: what each classifier is given, and what it makes of that."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from whylight import perturb
from whylight.classifier import Classifier
from whylight.classifiers.enhanced import enhancer_of, without
from whylight.errors import ModelError
from whylight.types import Images


@dataclass(frozen=True, eq=False)
class Side:
    """``whole``: the classifier as it was named. ``judge``: the one behind its enhancer, or the same. ``enhance``: that
    enhancer, if it has one."""

    whole: Classifier
    judge: Classifier = field(init=False)
    enhance: Callable[[Images], Images] | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "judge", without(self.whole) or self.whole)
        object.__setattr__(self, "enhance", enhancer_of(self.whole))

    def sees(self, given: Images) -> Images:
        """The pictures that the judge gets, in [0, 1]; raises ModelError when the enhancer gives something else."""
        given = given.to(self.whole.device)
        return given if self.enhance is None else enhanced_pictures(self.enhance, given, self.whole.name)


@dataclass(frozen=True, eq=False)
class Sides:
    """Two classifiers that are asked about the same pictures."""

    before: Side
    after: Side

    @property
    def one_form(self) -> bool:
        """Whether both bring a picture to their input in the same way."""
        return self.before.whole.resizing == self.after.whole.resizing

    @property
    def unchanged(self) -> str | None:
        """Why there are no pictures to set side by side, in words; None where an enhancer changes them."""
        if self.after.enhance is not None or (self.before.enhance is not None and self.one_form):
            return None
        return f"{self.after.whole.name} has no enhancer, so that both classifiers see the same pictures"

    def pictures(self, given: Images) -> tuple[Images, Images]:
        """What is seen before and after of pictures in the form of ``after``. A classifier before that takes pictures of
        another form has the given ones stand for what it sees."""
        seen = self.after.sees(given)
        return (self.before.sees(given) if self.one_form else given.to(seen.device)), seen


def sides(before: Classifier, after: Classifier) -> Sides:
    """Raises ModelError when the two take pictures with other channels."""
    first, second = before.resizing.channels, after.resizing.channels
    if first != second:
        raise ModelError(
            f"expected two classifiers of pictures with as many channels; {before.name} takes {first} and {after.name} "
            f"{second}"
        )
    return Sides(Side(before), Side(after))


def enhanced_pictures(enhance: Callable[[Images], Images], given: Images, name: str) -> Images:
    """What an enhancer makes of pictures, in batches, without gradients."""

    def make(start: int, stop: int) -> Images:
        with torch.inference_mode():
            return enhance(given[start:stop].contiguous(memory_format=torch.channels_last))

    with perturb.explained_failures(name, given):
        parts = [part for _, _, part in perturb.in_batches(make, len(given), perturb.batch_size_for(given))]
        made = torch.cat(parts).float().clone()
    if made.shape != given.shape or not bool(torch.isfinite(made).all()):
        raise ModelError(
            f"expected pictures of shape {tuple(given.shape[1:])} without NaN from the enhancer of {name}; got "
            f"{tuple(made.shape[1:])}{'' if bool(torch.isfinite(made).all()) else ' with NaN or infinity'}"
        )
    return made


def resized(images: Images, size: tuple[int, int]) -> Float[Tensor, "batch channel rows columns"]:
    """Pictures at another classifier's input size (height, width), bilinear; as they are at their own."""
    if tuple(images.shape[-2:]) == tuple(size):
        return images
    resampled = functional.interpolate(images, size=size, mode="bilinear", align_corners=False, antialias=True)
    return resampled.clamp(0, 1)
