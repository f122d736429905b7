from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import torch

from whylight import perturb
from whylight.classifier import Access, Classifier
from whylight.errors import MethodError, ModelError, PictureError, TargetError
from whylight.explanation import check_classifier, check_images, check_method, choose_targets, explain, read_targets
from whylight.method import Evidence, Method
from whylight.types import Images, Targets


@dataclass(frozen=True)
class Brightness(Method):
    """A stand-in: the map is the picture's mean over the channels."""

    passes: int = 2

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        for _ in range(self.passes):
            classifier.logits(images)
        return Evidence(images.mean(dim=1), {"row": torch.arange(len(images)).float()})


@dataclass(frozen=True)
class Gradients(Method):
    """A stand-in that needs gradients."""

    needs: ClassVar[Access] = Access.GRADIENTS

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        return Evidence(images[:, 0])


def test_an_explanation_holds_what_every_later_stage_reads(convolution: Classifier, images: Images) -> None:
    explanation = explain(convolution, Brightness(), images)
    assert len(explanation) == 3
    assert explanation.method == Brightness()
    assert torch.equal(explanation.targets, convolution.logits(images).argmax(dim=1))
    assert torch.equal(explanation.maps, images.mean(dim=1))
    expected = convolution.probabilities(images).amax(dim=1)
    torch.testing.assert_close(explanation.verdict.probability, expected, atol=1e-6, rtol=0)


def test_the_cost_is_the_methods_own_passes_a_picture(convolution: Classifier, images: Images) -> None:
    with perturb.metered() as meter:
        explanation = explain(convolution, Brightness(), images)
    assert (explanation.forward, explanation.backward, explanation.precision_error) == (2, 0, 0)
    assert meter.forward == 3 * (1 + 2 + 7)  # choosing targets, the method, the verdict


def test_a_slice_is_the_explanation_of_some_pictures(convolution: Classifier, images: Images) -> None:
    explanation = explain(convolution, Brightness(), images, [0, 1, 2])
    part = explanation[1:]
    assert len(part) == len(part.verdict.flags) == 2
    assert part.targets.tolist() == [1, 2]
    assert part.evidence.details["row"].tolist() == [1, 2]
    assert torch.equal(part.maps, explanation.maps[1:])
    assert torch.equal(part.verdict.without_hindering, explanation.verdict.without_hindering[1:])
    assert (part.forward, part.classifier) == (explanation.forward, explanation.classifier)


@pytest.mark.parametrize(
    ("targets", "expected"),
    [(2, [2, 2, 2]), ([0, 1, 4], [0, 1, 4]), (torch.tensor([3, 3, 0]), [3, 3, 0])],
)
def test_targets_are_one_for_all_or_one_each(
    convolution: Classifier, images: Images, targets: Targets | Sequence[int] | int, expected: list[int]
) -> None:
    assert choose_targets(convolution, images, targets).tolist() == expected


@pytest.mark.parametrize(
    ("targets", "text"),
    [
        (5, "convolution has labels 0 to 4; got"),
        (-1, "convolution has labels 0 to 4; got"),
        ([0, 1], "expected one label index for each of 3 pictures; got"),
    ],
)
def test_labels_that_do_not_exist_are_refused_in_a_sentence(
    convolution: Classifier, images: Images, targets: Targets | Sequence[int] | int, text: str
) -> None:
    with pytest.raises(TargetError, match=text):
        choose_targets(convolution, images, targets)


def test_a_method_that_needs_more_than_outputs_is_refused_on_a_black_box(black_box: Classifier, images: Images) -> None:
    with pytest.raises(
        MethodError, match="Gradients needs the gradients of a torch network, but black box is a black box"
    ):
        explain(black_box, Gradients(), images)


def test_answers_that_cannot_be_used_are_refused_before_any_work(images: Images) -> None:
    broken = Classifier("broken", ("a", "b"), lambda given: torch.full((len(given), 2), torch.nan))
    with pytest.raises(ModelError, match="broken answered NaN or infinity"):
        explain(broken, Brightness(), images)


def test_a_batch_of_pictures_is_explained_as_each_alone(convolution: Classifier, images: Images) -> None:
    together = explain(convolution, Brightness(), images, 0)
    for row in range(3):
        alone = explain(convolution, Brightness(), images[row : row + 1], 0)
        torch.testing.assert_close(together[row : row + 1].maps, alone.maps)
        torch.testing.assert_close(
            together[row : row + 1].verdict.without_elsewhere, alone.verdict.without_elsewhere, atol=1e-6, rtol=0
        )
        assert together.verdict.flags[row] == alone.verdict.flags[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([[0.5]], r"got list; Classifier\.fit turns a PIL picture into one of them"),
        (torch.zeros(1, 3, 32, 32, dtype=torch.uint8), r"got uint8 of shape \(1, 3, 32, 32\)"),
        (torch.zeros(3, 32, 32), r"got float32 of shape \(3, 32, 32\)"),
        (torch.zeros(0, 3, 32, 32), r"got float32 of shape \(0, 3, 32, 32\)"),
        (torch.full((1, 3, 32, 32), 128.0), r"got values from 128 to 128; divide bytes by 255"),
        (torch.full((1, 3, 32, 32), torch.nan), r"got values from nan to nan"),
    ],
)
def test_pictures_of_another_form_are_refused_in_a_sentence(given: object, message: str) -> None:
    with pytest.raises(PictureError, match=r"expected pictures as a float tensor \(batch, .*" + message):
        check_images(given)


def test_a_description_is_no_method() -> None:
    with pytest.raises(MethodError, match=r"got str; whylight\.read_method\('grad_cam'\) makes one"):
        check_method("grad_cam")


def test_targets_may_be_names(convolution: Classifier, images: Images) -> None:
    assert choose_targets(convolution, images, "cat").tolist() == [2, 2, 2]
    assert choose_targets(convolution, images, ["ant", "emu", "bee"]).tolist() == [0, 4, 1]
    with pytest.raises(TargetError, match="convolution has no labels named 'fox'; give the index of one"):
        choose_targets(convolution, images, "fox")
    with pytest.raises(TargetError, match="expected one label index for each of 3 pictures; got True"):
        choose_targets(convolution, images, targets=True)


@pytest.mark.parametrize("given", [np.array([2, 0]), [np.int64(2), 0], [torch.tensor(2), torch.tensor(0)], ["cat", 0]])
def test_targets_come_in_many_forms(convolution: Classifier, given: object) -> None:
    assert read_targets(convolution, given).tolist() == [2, 0]


@pytest.mark.parametrize("given", [{0, 1}, object(), [None, 1], 10**30, [[0], [1, 2]]])
def test_what_is_no_target_is_refused_in_a_sentence(convolution: Classifier, given: object) -> None:
    with pytest.raises(TargetError, match="expected a label's index or name, or one for each picture; got"):
        read_targets(convolution, given)


def test_true_is_no_label(convolution: Classifier, images: Images) -> None:
    with pytest.raises(TargetError, match="expected one label index for each of 3 pictures; got True"):
        choose_targets(convolution, images, True)


def test_a_name_of_two_labels_is_refused(convolution: Classifier) -> None:
    twins = replace(convolution, labels=("crane", "crane", "cat", "dog", "emu"))
    with pytest.raises(TargetError, match="convolution has 2 labels named 'crane'; give the index of one"):
        read_targets(twins, "crane")


def test_a_network_is_no_classifier(convolution: Classifier) -> None:
    with pytest.raises(ModelError, match=r"expected a classifier; got Sequential; whylight\.from_module wraps a torch"):
        check_classifier(convolution.module)
