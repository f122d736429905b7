"""The verb ``explain`` and its result, which every later stage reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import TargetError
from whylight.method import Evidence, Method
from whylight.types import Images, Maps, Targets
from whylight.verdict import Verdict, judge


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why ``classifier`` sees ``targets`` in ``images``, according to ``method``; it has a length and can be sliced.

    ``forward`` and ``backward`` are the passes that one picture's map cost, without the verdict; ``precision_error`` is
    the largest difference in probability that reduced precision made (0 when it was not used).
    """

    classifier: Classifier
    method: Method
    images: Images
    targets: Targets
    evidence: Evidence
    verdict: Verdict
    forward: float = 0.0
    backward: float = 0.0
    precision_error: float = 0.0

    @property
    def maps(self) -> Maps:
        """Signed evidence at the classifier's input size."""
        return self.evidence.maps

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, chosen: slice) -> "Explanation":
        details = {name: numbers[chosen] for name, numbers in self.evidence.details.items()}
        perturbed = None if self.evidence.perturbed is None else self.evidence.perturbed[chosen]
        evidence = Evidence(self.maps[chosen], details, perturbed)
        cost = (self.forward, self.backward, self.precision_error)
        parts = (self.images[chosen], self.targets[chosen], evidence, self.verdict[chosen])
        return Explanation(self.classifier, self.method, *parts, *cost)


def explain(
    classifier: Classifier, method: Method, images: Images, targets: Targets | Sequence[int] | int | None = None
) -> Explanation:
    """Explain a batch of pictures.

    ``images``: (batch, channel, height, width) in [0, 1] at the classifier's input size. ``targets``: the label index of
    each picture, one for all, or None for each picture's most probable label.

    Raises MethodError when the classifier does not give what the method needs, ModelError when its answers cannot be
    used, TargetError for a label index that it does not have.
    """
    method.check_access(classifier)
    with torch.inference_mode(mode=False):
        # tensors from a caller's inference mode cannot take part in gradients, copies of them can
        images = images.clone() if images.is_inference() else images
        images = images.to(classifier.device)
        chosen = choose_targets(classifier, images, targets)
        with perturb.metered() as meter:
            evidence = method(classifier, images, chosen)
        verdict = judge(classifier, images, chosen, evidence)
    each = max(1, len(images))
    cost = (meter.forward / each, meter.backward / each, meter.precision_error)
    return Explanation(classifier, method, images, chosen, evidence, verdict, *cost)


def choose_targets(
    classifier: Classifier, images: Images, targets: Targets | Sequence[int] | int | None = None
) -> Targets:
    """One label index a picture, checked; None asks the classifier for its most probable one."""
    logits = classifier.logits(images)
    if targets is None:
        return logits.argmax(dim=1)
    given = torch.as_tensor(targets, device=images.device)
    chosen = given.expand(len(images)) if given.ndim == 0 else given
    if chosen.shape != (len(images),) or chosen.is_floating_point():
        raise TargetError(f"expected one label index for each of {len(images)} pictures; got {targets!r}")
    known = len(classifier.labels)
    if bool(((chosen < 0) | (chosen >= known)).any()):
        raise TargetError(f"{classifier.name} has labels 0 to {known - 1}; got {chosen.tolist()}")
    return chosen.long().clone()
