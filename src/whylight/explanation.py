"""The verb ``explain`` and its result, which every later stage reads."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError, ModelError, PictureError, TargetError
from whylight.method import Evidence, Method
from whylight.types import Images, Maps, Targets
from whylight.verdict import Verdict, judge

ROUNDING = 1e-3
"""How far resizing may carry a pixel beyond [0, 1]."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why ``classifier`` sees ``targets`` in ``images``, according to ``method``; it has a length and can be sliced.

    ``forward`` and ``backward`` are the passes that one picture's map cost, ``seconds`` its share of the time, without the
    verdict's; ``precision_error`` is the largest difference in probability that reduced precision made (0 without it).
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
    seconds: float = 0.0

    @property
    def maps(self) -> Maps:
        """Signed evidence at the classifier's input size."""
        return self.evidence.maps

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, chosen: slice) -> "Explanation":
        cost = (self.forward, self.backward, self.precision_error, self.seconds)
        parts = (self.images[chosen], self.targets[chosen], self.evidence[chosen], self.verdict[chosen])
        return Explanation(self.classifier, self.method, *parts, *cost)


def explain(
    classifier: Classifier,
    method: Method,
    images: Images,
    targets: Targets | Sequence[int] | Sequence[str] | int | str | None = None,
) -> Explanation:
    """Explain a batch of pictures.

    ``images``: (batch, channel, height, width) in [0, 1] at a size that the classifier takes (``Classifier.fit`` gives
    it). ``targets``: the label of each picture by index or name, one for all, or None for each picture's most probable
    label.

    Raises MethodError when the classifier does not give what the method needs, PictureError for pictures of another form,
    ModelError when the classifier's answers cannot be used, TargetError for a label that it does not have.
    """
    check_classifier(classifier)
    check_method(method)
    method.check_access(classifier)
    with torch.inference_mode(mode=False):
        images = check_images(images)
        # tensors from a caller's inference mode cannot take part in gradients, copies of them can
        images = images.clone() if images.is_inference() else images
        images = images.to(classifier.device)
        chosen = choose_targets(classifier, images, targets)
        began = time.perf_counter()
        with perturb.metered() as meter:
            evidence = method(classifier, images, chosen)
        seconds = time.perf_counter() - began
        verdict = judge(classifier, images, chosen, evidence)
    each = max(1, len(images))
    cost = (meter.forward / each, meter.backward / each, meter.precision_error, seconds / each)
    return Explanation(classifier, method, images, chosen, evidence, verdict, *cost)


def check_classifier(classifier: object) -> None:
    """Raises ModelError for anything but a classifier, such as a bare network."""
    if not isinstance(classifier, Classifier):
        raise ModelError(
            f"expected a classifier; got {type(classifier).__name__}; whylight.from_module wraps a torch network, "
            "whylight.from_function anything else that can be called, and whylight.load reads one by its name"
        )


def check_method(method: object) -> None:
    """Raises MethodError for anything but a method, such as its description."""
    if not isinstance(method, Method):
        hint = f"; whylight.read_method({method!r}) makes one" if isinstance(method, str) else ""
        raise MethodError(f"expected a method; got {type(method).__name__}{hint}")


def check_images(images: object) -> Images:
    """The same pictures; raises PictureError unless they are a batch of at least one, as floats in [0, 1]."""
    wanted = "expected pictures as a float tensor (batch, channel, height, width) in [0, 1]"
    if not isinstance(images, Tensor):
        raise PictureError(
            f"{wanted}; got {type(images).__name__}; Classifier.fit turns a PIL picture into one of them"
        )
    if images.ndim != 4 or not images.is_floating_point() or images.numel() == 0:
        raise PictureError(f"{wanted}; got {str(images.dtype).removeprefix('torch.')} of shape {tuple(images.shape)}")
    low, high = (float(edge) for edge in images.detach().aminmax())
    if not (low >= -ROUNDING and high <= 1 + ROUNDING):
        raise PictureError(
            f"{wanted}; got values from {low:.4g} to {high:.4g}; divide bytes by 255, and leave normalisation to the "
            "classifier"
        )
    return images


def choose_targets(
    classifier: Classifier,
    images: Images,
    targets: Targets | Sequence[int] | Sequence[str] | int | str | None = None,
) -> Targets:
    """One label index a picture, checked; None asks the classifier for its most probable one."""
    logits = classifier.logits(images)
    if targets is None:
        return logits.argmax(dim=1)
    chosen = read_targets(classifier, targets).to(images.device)
    chosen = chosen.expand(len(images)) if chosen.ndim == 0 else chosen
    kind = chosen.dtype
    if chosen.shape != (len(images),) or kind.is_floating_point or kind.is_complex or kind == torch.bool:
        raise TargetError(f"expected one label index for each of {len(images)} pictures; got {targets!r}")
    known = len(classifier.labels)
    if bool(((chosen < 0) | (chosen >= known)).any()):
        raise TargetError(f"{classifier.name} has labels 0 to {known - 1}; got {chosen.tolist()}")
    return chosen.long().clone()


def read_targets(classifier: Classifier, targets: object) -> Tensor:
    """Indices and names, one or several, as a tensor of numbers; a name must be one label's whole name.

    Raises TargetError for a name that fits no label or several, and for what is neither an index nor a name.
    """
    if isinstance(targets, str):
        return torch.tensor(_index_of(classifier, targets))
    if isinstance(targets, Sequence):
        targets = [_index_of(classifier, each) if isinstance(each, str) else each for each in targets]
    try:
        return torch.as_tensor(targets)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TargetError(
            f"expected a label's index or name, or one for each picture; got {type(targets).__name__} {targets!r}"
        ) from error


def _index_of(classifier: Classifier, name: str) -> int:
    hits = [index for index, label in enumerate(classifier.labels) if label == name]
    if len(hits) != 1:
        raise TargetError(f"{classifier.name} has {len(hits) or 'no'} labels named {name!r}; give the index of one")
    return hits[0]
