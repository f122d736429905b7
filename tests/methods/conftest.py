"""Classifiers whose explanation is known beforehand, and real networks with real pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.classifiers import load
from whylight.frame import Resizing
from whylight.types import Images, Targets

Real = tuple[Classifier, Images, Targets]


@pytest.fixture
def linear() -> Classifier:
    """Logits that are a weighted sum of the pixels, with weights of both signs."""
    torch.manual_seed(5)
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4)).eval()
    return Classifier("linear", ("a", "b", "c", "d"), network, network, resizing=Resizing((8, 8), None))


@pytest.fixture
def weights(linear: Classifier) -> Callable[[Targets], Tensor]:
    """Each pixel's weight for each picture's target, as (batch, channel, height, width)."""
    assert linear.module is not None
    matrix = linear.module.get_submodule("1").get_parameter("weight").detach()
    return lambda targets: matrix[targets].reshape(-1, 3, 8, 8)


@pytest.fixture
def small_images() -> Images:
    """Three random pictures of 8 × 8 pixels."""
    return torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(2))


@pytest.fixture(scope="session")
def real(data_root: Path) -> Callable[[str], Real]:
    """A torchvision network of that name with real weights, two real pictures and its most probable labels for them."""
    files = {"mobilenet_v2": "mobilenet_v2.imagenet1k_tfsame", "squeezenet1_1": "squeezenet1_1.imagenet1k"}
    paths = sorted(path for path in (data_root / "imagenet" / "val").glob("*/*") if path.is_file())

    def make(name: str) -> Real:
        classifier = load(f"torchvision:{name},weights={data_root / 'models' / files[name]}.safetensors")
        images = torch.stack([classifier.fit(Image.open(path))[0] for path in (paths[20], paths[400])])
        return classifier, images, classifier.logits(images).argmax(dim=1)

    return make


def close(found: Tensor, expected: Any, tolerance: float) -> None:
    """Fails unless the largest difference is within ``tolerance`` of the largest expected magnitude."""
    expected = torch.as_tensor(expected).to(found)
    assert found.shape == expected.shape
    assert (found - expected).abs().max() <= tolerance * expected.abs().max(), (found - expected).abs().max()


@pytest.fixture(name="close")
def close_fixture() -> Callable[[Tensor, Any, float], None]:
    return close
