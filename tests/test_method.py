from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from whylight.classifier import Access, Classifier
from whylight.errors import MethodError
from whylight.method import Evidence, Method
from whylight.types import Images, Targets


@dataclass(frozen=True)
class Outputs(Method):
    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        return Evidence(images.sum(dim=1))


@dataclass(frozen=True)
class Features(Outputs):
    needs: ClassVar[Access] = Access.FEATURES


@dataclass(frozen=True)
class Composed(Outputs):
    of: Method = field(default_factory=Outputs)
    samples: int = 3


def test_a_method_needs_outputs_unless_it_says_more() -> None:
    assert Outputs().access_needed == Access.OUTPUTS
    assert Features().access_needed == Access.FEATURES


def test_a_composed_method_needs_the_most_of_its_parts() -> None:
    assert Composed().access_needed == Access.OUTPUTS
    assert Composed(Composed(Features())).access_needed == Access.FEATURES


def test_a_torch_network_gives_everything(convolution: Classifier) -> None:
    Composed(Features()).check_access(convolution)


def test_a_black_box_is_refused_with_what_would_work(black_box: Classifier) -> None:
    Outputs().check_access(black_box)
    with pytest.raises(MethodError) as raised:
        Composed(Features()).check_access(black_box)
    assert str(raised.value) == (
        "Composed needs the features of a torch network, but black box is a black box that gives outputs only; methods "
        "that work on it: occlusion, rise, lime, kernel_shap"
    )


def test_methods_are_values() -> None:
    assert Composed(Features(), 4) == Composed(Features(), 4)
    assert hash(Composed(Features(), 4)) == hash(Composed(Features(), 4))
    assert Composed(Features()) != Composed(Outputs())
