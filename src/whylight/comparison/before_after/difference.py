"""What an enhancer adds to pictures, over a whole data set: signed means pixel by pixel, their size, and their spectrum.

    D = after - before, for each picture and channel, in [-1, 1]
    mean map = E[D]        mean magnitude = E|D|        common share = ‖E[D]‖² / E‖D‖²

The common share is what all pictures are given alike: 1 for one pattern that is added to every picture, and, for
differences that have nothing in common, 0 but for chance, 1 / pictures, which is taken off. Only sums are kept, so that the
memory does not grow with the data set.
"""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from whylight.comparison.before_after.spectrum import Spectrum, power_of, spectrum
from whylight.types import Images

MOST_CLASSES = 40
"""The maps of more classes are not kept: their figure would not be read, and they take memory."""

Map = Float[Tensor, "channel height width"]


@dataclass(frozen=True, eq=False)
class Difference:
    """``mean`` and ``magnitude``: E[D] and E|D|. ``share``: the common share, in [0, 1]; NaN of one picture, or where
    nothing was changed. ``classes``: E[D] and the number of pictures of each class, by its index. ``spectrum``: of D,
    ``pictures``: of the pictures before."""

    pictures: int
    mean: Map
    magnitude: Map
    share: float
    classes: dict[int, tuple[int, Map]]
    spectrum: Spectrum
    picture_spectrum: Spectrum


@dataclass(eq=False)
class Differences:
    """Sums over pictures. ``classes``: how many there are; none of them is kept where there are more than can be shown."""

    classes: int = 0
    _count: int = 0
    _signed: Tensor = field(default_factory=lambda: torch.zeros(0))
    _magnitude: Tensor = field(default_factory=lambda: torch.zeros(0))
    _powers: list[Tensor] = field(default_factory=list)
    _of_classes: dict[int, tuple[int, Tensor]] = field(default_factory=dict)

    def add(self, before: Images, after: Images, truth: Int[Tensor, " batch"]) -> None:
        """``truth``: the class of each picture, -1 where it is not known."""
        difference = (after - before).cpu()
        if not self._count:
            shape = difference.shape[1:]
            self._signed, self._magnitude = torch.zeros(2, *shape, dtype=torch.float64)
            self._powers = [torch.zeros(shape[1:], dtype=torch.float64) for _ in range(2)]
        self._count += len(difference)
        self._signed += difference.sum(dim=0).double()
        self._magnitude += difference.abs().sum(dim=0).double()
        for at, images in enumerate((difference, before.cpu())):
            self._powers[at] += power_of(images).double()
        for label in truth[truth >= 0].unique().tolist() if self.classes <= MOST_CLASSES else ():
            chosen = difference[truth == label]
            count, total = self._of_classes.get(label, (0, torch.zeros_like(self._signed)))
            self._of_classes[label] = count + len(chosen), total + chosen.sum(dim=0).double()

    def result(self) -> Difference | None:
        """None of no pictures."""
        if not self._count:
            return None
        mean = self._signed / self._count
        classes = {label: (count, total / count) for label, (count, total) in sorted(self._of_classes.items())}
        spectra = [spectrum(power / self._count) for power in self._powers]
        return Difference(self._count, mean, self._magnitude / self._count, self._share(mean), classes, *spectra)

    def _share(self, mean: Map) -> float:
        """Less what chance has: the expected ‖mean‖² of differences with nothing in common is E‖D‖² / count."""
        whole = float(self._powers[0].sum()) / self._count  # Parseval: the power is the sum of squares
        if self._count < 2 or whole == 0:
            return float("nan")
        alike = float(mean.square().sum()) / whole
        return max(0.0, (self._count * alike - 1) / (self._count - 1))
