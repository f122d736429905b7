"""captum's own methods: any class of captum.attr that explains a label, with its settings: IntegratedGradients(n_steps=20).

captum is given a network that takes pictures in [0, 1], one picture at a time, so that memory stays small and a map does
not depend on the pictures beside it. What a picture needs is filled in unless it is named: ``abs=False`` (captum's saliency
drops the sign), superpixels as the features of perturbation methods, a seventh of the picture as the window of Occlusion,
black, grey and white as the baselines of those that want several. ``baselines`` may be a word such as ``'blur'``, and
``layer`` a layer's name.

Maps of pixels are summed over the colours; those of perturbation methods are averaged, since a segment or a window takes all
colours away together. Maps of a layer are summed over its channels and enlarged.

Kokhlikyan et al., 2020, arXiv:2009.07896.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from whylight import perturb
from whylight.classifier import Access, Classifier
from whylight.errors import MethodError
from whylight.method import Evidence, Method
from whylight.methods.bridge._call import arguments, find_class, read_call, share_out, takes_away
from whylight.methods.bridge._task import Task
from whylight.methods.cam._features import hooked
from whylight.types import Images, Targets

READS_CHANNELS_FIRST = ("LayerGradCam", "GuidedGradCam")
NEEDS_RELU_LAYERS = ("GuidedBackprop", "Deconvolution", "GuidedGradCam")


@dataclass(frozen=True)
class Captum(Method):
    """``call``: the class and its settings, all plain values. ``seed``: for the classes that draw random numbers."""

    call: str = "IntegratedGradients()"
    seed: int = 0

    needs: ClassVar[Access] = Access.GRADIENTS

    def __post_init__(self) -> None:
        read_call(self.call)

    @property
    def access_needed(self) -> Access:
        """Features for the classes that look at a layer, outputs for those that only take pixels away, else gradients."""
        from_class = find_class(read_call(self.call).name)
        if "layer" in arguments(from_class.__init__):
            return Access.FEATURES
        return Access.OUTPUTS if takes_away(from_class) else Access.GRADIENTS

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """As many passes as captum makes. ``completeness`` is given where captum knows its residual for a picture.

        Raises MethodError for an unknown class or setting, and when captum cannot explain this classifier.
        """
        call = read_call(self.call)
        found = find_class(call.name)
        making, asking = share_out(call.name, found, call.settings)
        check_network(call.name, classifier)
        task = Task(classifier, call.name, found, making, asking, self.seed)
        if call.name in READS_CHANNELS_FIRST:
            check_layer(call.name, classifier, making.get("layer"), images[:1])
        maps, residuals = [], []
        for number in range(len(images)):
            one = slice(number, number + 1)
            found_map, residual = task.explain(images[one], targets[one])
            maps.append(found_map)
            residuals.append(residual)
            progress = perturb.current_execution().progress
            if progress is not None:
                progress(number + 1, len(images))
        known = [residual for residual in residuals if residual is not None]
        return Evidence(torch.cat(maps), {"completeness": torch.cat(known)} if known else {})


def check_network(name: str, classifier: Classifier) -> None:
    """Raises MethodError where captum would give the plain gradient without a word, ModelError in training mode."""
    classifier.check_mode()
    parts = () if classifier.module is None else classifier.module.modules()
    if name in NEEDS_RELU_LAYERS and not any(isinstance(part, nn.ReLU) for part in parts):
        raise MethodError(
            f"captum's {name} changes the gradient of ReLU layers, and {classifier.name} has none: "
            "the map would be the plain gradient, which saliency gives"
        )


def check_layer(name: str, classifier: Classifier, layer: str | None, image: Images) -> None:
    """Raises MethodError when a layer's channels are not its second axis, which captum takes for granted."""
    outputs: list[object] = []
    with hooked(lambda _module, _inputs, output: outputs.append(output), classifier.submodule(layer)):
        classifier.logits(image)
    for output in outputs:
        if not isinstance(output, Tensor) or classifier.to_grid(output).shape != output.shape:
            raise MethodError(
                f"captum's {name} takes a layer's second axis for its channels, which it is not in {classifier.name}; "
                "grad_cam reads such layers"
            )
