"""A network in ONNX Runtime answers as it does in torch: to rounding in float32, within the known bound in 8-bit numbers."""

import sys
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from whylight import perturb
from whylight.classifier import Access, Classifier
from whylight.errors import MissingExtraError, ModelError
from whylight.frame import Resizing
from whylight.precision.calibration import variants
from whylight.precision.runtime import in_runtime
from whylight.types import Images

from .conftest import needs_runtime

pytestmark = needs_runtime


class Attentive(nn.Module):
    """Attention between the rows of pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.attention, self.head = nn.MultiheadAttention(96, 2, batch_first=True), nn.Linear(96, 5)

    def forward(self, images: Tensor) -> Tensor:
        rows = images.transpose(1, 2).flatten(2)
        answer: Tensor = self.head(self.attention(rows, rows, rows, need_weights=False)[0].mean(dim=1))
        return answer


@pytest.mark.parametrize("attentive", [False, True])
def test_compiled_answers_are_torch_s_for_any_number_of_pictures(
    attentive: bool, convolution: Classifier, images: Images
) -> None:
    network = Attentive().eval()
    exact = replace(convolution, predict=network, module=network) if attentive else convolution
    quick = in_runtime(exact, images, "compiled")
    assert (quick.access, quick.name, quick.labels, quick.resizing) == (
        Access.OUTPUTS, exact.name, exact.labels, exact.resizing
    )  # fmt: skip
    for count in (1, 2, 3):
        assert torch.allclose(quick.logits(images[:count]), exact.logits(images[:count]), atol=1e-5, rtol=1e-5)


def test_the_network_is_left_as_it_was(convolution: Classifier, images: Images) -> None:
    assert convolution.module is not None
    before = {name: value.clone() for name, value in convolution.module.state_dict().items()}
    in_runtime(convolution, images, "int8")
    assert all(torch.equal(value, before[name]) for name, value in convolution.module.state_dict().items())
    assert not any(module.training or module._forward_hooks for module in convolution.module.modules())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in convolution.module.parameters())


class Weighed(nn.Module):
    """Each label is a sum of pixels: logit_k = Σ w_k x."""

    def __init__(self, pixels: int) -> None:
        super().__init__()
        self.weigh = nn.Linear(pixels, 3, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        answer: Tensor = self.weigh(images.flatten(1))
        return answer


def test_8_bit_answers_keep_the_bound_of_rounding(images: Images) -> None:
    """Numbers x and their sum move by half a step of 255 between their extremes, w by half a step of 127 to its extreme."""
    small = images[..., ::8, ::8]
    network = Weighed(small[0].numel()).eval()
    exact = Classifier("weighed", ("a", "b", "c"), network, network, resizing=Resizing((4, 4), None))
    quick = in_runtime(exact, small, "int8")
    weight, pixels = network.weigh.weight.detach(), small.flatten(1)
    answers = network(variants(small)).detach()
    step_x, step_w = 1 / 255, weight.abs().max() / 127  # pictures cover [0, 1]: white and black are among the variants
    step_y = (answers.max().clamp_min(0) - answers.min().clamp_max(0)) / 255
    bound = weight.abs().sum(dim=1) * step_x / 2 + (pixels + step_x / 2).sum(dim=1, keepdim=True) * step_w / 2 + step_y
    off = (quick.logits(small) - exact.logits(small)).abs()
    assert (off <= bound).all()
    assert off.max() > 0


def test_8_bit_answers_depend_on_their_own_picture_only(convolution: Classifier, images: Images) -> None:
    quick = in_runtime(convolution, images, "int8")
    alone = torch.cat([quick.logits(each[None]) for each in images])
    assert torch.equal(alone, quick.logits(images))
    assert torch.equal(alone, in_runtime(convolution, images, "int8").logits(images))  # made again


def test_the_error_of_the_first_pictures_is_recorded_once(convolution: Classifier, images: Images) -> None:
    quick = in_runtime(convolution, images, "int8")
    with perturb.metered() as meter:
        off = (quick.probabilities(images) - convolution.probabilities(images)).abs().max()
        assert meter.precision_error == pytest.approx(float(off), rel=1e-4)
        assert meter.forward == 3 * len(images)  # in both, and torch's own
        quick.logits(images)
    assert meter.forward == 4 * len(images)


def test_a_black_box_is_refused(black_box: Classifier, images: Images) -> None:
    with pytest.raises(
        ModelError, match=r"black box is a black box, so there is no torch network .* --precision float32"
    ):
        in_runtime(black_box, images, "int8")


def test_a_network_in_training_mode_is_refused(convolution: Classifier, images: Images) -> None:
    assert convolution.module is not None
    convolution.module.train()
    with pytest.raises(ModelError, match="is in training mode"):
        in_runtime(convolution, images, "compiled")


def test_an_accelerator_is_refused(convolution: Classifier, images: Images) -> None:
    assert convolution.module is not None
    with pytest.raises(ModelError, match="int8 passes run on the processor only, and convolution is on meta"):
        in_runtime(replace(convolution, module=convolution.module.to("meta")), images, "int8")


class Turning(nn.Module):
    """Another answer where nothing is bright, chosen in Python, which a trace does not see."""

    def forward(self, images: Tensor) -> Tensor:
        mean = images.mean(dim=(2, 3))
        return torch.mul(mean, 9.0 if float(images.max()) > 0.75 else -9.0)


def test_a_network_that_a_trace_does_not_show_is_refused(images: Images) -> None:
    network = Turning().eval()
    turning = Classifier("turning", ("a", "b", "c"), network, network, resizing=Resizing((32, 32), None))
    with pytest.raises(ModelError, match=r"turning answers otherwise as an ONNX file .*more than a trace of one pass"):
        in_runtime(turning, images / 2, "compiled")


class Inexpressible(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        answer: Tensor = torch.linalg.eigvals(images.mean(dim=1)).real
        return answer


def test_a_network_that_cannot_be_written_is_refused(images: Images) -> None:
    network = Inexpressible().eval()
    names = tuple(str(number) for number in range(32))
    classifier = Classifier("odd", names, network, network, resizing=Resizing((32, 32), None))
    with pytest.raises(ModelError, match=r"odd cannot be written as an ONNX file .*use --precision float32"):
        in_runtime(classifier, images, "compiled")


def test_a_network_that_counts_pictures_in_python_is_asked_one_by_one(transformer: Classifier, images: Images) -> None:
    for route, most in (("compiled", 1e-5), ("int8", 0.05)):
        quick = in_runtime(transformer, images, route)  # type: ignore[arg-type]  # of the line above
        assert torch.allclose(quick.probabilities(images), transformer.probabilities(images), atol=most, rtol=0)


@pytest.mark.parametrize(("gone", "route"), [("onnxruntime", "compiled"), ("onnx", "int8")])
def test_a_missing_package_is_named(
    gone: str, route: str, convolution: Classifier, images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, gone, None)
    with pytest.raises(MissingExtraError, match=rf"{gone}, which is not installed; `pip install 'whylight\[onnx\]'`"):
        in_runtime(convolution, images, route)  # type: ignore[arg-type]  # of the table above
