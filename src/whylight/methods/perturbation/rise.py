"""RISE: the picture is seen through thousands of random soft masks, and each pixel gets what its being seen adds on average.

    map(u) = ( E[ f(x ⊙ m) · m(u) ] - E[ f(x ⊙ m) ] · E[ m(u) ] ) / p

The paper's map, E[f · m(u)] / p, is the mean answer while u is seen. It carries the same large constant at every pixel,
the mean answer over all masks; without it the sign has a meaning: above 0, seeing the pixel raises the answer. Taking
the masks minus p instead would remove the constant in the mean but leave the noise that it brings.

What a linear function of the mask foretells of the answer needs no masks, since its part of the map is known. Each block
of masks has only the rest measured, with the function that the blocks before it have taught (``_linear_control``): the
map's mean stays what it is, and its noise becomes that of the rest.

Petsiuk, Das and Saenko, 2018, arXiv:1806.07421, equation 6 and section 3.2; control variates after Owen, Monte Carlo
theory, methods and examples, 2013, section 8.9.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from whylight import masking, perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.method import Evidence, Method
from whylight.methods._rounding import is_rounding, rounding_error
from whylight.methods.perturbation._linear_control import Lesson, Linear
from whylight.methods.perturbation._soft_masks import SoftMasks
from whylight.tensors import agreement, flat, generator, target_output
from whylight.types import Images, Maps, Scores, Targets

BLOCK = 128
"""The most samples of a block: each block is an estimate of its own, so that their scatter tells the error."""
FEWEST_BLOCKS = 4


@dataclass(frozen=True)
class RISE(Method):
    """``samples``: the most masks. ``cells``: grid cells along each side. ``keep``: a cell's chance to be seen, p.

    ``tolerance``: a picture is finished early when the standard error of its map (root mean square over the pixels) is
    below this share of the map's range; 0 takes all samples. ``fill``: what is seen where the mask is 0; grey is the
    nearest to the paper's zero after normalisation. ``output``: the probability or the logit. ``seed``: another one
    draws other masks. ``control``: whether what is linear in the mask is taken out of the noise.
    """

    samples: int = 4000
    cells: int = 7
    keep: float = 0.5
    tolerance: float = 0.03
    fill: masking.Fill = "grey"
    output: Literal["probability", "logit"] = "probability"
    seed: int = 0
    control: bool = True

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass a mask and one more. Details: ``samples``; ``spread``, the standard error as a share of the
        range; ``seed_agreement``.

        Raises MethodError for settings out of range.
        """
        self._check()
        logits = classifier.logits(images)
        whole, error = target_output(logits, targets, self.output), rounding_error(logits, targets, self.output)
        fills, tally = masking.fill(images, self.fill), Tally.empty(images)
        active, lesson = torch.arange(len(images), device=images.device), Lesson.begin(images, self.cells, self.keep)
        for number, samples in enumerate(self._blocks()):
            masks = SoftMasks.draw(samples, self.cells, self.keep, images, generator(self.seed, number))
            chosen = (images[active], fills[active], targets[active], whole[active])
            block, gains = self._block(classifier, chosen, masks, lesson.learned(active))
            if self.control:
                lesson.add(active, masks, gains)
            tally.add(active, number % 2, block, len(samples))
            if number % 2 == 1 and number + 1 >= FEWEST_BLOCKS:
                active = active[tally.spread()[active] > self.tolerance]
            if len(active) == 0:
                break
        maps, halves = tally.maps(), tally.halves()
        nothing = is_rounding(maps, error)
        details = {
            "samples": tally.samples.sum(dim=0).float(),
            "spread": tally.spread().masked_fill(nothing, 0.0),
            "seed_agreement": agreement(*halves.masked_fill(nothing[:, None, None], 0.0)),
        }
        return Evidence(maps.masked_fill(nothing[:, None, None], 0.0), details)

    def _check(self) -> None:
        if self.samples < 4 or self.cells < 1 or not 0 < self.keep < 1 or self.tolerance < 0:
            raise MethodError(
                "rise expects samples of at least 4, cells of at least 1, keep between 0 and 1 and a tolerance of at "
                f"least 0; got samples={self.samples}, cells={self.cells}, keep={self.keep}, tolerance={self.tolerance}"
            )

    def _blocks(self) -> list[range]:
        """The samples in an even number of nearly equal blocks: every other block belongs to the second seed."""
        count = 2 * -(-self.samples // (2 * BLOCK))
        edges = [self.samples * edge // count for edge in range(count + 1)]
        return [range(start, stop) for start, stop in pairwise(edges)]

    def _block(
        self, classifier: Classifier, chosen: tuple[Images, Images, Targets, Scores], masks: SoftMasks, known: Linear
    ) -> tuple[Maps, Float[Tensor, "batch sample"]]:
        """The map from one block of masks, the covariance of answer and mask over the block divided by p, and the answers.
        Of what is ``known`` the map's exact share is taken, and only the rest is measured."""
        images, fills, targets, whole = chosen
        count, start = len(masks.samples), masks.samples.start
        gains, foretold = torch.zeros(len(images), count).to(images), known(masks)
        total = torch.zeros_like(whole)
        seen, weighed = torch.zeros_like(images[:, 0]), torch.zeros_like(images[:, 0])
        chunks = perturb.stream(classifier.predict, images, fills, masks, masks.samples, limit=self.samples)
        for chunk in chunks:
            place = (chunk.pictures, chunk.samples - start)
            # answers are taken from the whole picture's: the same covariance, exactly 0 for a constant classifier
            gains[place] = target_output(chunk.logits, targets[chunk.pictures], self.output) - whole[chunk.pictures]
            rest, mask = gains[place] - foretold[place], chunk.keep[:, 0]
            total.index_add_(0, chunk.pictures, rest)
            seen.index_add_(0, chunk.pictures, mask)
            weighed.index_add_(0, chunk.pictures, rest[:, None, None] * mask)
        measured = (weighed - (total / count)[:, None, None] * seen) / (count - 1)
        return (measured + known.covariance(masks)) / self.keep, gains


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums over the blocks of each of two seeds, picture by picture: of the maps, their squares, samples and blocks."""

    sums: Float[Tensor, "2 batch height width"]
    squares: Float[Tensor, "batch height width"]
    samples: Int[Tensor, "2 batch"]
    blocks: Int[Tensor, " batch"]

    @classmethod
    def empty(cls, images: Images) -> "Tally":
        zeros = torch.zeros(2, len(images), *images.shape[-2:], dtype=torch.float64, device=images.device)
        samples = torch.zeros(2, len(images), dtype=torch.long, device=images.device)
        return cls(zeros, torch.zeros_like(zeros[0]), samples, torch.zeros_like(samples[0]))

    def add(self, pictures: Tensor, half: int, block: Maps, samples: int) -> None:
        """Counts the map of one block for some pictures."""
        self.sums[half, pictures] += block.double() * samples
        self.squares[pictures] += block.double().square() * samples
        self.samples[half, pictures] += samples
        self.blocks[pictures] += 1

    def maps(self) -> Maps:
        """The mean over all blocks."""
        return (self.sums.sum(dim=0) / self.samples.sum(dim=0)[:, None, None]).float()

    def halves(self) -> Float[Tensor, "2 batch height width"]:
        """The mean over each seed's own blocks."""
        return self.sums / self.samples[:, :, None, None]

    def spread(self) -> Scores:
        """The standard error of the map, root mean square over the pixels, as a share of its range; 0 for a map of zeros."""
        number, count = self.samples.sum(dim=0)[:, None, None], self.blocks[:, None, None]
        mean = self.sums.sum(dim=0) / number
        variance = (self.squares / number - mean.square()).clamp_min(0) / (count - 1).clamp_min(1)
        extent = flat(mean).amax(dim=1) - flat(mean).amin(dim=1)
        error = flat(variance).mean(dim=1).sqrt()
        return torch.where(error > 0, error / extent.clamp_min(torch.finfo(error.dtype).tiny), 0.0).float()
