"""pytorch-grad-cam's maps of the same classifier, for comparison."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.classifiers._torchvision import import_torchvision
from whylight.method import Method
from whylight.tensors import min_max
from whylight.types import Images, Maps, Targets

Rival = Callable[..., Maps]


class Display(nn.Module):
    """Pictures in [0, 1] in, logits out, times ``scale``; the layers can be found in it."""

    def __init__(self, classifier: Classifier, scale: float) -> None:
        super().__init__()
        self.network, self.scale, self.predict = classifier.module, scale, classifier.predict

    def forward(self, images: Tensor) -> Tensor:
        return self.predict(images) * self.scale


@pytest.fixture
def rival() -> Rival:
    """``rival("GradCAM", classifier, images, targets)``: its maps, which are cut at 0 and stretched to [0, 1]."""
    pytest.importorskip("torch")
    import_torchvision("the comparison")
    package = pytest.importorskip("pytorch_grad_cam")
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    def explain(
        name: str, classifier: Classifier, images: Images, targets: Targets, *, scale: float = 1, target: Any = None
    ) -> Maps:
        chosen = [(target or ClassifierOutputTarget)(int(label)) for label in targets]
        with getattr(package, name)(Display(classifier, scale).eval(), [classifier.submodule()]) as cam:
            pictures = images.clone().requires_grad_()  # it finds no gradients in a frozen network otherwise
            return torch.from_numpy(cam(pictures, chosen))

    return explain


@pytest.fixture
def stretched() -> Callable[[Method, Classifier, Images, Targets], Maps]:
    """Our maps in the rival's form."""

    def explain(method: Method, classifier: Classifier, images: Images, targets: Targets) -> Maps:
        assert getattr(method, "relu", False)
        return min_max(method(classifier, images, targets).maps)

    return explain


@pytest.fixture(params=["convolution", pytest.param("squeezenet1_1", marks=[pytest.mark.slow, pytest.mark.data])])
def compared(request: pytest.FixtureRequest, images: Images) -> tuple[Classifier, Images, Targets]:
    """The tiny network and a real one, with pictures and targets."""
    if request.param != "convolution":
        found: tuple[Classifier, Images, Targets] = request.getfixturevalue("real")(request.param)
        return found
    classifier: Classifier = request.getfixturevalue("convolution")
    return classifier, images, torch.tensor([0, 1, 3])
