"""Networks that give pictures: published sizes, any size of picture, bounds, and what no gradient passes."""

import pytest
import torch
from torch import nn

from whylight import registry
from whylight.enhancer import Enhancer
from whylight.errors import SpecError
from whylight.nets.painter import Painter
from whylight.nets.unet import UNet


def built(text: str, size: tuple[int, int] = (32, 32), channels: int = 3) -> Painter:
    torch.manual_seed(0)
    enhancer = registry.read("enhancers", text)
    assert isinstance(enhancer, Enhancer)
    return enhancer.build(channels, size).eval()


def parameters(network: nn.Module) -> int:
    return sum(each.numel() for each in network.parameters())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unet:width=16", 1_941_139),
        ("unet:width=32", 7_760_163),
        ("unet:width=64", 31_031_875),
        ("unet:width=32,depth=3", 1_925_667),
        # batch norm: two numbers for each of 92 times 16 channels, one of each convolution but the last
        ("unet:width=16,norm=true", 1_941_139 + 2 * 92 * 16),
        # 9 x 9 and a slope; five blocks of two convolutions, two norms, a slope; one more; 9 x 9
        ("srresnet", 15_616 + 1 + 5 * (2 * 36_928 + 2 * 128 + 1) + 36_928 + 128 + 15_555),
    ],
)
def test_the_published_numbers_of_parameters(text: str, expected: int) -> None:
    assert parameters(built(text)) == expected


SMALL = ("unet:width=2", "unet:width=2,upsampling=bilinear,norm=true,change=0.1", "srresnet:width=4,blocks=1")


@pytest.mark.parametrize("size", [(150, 150), (33, 50), (32, 32)])
@pytest.mark.parametrize("text", SMALL)
def test_any_size_of_picture(text: str, size: tuple[int, int]) -> None:
    network = built(text, size)
    images = torch.rand(2, 3, *size)
    with torch.no_grad():
        shown = network(images)
    assert shown.shape == images.shape
    assert shown.min() >= 0
    assert shown.max() <= 1
    assert torch.allclose(network(images[1:]), shown[1:], atol=1e-5)


def test_what_is_mirrored_is_cut_away_again() -> None:
    """A picture of 150 pixels gives what the 160 pixels mirrored by hand give in their middle."""
    network = built("unet:width=2", (150, 150))
    images = torch.rand(1, 3, 150, 150)
    rows = [*range(5, 0, -1), *range(150), *range(148, 143, -1)]
    large = images[:, :, rows][:, :, :, rows]
    with torch.no_grad():
        assert torch.allclose(network(images), network(large)[:, :, 5:155, 5:155], atol=1e-6)


def test_the_grids_of_the_way_down() -> None:
    network = built("unet:width=2", (96, 96))
    assert isinstance(network, UNet)
    seen: list[int] = []
    for level in network.down:
        level.register_forward_hook(lambda _module, _inputs, output: seen.append(output.shape[2]))
    with torch.no_grad():
        network(torch.rand(1, 3, 96, 96))
    assert seen == [96, 48, 24, 12, 6]


@pytest.mark.parametrize("text", ["unet:width=2", "srresnet:width=4,blocks=1", "chained:first=(unet:width=2)"])
def test_the_sigmoid_of_the_logits_is_what_is_shown(text: str) -> None:
    seen = built(text).look(torch.rand(2, 3, 32, 32))
    assert torch.allclose(seen.logits.sigmoid(), seen.shown, atol=1e-6)


def test_srresnet_ends_as_published() -> None:
    network = built("srresnet:width=4,blocks=1")
    images = torch.rand(1, 3, 16, 16)
    with torch.no_grad():
        plain = network.get_submodule("last")(network.get_submodule("body")(network.get_submodule("first")(images)))
        assert torch.allclose(network(images), (plain.tanh() + 1) / 2, atol=1e-6)


@pytest.mark.parametrize("text", ["unet:width=2,change=0.05", "srresnet:width=4,blocks=1,change=0.05"])
def test_a_change_is_bounded_and_begins_with_none(text: str) -> None:
    network = built(text)
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(network(images), images)
        nn.init.normal_(network.get_submodule("last").get_parameter("weight"), std=100)
        nn.init.normal_(network.get_submodule("last").get_parameter("bias"), std=100)
        changed = network(images)
    assert (changed - images).abs().max() == pytest.approx(0.05, abs=1e-4)
    assert 0 <= changed.min() <= changed.max() <= 1
    assert network.look(torch.zeros(1, 3, 32, 32)).logits.isfinite().all()


def test_in_a_chain_no_gradient_goes_back_from_what_is_given() -> None:
    network = built("chained:first=(unet:width=2),then=(unet:width=2)").train()
    first, then = network.get_submodule("first"), network.get_submodule("then")
    seen = network.look(torch.rand(2, 3, 32, 32))
    assert not torch.equal(seen.shown, seen.given)
    seen.given.sum().backward()
    assert all(each.grad is None for each in first.parameters())
    assert all(each.grad is not None for each in then.parameters())


@pytest.mark.parametrize("text", ["unet:width=2", "unet:width=2,upsampling=bilinear,norm=true", "srresnet:width=4"])
def test_every_weight_is_learnt(text: str) -> None:
    network = built(text, channels=1).train()
    network(torch.rand(4, 1, 32, 32)).square().sum().backward()
    assert all(each.grad is not None and each.grad.isfinite().all() for each in network.parameters())


@pytest.mark.parametrize("name", registry.names("enhancers"))
def test_there_and_back_as_plain_data(name: str) -> None:
    enhancer = registry.read("enhancers", name)
    assert registry.build("enhancers", registry.describe(enhancer)) == enhancer


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unet:depth=6", r"pictures of 17 × 17 are too small to be halved 6 times; give a smaller depth"),
        ("unet:depth=0", "expected a width of at least 1 and a depth from 1 to 8; got 16 and 0"),
        ("unet:change=2", r"expected a change from 0 \(no bound\) to 1; got 2.0"),
        ("srresnet:blocks=0", "expected a width and blocks of at least 1; got 64 and 0"),
    ],
)
def test_networks_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        built(text, (17, 17))


def test_unknown_settings() -> None:
    with pytest.raises(SpecError, match="unet has no setting 'colour'"):
        registry.read("enhancers", "unet:colour=red")
    with pytest.raises(SpecError, match="there is no enhancer 'unit'; did you mean unet"):
        registry.read("enhancers", "unit")
