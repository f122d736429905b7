"""Partial passes against whole passes in which a hook replaces the layer's output."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from tests.partial.conftest import CASES, WIDTH, Make, Network, Plain
from torch import Tensor, nn

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import LayerError, ModelError
from whylight.partial.passes import Cut, PartialPasses
from whylight.types import Images


def cut_of(classifier: Classifier, image: Images) -> Cut:
    return PartialPasses(classifier).at(image)


def versions_of(cut: Cut, count: int = 4) -> Tensor:
    """Versions in which some numbers are gone and others are new."""
    source = torch.Generator().manual_seed(5)
    keep = torch.rand(count, *cut.output.shape[1:], generator=source) < 0.6
    return cut.output * keep + torch.rand(keep.shape, generator=source)


def in_whole_passes(classifier: Classifier, image: Images, versions: Tensor) -> Tensor:
    """The logits of each version, whose place is that of the layer's last output, one pass each."""
    layer, calls = classifier.submodule(), []
    count = layer.register_forward_hook(lambda *_: calls.append(1))
    with torch.no_grad():
        classifier.predict(image)
        count.remove()
        last, found = len(calls), []
        for version in versions:
            calls.clear()

            def put(*_: Any, version: Tensor = version) -> Tensor | None:
                calls.append(1)
                return version[None].clone() if len(calls) == last else None

            hook = layer.register_forward_hook(put)
            found.append(classifier.predict(image))
            hook.remove()
    return torch.cat(found)


@pytest.mark.parametrize("case", CASES)
def test_versions_lead_where_they_lead_in_whole_passes(make: Make, pictures: Images, case: str) -> None:
    classifier, (_, _, way) = make(case), CASES[case]
    passes = PartialPasses(classifier)
    with torch.no_grad():
        for picture in pictures.split(1):
            cut = passes.at(picture)
            assert cut.way == way
            assert cut.partial == (way != "whole")
            versions = versions_of(cut)
            wanted = in_whole_passes(classifier, picture, versions)
            torch.testing.assert_close(cut.logits, classifier.predict(picture), rtol=0, atol=1e-6)
            for _ in range(2):
                torch.testing.assert_close(cut(versions.clone()), wanted, rtol=1e-5, atol=1e-5)
            assert (wanted - cut.logits).abs().max() > 0.01


@pytest.mark.parametrize("case", CASES)
def test_the_network_is_left_as_it_was(make: Make, pictures: Images, case: str) -> None:
    classifier = make(case)
    assert classifier.module is not None
    held = {name: dict(vars(module)) for name, module in classifier.module.named_modules()}
    with torch.no_grad():
        cut = cut_of(classifier, pictures[:1])
        cut(versions_of(cut))
        with pytest.raises(ModelError):
            cut(torch.zeros(2, WIDTH + 1, 8, 8))
    assert {name: dict(vars(module)) for name, module in classifier.module.named_modules()} == held


def test_a_transformers_tokens(transformer: Classifier, images: Images) -> None:
    with torch.no_grad():
        cut = cut_of(transformer, images[:1])
        versions = versions_of(cut)
        wanted = in_whole_passes(transformer, images[:1], versions)
        assert cut.way == "joined"
        torch.testing.assert_close(cut(versions), wanted, rtol=1e-5, atol=1e-5)


def test_slopes_are_those_of_a_whole_pass(make: Make, pictures: Images) -> None:
    classifier, targets = make("plain"), torch.tensor([1])
    cut = cut_of(classifier, pictures[:1])
    with torch.no_grad(), perturb.metered() as meter:
        found = cut.slopes(torch.cat([cut.output, 0 * cut.output]), 1)
    torch.testing.assert_close(found[:1], classifier.watch(pictures[:1], targets).gradients)
    assert not torch.equal(found[0], found[1])
    assert (meter.forward, meter.backward) == (2, 2)


def test_a_target_that_does_not_depend_on_the_layer_is_told(make: Make, pictures: Images) -> None:
    classifier = make("joined")
    assert isinstance(classifier.module, Network)

    def predict(images: Images) -> Tensor:
        logits = classifier.predict(images)
        bias = nn.Parameter(torch.zeros(3))
        return logits.detach() + bias

    cut = cut_of(replace(classifier, predict=predict), pictures[:1])
    with pytest.raises(LayerError, match="no logit of joined depends on the output of its layer"):
        cut.slopes(cut.output, 0)


class Counted(nn.Conv2d):
    """A convolution that notes how many pictures it is given."""

    def __init__(self) -> None:
        super().__init__(3, WIDTH, 3, padding=1)
        self.rows: list[int] = []

    def forward(self, images: Tensor) -> Tensor:
        self.rows.append(len(images))
        return super().forward(images)


