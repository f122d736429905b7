"""infodisent: the concepts' contributions add up to the logit, on a head of concepts and on networks as they are."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.classifiers.infodisent import ConceptClassifier, post_hoc, with_head
from whylight.errors import MethodError
from whylight.explanation import explain
from whylight.methods.cam.cam import CAM
from whylight.methods.intrinsic._reading import concepts_needed, read
from whylight.methods.intrinsic.infodisent import InfoDisent, heat
from whylight.nets.concept_basis import Basis, random_basis
from whylight.nets.concept_pooling import Pooling, pooled
from whylight.nets.concepts import ConceptNet, Recipe, new_head
from whylight.types import Images

TARGETS = torch.tensor([0, 2, 4])


@pytest.fixture
def concepts(convolution: Classifier) -> Callable[..., ConceptClassifier]:
    def make(pooling: Pooling = "two_sided", *, bias: bool = False) -> ConceptClassifier:
        recipe = Recipe(pooling=pooling, bias=bias)
        head = new_head(recipe, 12, 5, start=random_basis(12, 1))
        if head.bias is not None:
            torch.nn.init.normal_(head.bias)
        return with_head(convolution, head)

    return make


def values_of(classifier: ConceptClassifier, images: Images) -> tuple[Tensor, Tensor]:
    """A and v, from the network's parts."""
    net = classifier.module
    assert isinstance(net, ConceptNet)
    with torch.no_grad():
        return net.head.weights(), pooled(net.head.basis(net.features.look(images)[0]), net.head.recipe.pooling)


@pytest.mark.parametrize("pooling", ["two_sided", "max", "mean"])
def test_what_concepts_add_is_weight_times_value(
    pooling: Pooling, concepts: Callable[..., ConceptClassifier], images: Images
) -> None:
    classifier = concepts(pooling, bias=True)
    weight, values = values_of(classifier, images)
    reading = read(classifier, images, TARGETS)
    assert torch.allclose(reading.contributions, weight[TARGETS] * values, atol=1e-5)
    net = classifier.module
    assert isinstance(net, ConceptNet)
    assert net.head.bias is not None
    assert torch.allclose(reading.rest, net.head.bias[TARGETS], atol=1e-5)


def test_the_sum_is_the_logit(concepts: Callable[..., ConceptClassifier], images: Images) -> None:
    classifier = concepts()
    evidence = InfoDisent(top=12)(classifier, images, TARGETS)
    logit = classifier.logits(images).gather(1, TARGETS[:, None])[:, 0]
    details = evidence.details
    told = sum(details[f"{word}_{number}_adds"] for word in ("for", "against") for number in range(1, 13))
    assert torch.allclose(torch.as_tensor(told), logit, atol=1e-4)
    assert torch.allclose(details["logit"], logit, atol=1e-5)
    assert details["completeness"].max() < 1e-5
    assert details["rest"].abs().max() < 1e-4


def test_a_concepts_cell_is_where_its_value_was_taken(
    concepts: Callable[..., ConceptClassifier], images: Images
) -> None:
    classifier = concepts()
    reading = read(classifier, images, TARGETS)
    details = InfoDisent(top=1)(classifier, images, TARGETS).details
    for picture in range(3):
        first = int(details["for_1"][picture])
        assert first == int(reading.contributions[picture].argmax())
        cells = reading.concepts[picture, first]
        row, column = int(details["for_1_row"][picture]), int(details["for_1_column"][picture])
        assert cells[row, column] == cells.max()


def test_both_maps_hold_the_same_sum(concepts: Callable[..., ConceptClassifier], images: Images) -> None:
    reading = read(concepts(), images, TARGETS)
    assert torch.allclose(heat(reading).sum(dim=(1, 2)), reading.coarse.sum(dim=(1, 2)), atol=1e-4)
    assert torch.allclose(reading.coarse.sum(dim=(1, 2)) + reading.rest, reading.logit, atol=1e-4)
    assert (heat(reading) != 0).sum() > (reading.coarse != 0).sum()


def test_of_an_averaging_network_it_is_cam_with_each_channel_told(convolution: Classifier, images: Images) -> None:
    cells = 16 * 16
    ours, cam = InfoDisent()(convolution, images, TARGETS), CAM()(convolution, images, TARGETS)
    assert torch.allclose(ours.maps * cells, cam.maps, atol=1e-4 * float(cam.maps.abs().max()))
    linear = convolution.submodule("7")
    assert torch.allclose(ours.details["rest"], linear.get_parameter("bias")[TARGETS], atol=1e-4)


@pytest.mark.parametrize("which", ["convolution", "transformer"])
def test_another_basis_leaves_the_answers_and_moves_the_contributions(
    which: str, images: Images, request: pytest.FixtureRequest
) -> None:
    plain: Classifier = request.getfixturevalue(which)
    turned = post_hoc(plain, Basis(12, None, random_basis(12, 5)))
    assert torch.allclose(turned.logits(images), plain.logits(images), rtol=1e-3, atol=1e-5)
    before, after = read(plain, images, TARGETS), read(turned, images, TARGETS)
    assert torch.allclose(before.rest, after.rest, atol=1e-4)
    assert torch.allclose(before.coarse, after.coarse, atol=1e-5)
    assert not torch.allclose(before.contributions, after.contributions, atol=1e-3)


def test_how_many_concepts_are_needed() -> None:
    contributions = torch.tensor(
        [[5.0, 4.0, 1.0, -3.0], [-1.0, -2.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0], [8.9, 1.1, 0.0, 0.0]]
    )
    assert concepts_needed(contributions).tolist() == [2, 0, 4, 2]


def test_concepts_that_add_nothing_are_not_named(convolution: Classifier, images: Images) -> None:
    head = new_head(Recipe(), 12, 5)
    head.prune(1)
    details = InfoDisent(top=3)(with_head(convolution, head), images, TARGETS).details
    assert (details["for_1"] >= 0).all()
    assert (details["for_2"] == -1).all()
    assert (details["for_2_adds"] == 0).all()
    assert (details["against_1"] == -1).all()


def test_it_is_an_ordinary_method(concepts: Callable[..., ConceptClassifier], images: Images) -> None:
    explanation = explain(concepts(), InfoDisent(), images)
    assert explanation.maps.shape == (3, 32, 32)
    with pytest.raises(MethodError, match="at least 1 concept"):
        InfoDisent(top=0)
