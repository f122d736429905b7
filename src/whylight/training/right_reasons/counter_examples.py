"""Counter-examples: the same picture with something else in the pixels that should not matter, and the same label.

    -log p_y(x'),    x' = x outside of the unwanted pixels, and inside, by chance,
                     noise      an even random number for each pixel and channel, or
                     colour     one even random colour for all of them

Noise alone leaves out the even patches that decoys often are, so each picture gets one of both by a coin, drawn anew in each
step. A picture without unwanted pixels gives 0.

Teso and Kersting, 2019, "Explanatory interactive machine learning" (CAIPI, section 3); the random fill: Schramowski et al.,
2020, arXiv:2001.05371.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch.nn import functional

from whylight.tensors import flat, generator
from whylight.training.right_reasons.reason import Corrected, Looked, Reasoned, RightReason
from whylight.types import Images


@dataclass(frozen=True)
class CounterExamples(RightReason):
    """``fill``: ``noise``, ``colour``, or one of both by chance (``both``)."""

    fill: Literal["noise", "colour", "both"] = "both"

    scaled: ClassVar[bool] = False

    def __call__(self, looked: Looked, given: Corrected) -> Reasoned:
        """Two forward passes."""
        with torch.enable_grad():
            logits = looked.predict(given.images)
            missed = functional.cross_entropy(looked.predict(self.filled(given)), given.targets, reduction="none")
            return Reasoned(logits, missed * flat(given.unwanted).any(dim=1))

    def filled(self, given: Corrected) -> Images:
        """The pictures with other unwanted pixels, drawn from the pictures' seeds alone."""
        drawn = [self._drawn(picture, seed) for picture, seed in zip(given.images, given.seeds.tolist())]
        return torch.where(given.unwanted[:, None], torch.stack(drawn), given.images)

    def _drawn(self, picture: torch.Tensor, seed: int) -> torch.Tensor:
        random = generator(seed)
        even = bool(torch.rand((), generator=random) < 0.5) if self.fill == "both" else self.fill == "colour"
        shape = (len(picture), 1, 1) if even else tuple(picture.shape)
        return torch.rand(shape, generator=random).to(picture).expand_as(picture)