def test_what_comes_before_is_not_run_again(make: Make, pictures: Images) -> None:
    classifier, counted = make("plain"), Counted()
    assert isinstance(classifier.module, Plain)
    classifier.module.first = counted.eval()
    passes = PartialPasses(classifier)
    with torch.no_grad(), perturb.metered() as meter:
        cut = passes.at(pictures[:1])
        assert counted.rows == [1, 2]  # the pass that is remembered, and the check of the first picture
        for _ in range(3):
            cut(versions_of(cut, 10))
        passes.at(pictures[1:])
        assert counted.rows == [1, 2, 1]
    assert meter.forward == (1 + 2 + 2) + 30 + (1 + 2)


def test_as_many_at_once_as_need_the_room_of_whole_pictures(make: Make, pictures: Images) -> None:
    classifier = make("plain")
    assert isinstance(classifier.module, Plain)
    classifier.module.relu = nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)).eval()  # type: ignore[assignment]  # another ReLU
    with perturb.execution(perturb.Execution(batch_size=2)):
        assert cut_of(classifier, pictures[:1]).at_once == 2 * (8 * 8) // (4 * 4)
        assert cut_of(make("counting"), pictures[:1]).at_once == 2
        assert cut_of(make("aliased"), pictures[:1]).at_once == 2


def test_what_users_have_put_on_modules_still_happens_once(make: Make, pictures: Images) -> None:
    classifier = make("plain")
    assert isinstance(classifier.module, Network)
    first = classifier.module.first
    first.register_forward_hook(lambda _module, _inputs, output: 2 * output)
    own = first.forward
    vars(first)["forward"] = lambda images: own(images) + 1
    kept = vars(first)["forward"]
    with torch.no_grad():
        cut = cut_of(classifier, pictures[:1])
        versions = versions_of(cut)
        wanted = in_whole_passes(classifier, pictures[:1], versions)
        torch.testing.assert_close(cut(versions), wanted, rtol=1e-5, atol=1e-5)
    assert cut.partial
    assert vars(first)["forward"] is kept


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiled_parts_are_run_again(make: Make, pictures: Images) -> None:
    classifier = make("plain")
    assert isinstance(classifier.module, Network)
    classifier.module.first = torch.jit.trace(classifier.module.first, pictures[:1])
    with torch.no_grad():
        cut = cut_of(classifier, pictures[:1])
        versions = versions_of(cut)
        wanted = in_whole_passes(classifier, pictures[:1], versions)
        torch.testing.assert_close(cut(versions), wanted, rtol=1e-5, atol=1e-5)


def test_another_course_for_the_second_picture_is_noticed(make: Make, pictures: Images) -> None:
    """A network that leaves a layer out for some pictures is cut anew."""
    classifier = make("plain")

    class Choosing(Network):
        def middle(self, features: Tensor) -> Tensor:
            more = self.side(features) if bool((features.mean() > limit).item()) else features
            out: Tensor = self.inner(self.relu(more)) + more
            return out

    torch.manual_seed(1)
    network = Choosing().eval()
    means = [network.relu(network.first(picture)).mean().item() for picture in pictures.split(1)]
    limit = sum(means) / 2
    passes = PartialPasses(replace(classifier, predict=network, module=network))
    with torch.no_grad():
        for picture in pictures.split(1):
            cut = passes.at(picture)
            versions = versions_of(cut)
            wanted = in_whole_passes(cut.classifier, picture, versions)
            torch.testing.assert_close(cut(versions), wanted, rtol=1e-5, atol=1e-5)


def test_reduced_precision_tells_its_error(make: Make, pictures: Images) -> None:
    settings = perturb.Execution(precision="bfloat16")
    with torch.no_grad(), perturb.execution(settings), perturb.metered() as meter:
        cut = cut_of(make("residual"), pictures[:1])
        reduced = cut(cut.output.clone())
    assert cut.partial
    assert 0 < meter.precision_error < 0.05
    assert reduced.dtype == torch.float32
    assert 0 < (reduced - cut.logits).abs().max() < 0.05


def test_answers_that_change_are_refused(make: Make, pictures: Images) -> None:
    classifier = make("plain")
    source = torch.Generator().manual_seed(0)

    def predict(images: Images) -> Tensor:
        logits = classifier.predict(images)
        return logits + torch.rand(logits.shape, generator=source)

    with pytest.raises(ModelError, match="plain answers the same picture differently from call to call"):
        cut_of(replace(classifier, predict=predict), pictures[:1])


def test_a_layer_that_is_not_reached_is_told(make: Make, pictures: Images) -> None:
    with pytest.raises(LayerError, match="the layer 'wide' was not reached in a forward pass"):
        cut_of(replace(make("plain"), layer="wide"), pictures[:1])


def test_a_layer_that_gives_no_tensor_is_told(make: Make, pictures: Images) -> None:
    with pytest.raises(LayerError, match="expected a layer whose output is one tensor; got tuple"):
        cut_of(replace(make("several"), layer="pair"), pictures[:1])


def test_rows_that_are_lost_are_told(make: Make, pictures: Images) -> None:
    """A network that answers for its first picture alone."""
    classifier = make("plain")
    first = replace(classifier, predict=lambda images: classifier.predict(images)[:1])
    with pytest.raises(ModelError, match="differently from call to call"):
        cut_of(first, pictures[:1])
