"""Occlusion: a window is slid over the picture, and each pixel gets the mean loss of the windows that covered it.

    map(u) = mean over windows W that contain u of ( f(x) - f(x without W) )

The fill ``training_mean`` is the mean of the training pictures, which an SVM on pixels knows: what is hidden then says no
more of this picture, and less that is foreign to the classifier than a grey square does.

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
from whylight.methods._rounding import is_rounding, rounding_error
from whylight.nets.pixel_svm import mean_picture
from whylight.tensors import target_output
from whylight.types import Images, Masks, Targets


@dataclass(frozen=True)
class Occlusion(Method):
    """``window`` and ``stride``: in pixels; None takes a seventh of the shorter side, and half of the window.
    ``fill``: what the window shows; ``training_mean``: for an SVM on pixels. ``output``: the probability or the logit
    whose loss is measured."""

    window: int | None = None
    stride: int | None = None
    fill: Literal[masking.Fill, "training_mean"] = "grey"
    output: Literal["probability", "logit"] = "probability"

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass a window and one more; windows at the far borders are moved inside, so all pixels are covered.

        Raises MethodError for a window larger than the picture, for a stride below 1 or above the window, which would leave
        pixels out, and for the fill ``training_mean`` where the classifier knows none.
        """
        windows = self._windows(images)
        logits = classifier.logits(images)
        whole, error = target_output(logits, targets, self.output), rounding_error(logits, targets, self.output)
        losses, cover = torch.zeros_like(images[:, 0]), torch.zeros_like(images[0, 0])
        fills = self._fills(classifier, images)
        for chunk in perturb.stream(classifier.predict, images, fills, windows, range(len(windows.boxes))):
            loss = whole[chunk.pictures] - target_output(chunk.logits, targets[chunk.pictures], self.output)
            gone = 1 - chunk.keep[:, 0]
            losses.index_add_(0, chunk.pictures, gone * loss[:, None, None])
            cover += gone[chunk.pictures == 0].sum(dim=0)
        maps = losses / cover
        return Evidence(maps.masked_fill(is_rounding(maps, error)[:, None, None], 0.0))

    def _fills(self, classifier: Classifier, images: Images) -> Images:
        if self.fill != "training_mean":
            return masking.fill(images, self.fill)
        mean = None if classifier.module is None else mean_picture(classifier.module)
        if mean is None:
            raise MethodError(
                "the fill training_mean needs an SVM on pixels, as `whylight train svm --pixels` fits one; "
                f"{classifier.name} keeps no mean of its training pictures: choose another fill, as fill=mean, the "
                "picture's own mean colour"
            )
        return mean.to(images).expand_as(images)

    def _windows(self, images: Images) -> "Windows":
        height, width = images.shape[-2:]
        window = max(1, min(height, width) // 7) if self.window is None else self.window
        stride = max(1, window // 2) if self.stride is None else self.stride
        if not 1 <= window <= min(height, width) or not 1 <= stride <= window:
            raise MethodError(
                f"expected a window of 1 to {min(height, width)} pixels and a stride of at least 1 and at most the window, "
                f"so that every pixel is covered; got a window of {window} and a stride of {stride}"
            )
        boxes = torch.cartesian_prod(corners(height, window, stride), corners(width, window, stride))
        return Windows(boxes.to(images.device), window, (height, width))


@dataclass(frozen=True, eq=False)
class Windows:
    """Masks that hide one window each. ``boxes``: where each begins (top, left); ``window``: its side in pixels."""

    boxes: Tensor
    window: int
    size: tuple[int, int]

    def __call__(self, _pictures: Tensor, samples: Tensor) -> Masks:
        """0 inside the window, 1 elsewhere."""
        inside = [
            (torch.arange(length, device=samples.device) - self.boxes[samples, axis, None]).div(
                self.window, rounding_mode="floor"
            )
            == 0
            for axis, length in enumerate(self.size)
        ]
        return 1 - (inside[0][:, None, :, None] & inside[1][:, None, None, :]).float()


def corners(length: int, window: int, stride: int) -> Tensor:
    """Where windows begin along one side: every ``stride``, and one that ends at the border."""
    return torch.tensor(sorted({*range(0, length - window + 1, stride), length - window}))
