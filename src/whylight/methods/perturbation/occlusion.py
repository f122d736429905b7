"""Occlusion: a window is slid over the picture, and each pixel gets the mean loss of the windows that covered it.

    map(u) = mean over windows W that contain u of ( f(x) - f(x without W) )

Zeiler and Fergus, 2014, arXiv:1311.2901, section 4.2.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from whylight import masking, perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.method import Evidence, Method
from whylight.tensors import target_output
from whylight.types import Images, Targets


@dataclass(frozen=True)
class Occlusion(Method):
    """``window`` and ``stride``: in pixels; None takes a seventh of the shorter side, and half of the window.
    ``fill``: what the window shows. ``output``: the probability or the logit whose loss is measured."""

    window: int | None = None
    stride: int | None = None
    fill: masking.Fill = "grey"
    output: Literal["probability", "logit"] = "probability"

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass a window and one more; windows at the far borders are moved inside, so all pixels are covered."""
        height, width = images.shape[-2:]
        window = self.window or max(1, min(height, width) // 7)
        stride = self.stride or max(1, window // 2)
        if not 1 <= window <= min(height, width) or stride < 1:
            raise MethodError(f"expected a window of 1 to {min(height, width)} pixels and a stride of at least 1")
        tops, lefts = corners(height, window, stride), corners(width, window, stride)
        boxes = torch.cartesian_prod(tops, lefts).to(images.device)
        rows, columns = torch.arange(height, device=images.device), torch.arange(width, device=images.device)

        def hidden(sample: Tensor) -> Tensor:
            top, left = boxes[sample, 0, None], boxes[sample, 1, None]
            inside_rows = (rows >= top) & (rows < top + window)
            inside_columns = (columns >= left) & (columns < left + window)
            return (inside_rows[:, :, None] & inside_columns[:, None, :])[:, None].to(images.dtype)

        whole = target_output(classifier.logits(images), targets, self.output)
        losses, cover = torch.zeros(len(images), height, width, device=images.device), torch.zeros_like(images[0, 0])
        fills = masking.fill(images, self.fill)
        for chunk in perturb.stream(
            classifier.predict, images, fills, lambda _, sample: 1 - hidden(sample), range(len(boxes))
        ):
            loss = whole[chunk.pictures] - target_output(chunk.logits, targets[chunk.pictures], self.output)
            gone = 1 - chunk.keep[:, 0]
            losses.index_add_(0, chunk.pictures, gone * loss[:, None, None])
            cover += gone[chunk.pictures == 0].sum(dim=0)
        return Evidence(losses / cover)


def corners(length: int, window: int, stride: int) -> Tensor:
    """Where windows begin along one side: every ``stride``, and one that ends at the border."""
    return torch.tensor(sorted({*range(0, length - window + 1, stride), length - window}))
