"""The quickest way is taken if it is quicker by a fifth and answers the same."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.precision import choice
from whylight.precision.choice import choose
from whylight.types import Images, Logits


class Clock:
    """Time that passes as networks say."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Slow(nn.Module):
    """Takes ``seconds`` in float32, and ``reduced`` seconds in bfloat16, where its answer is off by ``error``."""

    def __init__(self, clock: Clock, seconds: float, reduced: float = 99.0, error: float = 0.0) -> None:
        super().__init__()
        self.clock, self.seconds, self.reduced, self.error = clock, seconds, reduced, error

    def forward(self, images: Tensor) -> Tensor:
        reduced = torch.is_autocast_enabled("cpu")
        self.clock.now += self.reduced if reduced else self.seconds
        probability = images.new_full((len(images),), 0.5 + self.error * reduced)
        return torch.stack([probability, 1 - probability], dim=1).log()


def chosen(
    monkeypatch: pytest.MonkeyPatch, images: Images, *, compiled: float | None, reduced: float, error: float = 0.0
) -> choice.Choice:
    """What is chosen where float32 takes 10 seconds a batch."""
    clock = Clock()
    network = Slow(clock, 10.0, reduced, error).eval()
    classifier = Classifier("slow", ("a", "b"), network, network)
    quick = None if compiled is None else replace(classifier, predict=Slow(clock, compiled), module=None)
    monkeypatch.setattr(choice, "_compiled", lambda *_: (quick, None if quick else "it is not installed"))
    return choose(classifier, images, clock)


@pytest.mark.parametrize(
    ("compiled", "reduced", "error", "way"),
    [
        (5.0, 40.0, 0.0, "compiled"),
        (5.0, 2.0, 0.0, "bfloat16"),
        (5.0, 2.0, 0.1, "compiled"),
        (9.0, 9.0, 0.0, "float32"),
        (None, 5.0, 0.0, "bfloat16"),
        (None, 5.0, 0.1, "float32"),
        (20.0, 20.0, 0.0, "float32"),
    ],
)
def test_the_quickest_that_answers_the_same(
    compiled: float | None, reduced: float, error: float, way: str, images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = chosen(monkeypatch, images, compiled=compiled, reduced=reduced, error=error)
    assert found.way == way
    assert (found.quick is not None) == (way == "compiled")
    batch = 10.0 / found.tried[0].seconds
    by_way = {each.way: each for each in found.tried}
    assert by_way["bfloat16"].seconds == pytest.approx(reduced / batch)
    assert by_way["bfloat16"].error == pytest.approx(error, abs=1e-6)
    assert (by_way["compiled"].reason is None) == (compiled is not None)


def test_what_was_measured_is_said(images: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    found = chosen(monkeypatch, images, compiled=None, reduced=5.0)
    assert found.sentence.startswith("bfloat16 is chosen: float32 ")
    assert found.sentence.endswith("no compiled (it is not installed) a picture")


def test_a_black_box_is_run_as_it_is(black_box: Classifier, images: Images) -> None:
    found = choose(black_box, images)
    assert (found.way, found.quick) == ("float32", None)
    assert found.sentence == "float32: a black box is run as it is"


def test_a_real_network_s_ways_are_all_tried(convolution: Classifier, images: Images) -> None:
    def exact(given: Images) -> Logits:
        return convolution.predict(given)

    found = choose(replace(convolution, predict=exact), images)
    assert {each.way for each in found.tried} == {"float32", "bfloat16", "compiled"}
    assert all(each.seconds > 0 and each.error < 0.02 for each in found.tried if each.reason is None)
