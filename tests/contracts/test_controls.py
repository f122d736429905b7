"""What every control owes, run over every file in ``controls/``: it is a method that asks the classifier nothing."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import torch
from torch import Tensor, nn

from whylight import registry
from whylight.classifier import Access, Classifier
from whylight.explanation import explain
from whylight.method import Method
from whylight.types import Images


@pytest.fixture(params=registry.names("controls"))
def control(request: pytest.FixtureRequest) -> Method:
    made = registry.read("controls", request.param)
    assert isinstance(made, Method)
    return made


def refuse(images: Images) -> Tensor:
    raise AssertionError("a control asks nothing")


def test_maps_are_finite_and_say_something(
    control: Method, convolution: Classifier, images: Images, targets: Tensor
) -> None:
    evidence = control(convolution, images, targets)
    assert evidence.maps.shape == (3, 32, 32)
    assert evidence.maps.dtype == torch.float32
    assert evidence.maps.isfinite().all()
    assert (evidence.maps.std(dim=(1, 2)) > 0).all()


def test_the_classifier_is_not_asked(control: Method, images: Images, targets: Tensor) -> None:
    silent = Classifier("silent", tuple("abcde"), refuse)
    assert control.access_needed == Access.OUTPUTS
    first, second = control(silent, images, targets).maps, control(silent, images, (targets + 1) % 5).maps
    assert torch.equal(first, second)


def test_a_black_box_is_explained_with_a_verdict(control: Method, black_box: Classifier, images: Images) -> None:
    explanation = explain(black_box, control, images)
    assert explanation.forward == 0
    assert len(explanation.verdict.flags) == 3


def test_neither_the_batch_nor_the_random_state_matters(
    control: Method,
    convolution: Classifier,
    images: Images,
    targets: Tensor,
    left_alone: Callable[[nn.Module], AbstractContextManager[None]],
) -> None:
    assert convolution.module is not None
    with left_alone(convolution.module):
        together = control(convolution, images, targets).maps
    torch.manual_seed(12345)
    for number in range(3):
        one = slice(number, number + 1)
        assert torch.allclose(control(convolution, images[one], targets[one]).maps, together[one], atol=1e-6)


def test_grey_pictures_of_any_shape_are_explained(control: Method) -> None:
    silent = Classifier("silent", ("a", "b"), refuse)
    maps = control(silent, torch.rand(2, 1, 24, 40), torch.tensor([0, 1])).maps
    assert maps.shape == (2, 24, 40)
    assert maps.isfinite().all()


def test_it_can_be_written_as_plain_data_and_read_again(control: Method) -> None:
    plain = json.loads(json.dumps(registry.describe(control)))
    assert registry.build("controls", plain) == control
    assert hash(registry.build("controls", plain)) == hash(control)
