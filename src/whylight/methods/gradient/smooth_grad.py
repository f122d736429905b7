"""SmoothGrad of any method: the mean map of many noisy copies of the picture, so that what noise alone decides cancels out.

    map(x) = 1/n · Σ_i map_of(x + N(0, σ²))        σ = noise · (max x - min x)

``kind=square`` takes the mean of the squared maps, ``kind=variance`` their variance (VarGrad): both lose the sign. Noisy
copies are not cut to [0, 1]. Every picture gets the same noise pattern, scaled to its own range.

Smilkov et al., 2017, arXiv:1706.03825, section 2; Adebayo et al., 2018, arXiv:1810.03307 (VarGrad).
"""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from whylight import perturb
from whylight.classifier import Access, Classifier
from whylight.errors import MethodError
from whylight.method import Evidence, Method
from whylight.methods.gradient.saliency import Saliency
from whylight.tensors import correlation, flat, generator
from whylight.types import Images, Maps, Scores, Targets


@dataclass(frozen=True)
class SmoothGrad(Method):
    """``of``: the method whose maps are averaged. ``samples``: noisy copies. ``noise``: their standard deviation as a share
    of the picture's range. ``kind``: what is taken of the maps."""

    of: Method = field(default_factory=Saliency)
    samples: int = 50
    noise: float = 0.15
    seed: int = 0
    kind: Literal["mean", "square", "variance"] = "mean"

    needs: ClassVar[Access] = Access.OUTPUTS

    def __post_init__(self) -> None:
        if self.samples < 1 or self.noise < 0:
            raise MethodError(
                f"smooth_grad needs at least 1 sample and noise of at least 0; got {self.samples} and {self.noise}"
            )

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """``samples`` times the cost of the method inside.

        ``seed_agreement`` is the correlation of the maps from the two halves of the samples, each with a seed of its own;
        the other details are the means over the copies.
        """
        halves = [self.samples - self.samples // 2, self.samples // 2]
        sums = [
            self._gather(classifier, images, targets, generator(self.seed, half), count)
            for half, count in enumerate(halves)
            if count > 0
        ]
        whole = sums[0] if len(sums) == 1 else sums[0].plus(sums[1])
        details = {name: total / self.samples for name, total in whole.details.items()}
        if len(sums) == 2:
            details["seed_agreement"] = correlation(*(part.taken(self.kind) for part in sums))
        details["samples"] = torch.full((len(images),), float(self.samples), device=images.device)
        return Evidence(whole.taken(self.kind).to(images), details)

    def _gather(
        self, classifier: Classifier, images: Images, targets: Targets, source: torch.Generator, samples: int
    ) -> "Sums":
        """The sums over one half, several copies of all pictures at once where that fills a pass."""
        low, high = flat(images).aminmax(dim=1)
        scale = (self.noise * (high - low))[:, None, None, None]
        at_once = max(1, perturb.batch_size_for(images) // max(1, len(images)))
        sums = None
        for start in range(0, samples, at_once):
            copies = min(at_once, samples - start)
            patterns = draw(source, copies, images)
            noisy = (images + scale * patterns[:, None]).flatten(0, 1)
            found = Sums.of(self.of(classifier, noisy, targets.repeat(copies)), copies)
            sums = found if sums is None else sums.plus(found)
        assert sums is not None
        return sums


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of maps, squared maps and details over ``count`` copies; in doubles, since a variance is a small difference."""

    count: int
    maps: Float[Tensor, "batch height width"]
    squares: Float[Tensor, "batch height width"]
    details: dict[str, Scores]

    @classmethod
    def of(cls, evidence: Evidence, copies: int) -> "Sums":
        """From evidence whose rows are copy by copy, and within a copy picture by picture."""
        maps = by_copy(evidence.maps, copies).double()
        details = {name: by_copy(numbers, copies).sum(dim=0) for name, numbers in evidence.details.items()}
        return cls(copies, maps.sum(dim=0), (maps**2).sum(dim=0), details)

    def plus(self, other: "Sums") -> "Sums":
        """The sums over both."""
        details = {name: self.details[name] + other.details[name] for name in self.details}
        return Sums(self.count + other.count, self.maps + other.maps, self.squares + other.squares, details)

    def taken(self, kind: str) -> Maps:
        """The mean, the mean square, or the variance of the maps."""
        mean, square = self.maps / self.count, self.squares / self.count
        return {"mean": mean, "square": square, "variance": (square - mean**2).clamp_min(0)}[kind]


def draw(source: torch.Generator, copies: int, images: Images) -> Float[Tensor, "copy channel height width"]:
    """Normal noise for each copy, drawn one by one so that it does not depend on how many are drawn at once."""
    drawn = [torch.randn(images.shape[1:], generator=source) for _ in range(copies)]
    return torch.stack(drawn).to(images)


def by_copy(rows: Float[Tensor, "rows *rest"], copies: int) -> Float[Tensor, "copy batch *rest"]:
    """Rows that come copy by copy, with an axis for the copies."""
    return rows.reshape(copies, -1, *rows.shape[1:])
