"""SVMs on averaged features: `cam` is exact where the head is linear, `kernel_cam` follows the slope where it is not."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.methods.cam._head import find_head
from whylight.methods.cam.cam import CAM
from whylight.methods.cam.grad_cam import GradCAM
from whylight.methods.cam.kernel_cam import KernelCAM
from whylight.nets.pooled import Headed, Pooled
from whylight.nets.svm import SVM, Affine, KernelMachine, Standardised, UnitLength
from whylight.partial.passes import PartialPasses
from whylight.types import Images

TARGETS = torch.tensor([0, 1, 2])
LABELS = ("a", "b", "c")
WIDTH = 12
GRID = 16


def headed(convolution: Classifier, *stages: nn.Module, typical: Tensor | None = None) -> Classifier:
    """The convolution up to its layer, with another head."""
    assert convolution.module is not None
    features = Pooled(convolution.module, convolution.predict, "4", convolution.to_grid)
    network = Headed(features, SVM(*stages), torch.full((WIDTH,), 0.05) if typical is None else typical)
    network = network.eval().requires_grad_(requires_grad=False)
    return Classifier("svm", LABELS, network, network, "features.network.4", resizing=convolution.resizing)


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(len(shape) + sum(shape)), dtype=torch.float64)


def pooled(classifier: Classifier, images: Images) -> Tensor:
    return classifier.watch(images, TARGETS).features.mean(dim=(2, 3)).double()


def ways(method: KernelCAM, classifier: Classifier, images: Images) -> Tensor:
    """The coarse maps of the way, one picture at a time."""
    passes = PartialPasses(classifier)
    return torch.stack([method._way(passes.at(image[None]), target) for image, target in zip(images, TARGETS.tolist())])


def averages(maps: Tensor) -> Tensor:
    """The mean of a coarse map, from its enlargement: the bilinear one keeps it but for the borders."""
    return maps.double().mean(dim=(1, 2))


LINEAR = {
    "raw": [],
    "unit length": [UnitLength()],
}


@pytest.mark.parametrize("preparation", LINEAR)
def test_cam_and_the_intercept_are_the_decision_value(
    preparation: str, convolution: Classifier, images: Images
) -> None:
    weight, bias = drawn(3, WIDTH), drawn(3)
    svm = headed(convolution, *LINEAR[preparation], Affine(weight, bias))
    phi = pooled(svm, images)
    z = phi / phi.norm(dim=1, keepdim=True) if preparation == "unit length" else phi
    wanted = (z @ weight.T + bias).gather(1, TARGETS[:, None])[:, 0]
    head = find_head(svm, images, None)
    coarse = torch.einsum("n,nk,nkrc->nrc", head.scale, head.weight[TARGETS], head.features)
    found = coarse.double().mean(dim=(1, 2)) + bias[TARGETS]
    assert ((found - wanted).abs() <= 1e-5 * wanted.abs().max()).all()
    assert CAM()(svm, images, TARGETS).details["completeness"].max() < 1e-5


def test_the_slope_at_unit_length_counts_no_length(convolution: Classifier, images: Images) -> None:
    """It is (w - (w · z) z) / |φ| and lies across φ: its map is 0 on average."""
    weight = drawn(3, WIDTH)
    svm = headed(convolution, UnitLength(), Affine(weight, drawn(3)))
    watched = svm.watch(images, TARGETS)
    phi = pooled(svm, images)
    z = phi / phi.norm(dim=1, keepdim=True)
    own = weight[TARGETS]
    slope = (own - (own * z).sum(dim=1, keepdim=True) * z) / phi.norm(dim=1, keepdim=True)
    coarse = torch.einsum("nk,nkrc->nrc", slope, watched.features.double())
    assert torch.allclose(watched.gradients.sum(dim=(2, 3)).double(), slope, rtol=1e-4, atol=1e-5)
    assert coarse.mean(dim=(1, 2)).abs().max() < 1e-5 * coarse.abs().max()
    maps = GradCAM()(svm, images, TARGETS).maps.double() * GRID * GRID
    assert averages(maps).abs().max() < 0.05 * maps.abs().max()


def test_shifting_before_unit_length_is_no_cam(convolution: Classifier, images: Images) -> None:
    svm = headed(
        convolution, Standardised(drawn(WIDTH), drawn(WIDTH).abs()), UnitLength(), Affine(drawn(3, 12), drawn(3))
    )
    with pytest.raises(MethodError, match="CAM needs a network that averages"):
        CAM()(svm, images, TARGETS)


def test_a_linear_head_gives_cam(convolution: Classifier, images: Images) -> None:
    svm = headed(convolution, Affine(drawn(3, WIDTH), drawn(3)))
    evidence = KernelCAM()(svm, images, TARGETS)
    assert torch.allclose(evidence.maps, CAM()(svm, images, TARGETS).maps, atol=1e-5)
    assert evidence.details["slope_share"].min() >= 1 - 1e-4
    assert evidence.details["integrated"].max() == 0


KERNELS: dict[str, dict[str, Any]] = {
    "rbf": {"kernel": "rbf", "gamma": 3.0},
    "poly": {"kernel": "poly", "gamma": 0.7, "offset": 1.0, "degree": 3},
}


def machine(kernel: str, *, shift: float = 0.0) -> KernelMachine:
    return KernelMachine(
        support=drawn(7, WIDTH).abs() * 0.3 + shift, weight=drawn(3, 7), bias=drawn(3), **KERNELS[kernel]
    )


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_weights_are_difference_quotients(kernel: str, convolution: Classifier, images: Images) -> None:
    head = machine(kernel)
    svm = headed(convolution, head)
    phi, step, rows = pooled(svm, images), 1e-6, torch.arange(3)
    slopes = torch.stack(
        [
            (head(phi + move) - head(phi - move))[rows, TARGETS] / (2 * step)
            for move in torch.eye(WIDTH).double() * step
        ],
        dim=1,
    )
    features = svm.watch(images, TARGETS).features.double()
    expected = torch.einsum("nk,nkrc->nrc", slopes, features)
    expected = nn.functional.interpolate(expected[:, None], size=(32, 32), mode="bilinear")[:, 0]
    evidence = KernelCAM(least=0.0)(svm, images, TARGETS)
    assert (evidence.maps - expected).abs().max() < 1e-5 * expected.abs().max()
    assert torch.allclose(evidence.details["slope"].double(), slopes.norm(dim=1), rtol=1e-4)


def test_far_from_the_support_vectors_the_way_is_gone(convolution: Classifier, images: Images) -> None:
    """Features beyond the reach of an RBF kernel: the slope is next to 0, the way from the mean is not."""
    vectors = torch.full((1, WIDTH), 0.05, dtype=torch.float64)
    far = KernelMachine("rbf", vectors, torch.tensor([[1.0], [-1.0], [0.5]]), torch.zeros(3), gamma=2_000.0)
    svm = headed(convolution, far)
    evidence = KernelCAM(steps=64)(svm, images, TARGETS)
    assert evidence.details["integrated"].min() == 1
    assert evidence.details["slope_share"].max() < 0.1
    flat = KernelCAM(least=0.0)(svm, images, TARGETS)
    assert flat.maps.abs().max() < 1e-2 * evidence.maps.abs().max()
    change = svm.logits(images).gather(1, TARGETS[:, None])[:, 0].double() - torch.tensor([1.0, -1.0, 0.5])
    assert np.allclose(averages(evidence.maps), change, rtol=0.1)


def test_the_mean_of_the_ways_map_is_the_change(convolution: Classifier, images: Images) -> None:
    head = machine("rbf")
    start = torch.full((WIDTH,), 0.2)
    svm = headed(convolution, head, typical=start)
    method = KernelCAM(least=1e9)
    coarse = ways(method, svm, images)
    wanted = (head(pooled(svm, images)) - head(start.double()[None])).gather(1, TARGETS[:, None])[:, 0]
    assert np.allclose(coarse.double().mean(dim=(1, 2)), wanted, rtol=1e-4, atol=1e-5)
    assert method(svm, images, TARGETS).details["integrated"].min() == 1


def test_the_way_runs_only_what_follows_the_layer(convolution: Classifier, images: Images) -> None:
    svm, rows = headed(convolution, machine("rbf")), list[int]()
    assert convolution.module is not None
    first = convolution.module.get_submodule("0")
    own = first.forward

    def counted(given: Tensor) -> Tensor:
        rows.append(len(given))
        found: Tensor = own(given)
        return found

    vars(first)["forward"] = counted
    KernelCAM(least=1e9, steps=20)(svm, images, TARGETS)
    assert rows == [3, 3, 1, 2, 1, 1]  # both ends of the way; each picture's whole pass, and a check of the first


def test_tokens_begin_at_zero_or_at_the_mean(transformer: Classifier, images: Images) -> None:
    svm_features = Pooled(transformer.module or nn.Identity(), transformer.predict, "norm", transformer.to_grid)
    start = torch.full((WIDTH,), 0.3)
    network = Headed(svm_features, SVM(machine("rbf")), start).eval()
    svm = Classifier("svm", LABELS, network, network, "features.network.norm", transformer.to_grid)
    coarse = ways(KernelCAM(), svm, images)
    logits = svm.logits(images) - machine("rbf")(start.double()[None]).float()
    assert np.allclose(coarse.mean(dim=(1, 2)), logits.gather(1, TARGETS[:, None])[:, 0].detach(), atol=1e-3)


@pytest.mark.parametrize("settings", [{"steps": 0}, {"least": -1.0}, {"least": float("nan")}])
def test_settings_without_a_meaning_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(MethodError, match="at least 1 step and a least slope of at least 0"):
        KernelCAM(**settings)
