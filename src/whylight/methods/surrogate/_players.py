"""What the surrogate methods share: pictures whose segments are kept or taken away together, and what the classifier
says to each coalition of segments.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight import masking, perturb
from whylight.classifier import Classifier
from whylight.methods._rounding import is_rounding, rounding_error
from whylight.segments import segment
from whylight.tensors import target_output
from whylight.types import Flags, Images, Logits, Maps, Masks, Segments, Targets

Output = Literal["probability", "logit"]
Coalitions = Bool[Tensor, "batch sample segment"]
"""Which segments are kept; beyond a picture's own number of segments the entries mean nothing."""


@dataclass(frozen=True, eq=False)
class Players:
    """Pictures, what replaces a segment that is taken away, the segments, and the answer that is read."""

    classifier: Classifier
    images: Images
    fills: Images
    segments: Segments
    targets: Targets
    output: Output

    @classmethod
    def cut(
        cls,
        classifier: Classifier,
        images: Images,
        targets: Targets,
        cut: tuple[str, int | None],
        fill: str,
        output: Output,
    ) -> "Players":
        """Pictures cut into segments; ``cut`` is the kind of segmentation and about how many segments it makes, None for as
        many as suit the size."""
        segments = segment(images, *cut)
        return cls(classifier, images, masking.fill(images, fill, segments), segments, targets, output)

    @property
    def counts(self) -> Int[Tensor, " batch"]:
        """How many segments each picture has."""
        return self.segments.flatten(1).amax(dim=1) + 1

    @property
    def real(self) -> Bool[Tensor, "batch segment"]:
        """Which columns stand for a segment, in a table as wide as the picture with the most segments needs."""
        return torch.arange(int(self.counts.max()), device=self.images.device) < self.counts[:, None]

    @cached_property
    def logits(self) -> Logits:
        """What the classifier says to the whole pictures, checked."""
        return self.classifier.logits(self.images)

    @property
    def whole(self) -> Float[Tensor, " batch"]:
        """The answer to the whole pictures, in float64."""
        return target_output(self.logits, self.targets, self.output).double()

    def is_rounding(self, numbers: Float[Tensor, "batch segment"]) -> Flags:
        """Whether rounding of the answers can have made all numbers of a picture."""
        return is_rounding(numbers, rounding_error(self.logits, self.targets, self.output))

    def scores(
        self, chosen: Int[Tensor, " chosen"], coalitions: Coalitions, *, start: int = 0, limit: int | None = None
    ) -> Float[Tensor, "chosen sample"]:
        """The answer for each chosen picture to each of its coalitions, in float64; ``start`` and ``limit`` say which
        part of all samples this is."""
        kept, numbers = coalitions.to(self.images), self.segments[chosen].flatten(1)
        scores = torch.empty(coalitions.shape[:2], dtype=torch.float64, device=self.images.device)
        height, width = self.images.shape[-2:]

        def keep(picture: Tensor, sample: Tensor) -> Masks:
            return kept[picture, sample - start].gather(1, numbers[picture]).view(-1, 1, height, width)

        images, fills, targets = self.images[chosen], self.fills[chosen], self.targets[chosen]
        samples = range(start, start + coalitions.shape[1])
        for chunk in perturb.stream(self.classifier.predict, images, fills, keep, samples, limit=limit):
            answers = target_output(chunk.logits, targets[chunk.pictures], self.output)
            scores[chunk.pictures, chunk.samples - start] = answers.double()
        return scores

    def paint(self, numbers: Float[Tensor, "batch segment"]) -> Maps:
        """Each pixel given the number of its segment."""
        painted = numbers.gather(1, self.segments.flatten(1))
        return painted.view(len(self.images), *self.images.shape[-2:]).float()


def extent(numbers: Float[Tensor, "batch segment"]) -> Float[Tensor, " batch"]:
    """From the lowest to the highest number of each row, zero included."""
    return numbers.amax(dim=1).clamp_min(0) - numbers.amin(dim=1).clamp_max(0)


def relative_spread(
    numbers: Float[Tensor, "batch segment"], errors: Float[Tensor, "batch segment"], counts: Int[Tensor, " batch"]
) -> Float[Tensor, " batch"]:
    """The mean standard error over a picture's segments as a share of its largest number."""
    largest = numbers.abs().amax(dim=1).clamp_min(torch.finfo(numbers.dtype).tiny)
    return errors.sum(dim=1) / counts / largest
