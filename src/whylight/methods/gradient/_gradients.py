"""What the gradient methods share: the gradient of each picture's target logit with respect to its pixels.

All of them explain the logit: a probability's gradient vanishes where the classifier is sure.
"""

from collections.abc import Callable, Iterator

import torch

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.tensors import pick
from whylight.types import Images, Logits, Scores, Targets


def stream_logit_gradients(
    classifier: Classifier, make: Callable[[int, int], Images], targets: Targets
) -> Iterator[tuple[int, int, Images]]:
    """(start, stop, ∂logit/∂pixels) for the pictures that ``make(start, stop)`` gives, in batches that fit into memory.

    ``targets``: one label a picture. Raises MethodError when the logits do not depend on the picture, ModelError when
    the classifier's answers cannot be used.
    """

    def objective(logits: Logits, start: int, stop: int) -> Scores:
        if not logits.requires_grad:
            raise MethodError(
                f"{classifier.name} gives no gradients: its logits are not computed by torch from the picture; "
                "occlusion, rise, lime and kernel_shap need none"
            )
        return pick(classifier.check_logits(logits), targets[start:stop])

    if len(targets) == 0:
        return
    classifier.check_mode()
    with classifier.explained_failures(make(0, 1)):
        stream = perturb.stream_gradients(classifier.predict, make, len(targets), objective)
        for start, stop, gradients, _ in stream:
            yield start, stop, gradients


def logit_gradients(classifier: Classifier, images: Images, targets: Targets) -> Images:
    """∂logit/∂pixels of each picture."""
    parts = stream_logit_gradients(classifier, lambda start, stop: images[start:stop], targets)
    return torch.cat([gradients for _, _, gradients in parts])
