"""Partial passes: a classifier cut open behind one layer, so that only what follows runs for each version of its output.

Every network can be cut, whatever its code: what came before is not run again, since its modules hand out what they gave
in one whole pass. Nothing is taken on trust. For each picture the layer's own output must lead to the logits of the whole
pass, and for the first one another output must lead where it leads in a whole pass; otherwise a dearer way is taken, in
the end whole passes. ``Cut.partial`` says which it was.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import LayerError, ModelError
from whylight.partial._recording import Recording, record
from whylight.partial._replay import PARTIAL, Way, replay
from whylight.types import Images, Logits

TOLERANCE = 1e-4
"""The largest difference that rounding may make (see ``gap``), where the network's own is not larger."""
OWN_ROUNDING = 4.0
"""How many times the difference may be what one picture and two pictures at once differ by in whole passes, which is much
in half precision and in TF32."""
SAME = 0.05
"""A picture's logits that differ by more from pass to pass are another answer."""
NEAR_ZERO = 0.1
"""Logits that are all smaller than this count as this large: near 0 no rounding is small beside them."""


@dataclass(frozen=True, eq=False)
class Cut:
    """A classifier cut open behind a layer, for one picture. ``way``: how what came before is left out."""

    classifier: Classifier
    image: Images
    recording: Recording
    way: Way

    @property
    def output(self) -> Tensor:
        """What the layer gave, (1, …)."""
        return self.recording.output

    @property
    def logits(self) -> Logits:
        """Of the whole pass, in float32, (1, label)."""
        return self.recording.logits

    @property
    def partial(self) -> bool:
        """Whether only what follows the layer is run."""
        return self.way != "whole"

    @property
    def at_once(self) -> int:
        """How many versions go through in one pass: as many as need no more room than a batch of whole pictures."""
        size = perturb.batch_size_for(self.image)
        if not self.partial:
            return size
        entrance = self.image.numel() if self.way == "repeated" else 1
        return min(perturb.MOST_AT_ONCE, size * self.recording.widest // max(self.recording.behind, entrance))

    def __call__(self, versions: Tensor) -> Logits:
        """The checked logits for each version of the layer's output, (version, …), in the precision that is set.

        Each version counts as a pass. Versions may be written over; gradients reach them where those are on.
        """
        return self.classifier.check_logits(self._run(versions, exact=not perturb.is_reduced()))

    def slopes(self, versions: Tensor, target: int) -> Tensor:
        """What the target's logit gains from more of each number of each version, (version, …); versions are kept.

        Raises LayerError when the logit does not depend on them.
        """
        perturb.count_passes(backward=len(versions))
        with torch.inference_mode(mode=False), torch.enable_grad():
            leaf = versions.detach().requires_grad_()
            logits = self(leaf.clone())[:, target]
            (gradients,) = torch.autograd.grad(logits.sum(), leaf, allow_unused=True)
        if gradients is None:
            raise LayerError(f"no logit of {self.classifier.name} depends on the output of its layer")
        return gradients

    def tried(self) -> Logits | None:
        """Where the layer's output leads in float32, and half of it from end to beginning, which nothing in the network
        fits: (2, label). None where the way leads nowhere."""
        other = self.output.flatten().flip(0).reshape(self.output.shape) / 2
        try:
            return self._run(torch.cat([self.output, other]), exact=True)
        except ModelError:
            return None

    def _run(self, versions: Tensor, *, exact: bool) -> Logits:
        def predict(images: Images) -> Logits:
            return replay(self.classifier.predict, images, self.recording, versions, self.way)

        perturb.count_passes(forward=len(versions))
        images = self.image.expand(len(versions), *self.image.shape[1:])
        with self.classifier.explained_failures(images), torch.inference_mode(mode=False):
            return predict(images) if exact else perturb.in_precision(predict, images)


class PartialPasses:
    """Cuts a classifier open behind ``layer``, its own unless it is named, for one picture after another."""

    def __init__(self, classifier: Classifier, layer: str | None = None) -> None:
        self._classifier, self._name = classifier, layer or classifier.layer or ""
        self._layer = classifier.submodule(layer)
        self._first: Recording | None = None
        self._way: Way | None = None
        self._tolerance = TOLERANCE

    def at(self, image: Images) -> Cut:
        """The cut for one picture, (1, channel, height, width): a whole pass and two versions of what follows; for the first
        picture two more whole passes.

        Raises LayerError when the layer is not reached or gives no tensor, ModelError when the network's answers change
        from call to call.
        """
        self._classifier.check_mode()
        image = image.contiguous(memory_format=torch.channels_last)
        with torch.inference_mode(mode=False), torch.no_grad():
            cut = self._cut(image, self._record(image))
            self._way = cut.way
            if perturb.is_reduced():
                perturb.note_precision_error(cut(cut.output.clone()), cut.logits)
        return cut

    def _record(self, image: Images) -> Recording:
        """The whole pass; behind the first one only those modules are looked at whose output is wanted."""
        assert self._classifier.module is not None, "submodule has refused this"
        seen: Iterable[nn.Module] = self._classifier.module.modules() if self._first is None else self._first.modules
        perturb.count_passes(forward=1)
        with self._classifier.explained_failures(image):
            found = record(self._classifier.predict, image, self._layer, seen, self._name, self._first)
        self._classifier.check_logits(found.logits)
        self._first = self._first or found
        return found

    def _cut(self, image: Images, recording: Recording) -> Cut:
        """By the cheapest way that leads where whole passes lead."""
        cuts = {way: Cut(self._classifier, image, recording, way) for way in (*PARTIAL, "whole")}
        if self._way is not None and gap(cuts[self._way].tried(), recording.logits) <= self._tolerance:
            return cuts[self._way]
        wanted = cuts["whole"].tried()
        rounding = gap(wanted, recording.logits)
        if wanted is None or not rounding <= SAME:
            raise ModelError(f"{self._classifier.name} answers the same picture differently from call to call")
        self._tolerance = max(TOLERANCE, OWN_ROUNDING * rounding)
        return next((cuts[way] for way in PARTIAL if gap(cuts[way].tried(), wanted) <= self._tolerance), cuts["whole"])


def gap(found: Tensor | None, wanted: Tensor) -> float:
    """The largest difference of the first rows that were found, as many as are wanted, as a share of the largest logit."""
    if found is None or found.shape[1:] != wanted.shape[1:]:
        return math.inf
    differences, largest = (found[: len(wanted)] - wanted).abs().amax(), wanted.abs().amax()
    return float(differences / largest.clamp_min(NEAR_ZERO))
