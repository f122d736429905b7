"""What every method owes, run over every file in ``methods/``: a new one is tested before its author writes a test."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from whylight import perturb, registry
from whylight.classifier import Access, Classifier
from whylight.errors import MethodError, ModelError
from whylight.explanation import explain
from whylight.frame import Resizing
from whylight.method import Method
from whylight.types import Images, Maps, Targets

NEEDS_POOLED_FEATURES = {"cam"}
"""Methods that refuse the transformer, which does not average its features."""

TOLERANCE = 1e-3
"""How far maps that should be equal may be apart, as a share of the largest magnitude: rounding differs with the batch."""


def same(first: Maps, second: Maps) -> bool:
    largest = max(first.abs().max().item(), second.abs().max().item())
    return torch.allclose(first, second, rtol=0, atol=TOLERANCE * largest + 1e-9)


def test_maps_have_the_pictures_size_and_are_finite(
    method: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    evidence = method(convolution, images, targets)
    assert evidence.maps.shape == (3, 32, 32)
    assert evidence.maps.dtype == torch.float32
    assert not evidence.maps.requires_grad
    assert torch.isfinite(evidence.maps).all()
    assert evidence.maps.abs().max() > 0
    assert all(numbers.shape == (3,) for numbers in evidence.details.values())


def test_a_batch_is_as_good_as_single_pictures(
    method: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    together = method(convolution, images, targets)
    for number in range(3):
        alone = method(convolution, images[number : number + 1], targets[number : number + 1])
        assert same(together.maps[number], alone.maps[0])
        assert set(alone.details) == set(together.details)


def test_the_order_of_the_pictures_does_not_matter(
    method: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    forwards = method(convolution, images, targets).maps
    backwards = method(convolution, images.flip(0), targets.flip(0)).maps
    assert same(forwards, backwards.flip(0))


def test_the_batch_size_does_not_matter(
    method: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    usual = method(convolution, images, targets).maps
    with perturb.execution(perturb.Execution(batch_size=2)):
        small = method(convolution, images, targets).maps
    assert same(usual, small)


def test_the_same_seed_gives_the_same_map(
    method: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    first = method(convolution, images, targets).maps
    torch.manual_seed(12345)
    assert torch.equal(first, method(convolution, images, targets).maps)


OTHER_PROCESS = """
import json, sys, torch, traceback
from safetensors.torch import save_file
from whylight import registry
from whylight.classifier import Classifier
torch.set_num_threads(1)
network, layer, labels, images, targets = torch.load(sys.argv[1], weights_only=False)
classifier, maps = Classifier("convolution", labels, network, network, layer), {}
for name, plain in json.loads(sys.argv[2]).items():
    try:
        maps[name] = registry.build("methods", plain)(classifier, images, targets).maps.contiguous()
    except Exception:
        traceback.print_exc()
