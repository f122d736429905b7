"""What blurring other regions of the same size would have won: the evidence that a mask's pixels matter.

Every region is exactly as large as the mask's marked pixels (1 - M' above 0.6; at least one pixel), and is replaced by the
same blur. ``own``: the mask itself, cut to its strongest pixels, so that a soft mask has no advantage.
"""

import torch

from whylight import perturb, registry
from whylight.classifier import Classifier
from whylight.masking import mix, paper_blur
from whylight.method import Evidence
from whylight.tensors import flat, generator, target_output
from whylight.types import Images, Maps, Masks, Scores, Targets
from whylight.verdict import shifted


def equal_area(classifier: Classifier, images: Images, targets: Targets, evidence: Evidence) -> dict[str, Scores]:
    """φ / 100 of each kind of region, one number a picture."""
    fills = paper_blur(images)
    share = evidence.details["area"]
    own = region(-evidence.maps, share)
    regions = {
        "own": own,
        "same_shape": shifted(own, 1)[0],
        "random": region(torch.rand(images.shape[-2:], generator=generator(0, 7)).expand(len(images), -1, -1), share),
        "runner_up": region(_runner_up_map(classifier, images, targets), share),
        "saliency": region(-registry.read("methods", "saliency")(classifier, images, targets).maps, share),
    }
    before = classifier.probabilities(images).gather(1, targets[:, None])[:, 0]
    gains: dict[str, Scores] = {}
    for name, taken in regions.items():
        after = torch.cat(
            [
                target_output(
                    perturb.forward(classifier.predict, mix(images[i : i + 8], fills[i : i + 8], keep)), target
                )
                for i, keep, target in ((i, 1 - taken[i : i + 8], targets[i : i + 8]) for i in range(0, len(images), 8))
            ]
        )
        gains[f"gain_{name}"] = (after - before) / (1 - before).clamp_min(1e-6)
    return gains


def region(maps: Maps, share: Scores) -> Masks:
    """1 on each picture's largest values, as many as its share of the pixels."""
    values = flat(maps)
    ranks = values.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    count = (share * values.shape[1]).round().clamp_min(1)
    return (ranks < count[:, None]).float().reshape(len(maps), 1, *maps.shape[-2:])


def _runner_up_map(classifier: Classifier, images: Images, targets: Targets) -> Maps:
    """Grad-CAM of the most probable label but the target's: where the evidence for it is."""
    others = classifier.logits(images).scatter(1, targets[:, None], -torch.inf)
    maps: Maps = registry.read("methods", "grad_cam")(classifier, images, others.argmax(dim=1)).maps
    return maps
