"""Networks by name: settings, and a sentence for what cannot be built."""

import pytest

from whylight.classifiers import networks
from whylight.errors import ModelError, SpecError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vgg99", "there is no network 'vgg99'; there are compact, .*torchvision:NAME and timm:NAME"),
        ("planted", "there is no network 'planted'"),
        ("small_cnn:wide", "small_cnn takes settings as key=value; got 'wide'"),
        ("small_cnn:pools=4", "the network small_cnn has no setting 'pools'; it has hidden"),
        ("resnet20:pools=4", "the network resnet20 has no setting 'pools'; it has none"),
        ("deeper_cnn:pols=4", "the network deeper_cnn has no setting 'pols'; it has pools"),
        ("deeper_cnn:pools=x", "deeper_cnn:pools must be a whole number above 0; got 'x'"),
        ("deeper_cnn:pools=5", "deeper_cnn:pools=5: expected at most 4 pools; got 5"),
        ("torchvision:resnet18", "torchvision:resnet18 takes pictures of 3 channels; got 1"),
    ],
)
def test_what_cannot_be_built(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        networks.build(text, 10, 1, (28, 28))


@pytest.mark.parametrize("name", [name for name in networks.names() if name != "deeper_cnn"])
def test_pictures_that_are_too_small(name: str) -> None:
    with pytest.raises(ModelError, match=rf"{name}: expected pictures of at least \d+ × \d+ pixels; got 2 × 90"):
        networks.build(name, 10, 1, (2, 90))


def test_a_description_that_cannot_be_read() -> None:
    with pytest.raises(SpecError, match="expected name:key=value"):
        networks.build("", 10, 1, (28, 28))


def test_every_network_is_summed_up() -> None:
    for name, sentence in networks.summaries().items():
        assert 20 <= len(sentence) <= 250, name
        assert ":" in sentence