save_file(maps, sys.argv[3])
"""


@pytest.fixture(scope="module")
def elsewhere(
    tmp_path_factory: pytest.TempPathFactory, quick: dict[str, Method]
) -> Callable[[Classifier, Images, Targets], dict[str, Tensor]]:
    """The maps of all methods from another process, made once."""
    folder = tmp_path_factory.mktemp("elsewhere")
    given, made = folder / "given.pt", folder / "maps.safetensors"
    plain = json.dumps({name: registry.describe(method) for name, method in quick.items()})

    def run(classifier: Classifier, images: Images, targets: Targets) -> dict[str, Tensor]:
        if not made.exists():
            torch.save((classifier.module, classifier.layer, classifier.labels, images, targets), given)
            command = [sys.executable, "-c", OTHER_PROCESS, str(given), plain, str(made)]
            subprocess.run(command, check=True, timeout=120)  # noqa: S603  # our own words
        return load_file(made)

    return run


def test_another_process_gives_the_same_map(
    name: str,
    method: Method,
    convolution: Classifier,
    images: Images,
    targets: Tensor,
    elsewhere: Callable[[Classifier, Images, Targets], dict[str, Tensor]],
) -> None:
    here = method(convolution, images, targets).maps
    assert same(here, elsewhere(convolution, images, targets)[name])


def test_another_seed_gives_another_map(drawing: Any, convolution: Classifier, images: Images, targets: Tensor) -> None:
    if not hasattr(drawing, "seed"):
        pytest.skip("it draws nothing")
    first = drawing(convolution, images, targets).maps
    assert not same(first, replace(drawing, seed=drawing.seed + 1)(convolution, images, targets).maps)


def test_every_picture_gets_the_same_pattern(
    drawing: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    twice = torch.cat([images[:1], images[:1], images[1:]])
    maps = drawing(convolution, twice, torch.cat([targets[:1], targets[:1], targets[1:]])).maps
    assert same(maps[0], maps[1])


def test_a_constant_added_to_the_logits_changes_nothing(
    method: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    before = method(convolution, images, targets).maps
    assert convolution.module is not None
    with torch.no_grad():
        convolution.module.get_submodule("7").get_parameter("bias").add_(3)
    assert same(before, method(convolution, images, targets).maps)


def test_it_can_be_written_as_plain_data_and_read_again(name: str, method: Method) -> None:
    assert registry.name_of(method) == name
    plain = json.loads(json.dumps(registry.describe(method)))
    assert registry.build("methods", plain) == method
    assert registry.read("methods", name) == type(method)()
    assert hash(registry.build("methods", plain)) == hash(method)


def test_a_black_box_is_explained_or_refused_in_a_sentence(
    method: Method, black_box: Classifier, images: Images
) -> None:
    if method.access_needed == Access.OUTPUTS:
        assert torch.isfinite(explain(black_box, method, images).maps).all()
        return
    with pytest.raises(MethodError, match="black box that gives outputs only") as raised:
        explain(black_box, method, images)
    assert "\n" not in str(raised.value)


def test_frozen_networks_are_explained_alike(
    method: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    before = method(convolution, images, targets).maps
    assert convolution.module is not None
    convolution.module.requires_grad_(requires_grad=False)
    assert torch.equal(before, method(convolution, images, targets).maps)


def test_a_transformer_is_explained(
    name: str, method: Method, transformer: Classifier, images: Images, targets: Tensor
) -> None:
    if name in NEEDS_POOLED_FEATURES:
        with pytest.raises(MethodError, match="grad_cam and hires_cam"):
            method(transformer, images, targets)
    else:
        maps = method(transformer, images, targets).maps
        assert torch.isfinite(maps).all()
        assert maps.abs().max() > 0


def test_another_target_gets_another_map(
    method: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    others = (targets + 1) % len(convolution.labels)
    explanation = explain(convolution, method, images, others)
    assert torch.isfinite(explanation.maps).all()
    assert not torch.equal(explanation.maps, method(convolution, images, targets).maps)


@pytest.mark.parametrize("brightness", [0.0, 1e-6, 0.5, 1.0])
def test_an_even_picture_gives_no_nan(method: Method, convolution: Classifier, brightness: float) -> None:
    explanation = explain(convolution, method, torch.full((2, 3, 32, 32), brightness))
    assert torch.isfinite(explanation.maps).all()
    assert not any("non_finite" in flags for flags in explanation.verdict.flags)
    for known in ("completeness", "r2"):
        assert not torch.isinf(explanation.evidence.details.get(known, torch.zeros(2))).any()


def test_it_works_where_gradients_are_off(
    method: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    usual = method(convolution, images, targets).maps
    with torch.no_grad():
        assert torch.equal(usual, method(convolution, images, targets).maps)
    with torch.inference_mode():
        inside = explain(convolution, method, images.clone(), targets.clone())
    assert not inside.maps.is_inference()
    assert same(usual, inside.maps)


def test_training_mode_is_refused(method: Method, convolution: Classifier, images: Images, targets: Tensor) -> None:
    assert convolution.module is not None
    convolution.module.train()
    with pytest.raises(ModelError, match=r"in training mode.*call \.eval\(\)"):
        method(convolution, images, targets)


def test_grey_pictures_of_any_shape_are_explained(method: Method) -> None:
    torch.manual_seed(3)
    network = nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 8, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 3),
    ).eval()
    grey = Classifier("grey", ("x", "y", "z"), network, network, "4", resizing=Resizing((24, 40), None, channels=1))
    pictures = torch.rand(2, 1, 24, 40, generator=torch.Generator().manual_seed(1))
    explanation = explain(grey, method, pictures)
    assert explanation.maps.shape == (2, 24, 40)
    assert torch.isfinite(explanation.maps).all()
