"""ROAD: pixel flipping whose removed pixels are imputed from their neighbours, so that a hole's shape tells nothing.

    score = mean over shares s of ( LeRF(s) - MoRF(s) ) / 2

    MoRF(s) = f(x with its first share s imputed)     LeRF(s) = f(x with its last share s imputed)

Pixels are imputed by noisy linear imputation: each missing one is the weighted mean of its neighbours, plus noise. A fixed
colour leaks the mask to the classifier; this does not, and both orders then rank methods alike.

Rong et al., 2022, arXiv:2202.00449; the score is that of pytorch-grad-cam's ``ROADCombined``.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from whylight.explanation import Explanation
from whylight.metric import Measured, Metric, Truth
from whylight.metrics.faithfulness._answers import Output, expect, measured, to_pictures
from whylight.metrics.faithfulness._curves import both_ways, morf_and_lerf
from whylight.metrics.faithfulness._imputation import impute
from whylight.metrics.faithfulness._order import Between, even_steps, places
from whylight.tensors import generator
from whylight.types import Images, Masks


@dataclass(frozen=True)
class ROAD(Metric):
    """``steps``: equal steps of both curves; 10 gives the shares 10, 20, … 90 %. ``noise``: the standard deviation of what
    is added to imputed pixels, in display units (the paper's 0.01 of pictures in [-1, 1] is 0.005 here); pictures stay in
    [0, 1]. ``output``: the probability or the logit. ``seed``: of the noise and of the order of pixels that are level.

    Higher is better, 0 is a random map. Negative evidence is what LeRF imputes first.
    """

    steps: int = 10
    noise: float = 0.005
    output: Output = "probability"
    seed: int = 0

    higher_is_better: ClassVar[bool | None] = True

    def __call__(self, explanation: Explanation, truth: Truth | None = None) -> Measured:
        """2 · ``steps`` passes, and a sparse system solved for most of them. Curves: ``morf``, ``lerf``; both end with
        nothing left, where the picture's mean colour stands in for what cannot be imputed. NaN for a map that is not finite.

        Raises MetricError for steps below 2 or noise below 0.
        """
        self.check(explanation, truth)
        expect(self, "steps of at least 2 and noise of at least 0", holds=self.steps >= 2 and self.noise >= 0)
        images = explanation.images
        ordered = places(explanation.maps, self.seed)
        taken = even_steps(ordered[0].numel(), self.steps)
        bounds = both_ways(taken)
        keep = Between.shared(ordered, bounds, images.dtype)

        def make(pictures: Tensor, changes: Tensor) -> Images:
            return self._imputed(images[pictures], keep(pictures, changes), changes)

        answers = to_pictures(explanation, make, len(bounds), self.output)
        morf, lerf = morf_and_lerf(answers)
        scores = (lerf - morf).double()[:, 1:-1].mean(dim=1) / 2
        return measured(explanation, scores, {"morf": morf, "lerf": lerf})

    def _imputed(self, images: Images, keep: Masks, changes: Tensor) -> Images:
        """Each picture with what is not kept imputed; the noise of a change is the same for all pictures."""
        missing = keep[:, 0] == 0
        pairs = zip(images.double().cpu().numpy(), missing.cpu().numpy())
        filled = torch.from_numpy(np.stack([impute(picture, holes) for picture, holes in pairs])).to(images)
        if self.noise > 0:
            drawn = [torch.randn(images.shape[1:], generator=generator(self.seed, int(each))) for each in changes]
            noisy = (filled + self.noise * torch.stack(drawn).to(images)).clamp(0, 1)
            filled = torch.where(missing[:, None], noisy, filled)
        return filled
