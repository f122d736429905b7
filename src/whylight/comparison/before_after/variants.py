"""Is an enhancement an adversarial texture? The same difference changed in ways that a texture does not survive.

blur_1, blur_2     the difference blurred by a Gaussian of 1 or 2 pixels: its coarse part
fine               what a blur of 1 pixel takes from it: its fine part
eight_bits         the enhanced picture rounded to 256 levels, as a file keeps it
shuffled_signs     the size of the difference at every place, with random signs (a control)
other_picture      the difference of another picture (a control)

Goodfellow et al., 2015, arXiv:1412.6572, for what a small difference can do; Liu et al., 2019, arXiv:1910.09185, section
4.3, for asking classifiers that it was not made for. Blurring and rounding as tests: Xu et al., 2018, arXiv:1704.01155.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from whylight.masking import gaussian_blur
from whylight.tensors import generator
from whylight.types import Images

LEVELS = 255


@dataclass(frozen=True, eq=False)
class Change:
    """Pictures ``before``, what is added to them, what is added to others, and a random sign for each number."""

    before: Images
    difference: Images
    others: Images
    signs: Images


@dataclass(frozen=True)
class Variant:
    """``words``: for people. ``control``: whether it keeps nothing that an enhancer could have meant."""

    words: str
    added: Callable[[Change], Images]
    control: bool = False

    def pictures(self, change: Change) -> Images:
        """In [0, 1]."""
        return (change.before + self.added(change)).clamp(0, 1)


def _rounded(change: Change) -> Images:
    after = (change.before + change.difference).clamp(0, 1)
    return (after * LEVELS).round() / LEVELS - change.before


VARIANTS = {
    "blur_1": Variant("blurred by 1 pixel", lambda change: gaussian_blur(change.difference, 1.0)),
    "blur_2": Variant("blurred by 2 pixels", lambda change: gaussian_blur(change.difference, 2.0)),
    "fine": Variant(
        "only what that blur takes away", lambda change: change.difference - gaussian_blur(change.difference, 1.0)
    ),
    "eight_bits": Variant("rounded to 8 bits", _rounded),
    "shuffled_signs": Variant("with random signs", lambda change: change.difference * change.signs, control=True),
    "other_picture": Variant("of another picture", lambda change: change.others, control=True),
}


class Changes:
    """Makes the changes of pictures that come a few at a time; ``others`` are those of the picture that came before."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._last: Images | None = None

    def of(self, before: Images, after: Images, places: Sequence[int]) -> Change:
        """``places``: a number for each picture, which decides its random signs whatever stands beside it. The first
        picture of all has the last one of its batch as its other one."""
        difference = after - before
        first = difference[-1:] if self._last is None else self._last
        others = torch.cat([first, difference[:-1]])
        self._last = difference[-1:].clone()
        signs = [torch.randint(2, before.shape[1:], generator=generator(self._seed, place)) for place in places]
        return Change(before, difference, others, 2.0 * torch.stack(signs).to(before) - 1)
