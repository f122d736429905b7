"""Answers of many pictures, and labels that mean the same."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from whylight import perturb
from whylight.classifier import Classifier
from whylight.comparison import answers
from whylight.comparison.answers import alike, ask, translated


def test_answers_are_those_of_one_batch(convolution: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "AT_ONCE", 4)
    images = torch.rand(10, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    heard: list[int] = []
    found = ask(convolution, iter(images), heard.append)
    wanted = convolution.probabilities(images).max(dim=1)
    assert torch.equal(found.predicted, wanted.indices)
    assert torch.allclose(found.probability, wanted.values, atol=1e-6)
    assert heard == [4, 4, 2]


def test_few_pictures_are_alive_at_once(convolution: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    """None is read before those ahead of it were asked."""
    monkeypatch.setattr(answers, "AT_ONCE", 4)
    read, ahead = 0, []

    def reading() -> Iterator[torch.Tensor]:
        nonlocal read
        for _ in range(12):
            read += 1
            yield torch.rand(3, 32, 32)

    ask(convolution, reading(), lambda count: ahead.append(read))
    assert ahead == [4, 8, 12]


def test_missing_pictures_have_no_answer(convolution: Classifier) -> None:
    images = torch.rand(2, 3, 32, 32)
    with perturb.metered() as meter:
        found = ask(convolution, [None, images[0], None, images[1]])
    assert found.predicted[[0, 2]].tolist() == [-1, -1]
    assert found.predicted[[1, 3]].tolist() == convolution.logits(images).argmax(dim=1).tolist()
    assert meter.forward == 2
    assert ask(convolution, [None]).predicted.tolist() == [-1]
    assert ask(convolution, []).predicted.tolist() == []


def test_answers_in_the_words_of_the_data() -> None:
    """The classifier has the same labels in another order, one more, and lacks one."""
    data, own = ("cat", "dog", "emu"), ("Dog", "newt", "cat")
    assert translated([0, 1, 2, -1], own, data).tolist() == [1, -1, 0, -1]
    assert translated([2, 0, -1], data, data).tolist() == [2, 0, -1]


def test_labels_that_mean_the_same() -> None:
    first, second = ("cat", "dog", "emu"), ("Dog", "newt", "cat")
    assert alike([0, 1, 2, -1, 0], first, [2, 0, 1, 0, -1], second).tolist() == [True, True, False, False, False]
    doubled = ("crane", "crane")  # ImageNet has a bird and a machine of that name
    assert alike([0, 0], doubled, [0, 1], doubled).tolist() == [True, False]


def test_one_picture_that_cannot_be_answered_spoils_no_other(convolution: Classifier) -> None:
    """The network answers NaN to a white picture."""
    spoilt = replace(
        convolution,
        predict=lambda images: convolution.predict(images) * (0 / (1 - images.amin((1, 2, 3)))[:, None] + 1),
    )
    images = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    images[1] = 1
    found = ask(spoilt, images)
    assert found.predicted[1] == -1
    assert found.probability.isnan().tolist() == [False, True, False]
    assert found.predicted[[0, 2]].tolist() == convolution.logits(images).argmax(dim=1)[[0, 2]].tolist()
