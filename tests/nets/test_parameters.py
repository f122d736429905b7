"""Networks against what is published of them: parameters, grids, names and answers of published weights."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from whylight.classifiers import networks
from whylight.datasets.cifar10 import CIFAR10
from whylight.frame import Resizing
from whylight.training.data import in_display_space, prepared

IMAGENET = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


def parameters(name: str, classes: int = 10, channels: int = 1, side: int = 28) -> int:
    network = networks.build(name, classes, channels, (side, side))
    return sum(each.numel() for each in network.parameters())


def grid(name: str, channels: int, side: int) -> tuple[int, ...]:
    network = networks.build(name, 10, channels, (side, side)).eval()
    seen: list[tuple[int, ...]] = []
    layer = network.get_submodule(networks.layer_of(network) or "")
    layer.register_forward_hook(lambda _module, _inputs, output: seen.append(tuple(output.shape[1:])))
    with torch.no_grad():
        network(torch.zeros(1, channels, side, side))
    return seen[0]


def test_the_published_numbers_of_parameters() -> None:
    assert parameters("small_cnn") == 320 + 18_496 + 650 == 19_466
    assert parameters("deeper_cnn") == 160 + 4_640 + 18_496 + 73_856 + 295_168 + 2_570 == 394_890
    assert parameters("deeper_cnn:pools=4") == 394_890
    # Flatten (5 × 5 × 64) and Dense(64), as commented out in the listing
    assert parameters("small_cnn:hidden=64") == 320 + 18_496 + 1_600 * 64 + 64 + 650 == 121_930
    # He et al., table 6, give 0.27 and 0.85 million; without the shortcuts' 1 x 1 convolutions
    assert parameters("resnet20", channels=3) == 269_722
    assert parameters("resnet56", channels=3) == 853_018
    # torchvision's count with 1,000 labels
    assert parameters("resnet18", classes=1_000, channels=3, side=224) == 11_689_512
    # the convolutions of VGG-16 without their biases, two numbers of each channel for batch norm, the head
    assert parameters("vgg16_bn", channels=3, side=32) == 14_714_688 + 4_224 + 5_130
    assert parameters("fashion_cnn") <= 300_000


@pytest.mark.parametrize("name", ["small_cnn", "small_cnn:hidden=64", "deeper_cnn"])
def test_published_networks_begin_as_keras_begins(name: str) -> None:
    network = networks.build(name, 10, 1, (28, 28))
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            cells = module.weight[0, 0].numel()  # a convolution's window; 1 for a linear layer
            limit = (6 / (cells * (module.weight.shape[0] + module.weight.shape[1]))) ** 0.5
            assert 0.9 * limit < module.weight.abs().max() <= limit
            assert module.bias is not None
            assert module.bias.abs().max() == 0


def test_the_last_grids() -> None:
    assert grid("small_cnn", 1, 28) == (64, 5, 5)
    assert grid("small_cnn:hidden=64", 1, 28) == (64, 5, 5)
    assert grid("deeper_cnn", 1, 28) == (256, 7, 7)
    assert grid("deeper_cnn:pools=4", 1, 28) == (256, 1, 1)
    assert grid("resnet20", 3, 32) == (64, 8, 8)
    assert grid("resnet18", 3, 32) == (512, 4, 4)
    assert grid("resnet18", 3, 224) == (512, 7, 7)
    assert grid("vgg16_bn", 3, 32) == (512, 4, 4)
    assert grid("fashion_cnn", 1, 28) == (128, 7, 7)
    assert grid("compact", 3, 64) == (192, 8, 8)


def test_resnet18_is_that_of_torchvision() -> None:
    ours = networks.build("resnet18", 10, 3, (224, 224)).eval()
    theirs = networks.build("torchvision:resnet18", 10, 3, (224, 224)).eval()
    ours.load_state_dict(theirs.state_dict())
    pictures = torch.randn(2, 3, 96, 128)
    with torch.no_grad():
        assert torch.allclose(ours(pictures), theirs(pictures), atol=1e-5)


@pytest.mark.data
@pytest.mark.parametrize(("name", "published"), [("resnet20", 0.917), ("resnet56", 0.934)])
def test_published_weights_answer_as_published(name: str, published: float, data_root: Path) -> None:
    network = networks.build(name, 10, 3, (32, 32)).eval()
    weights = load_file(data_root / "models" / f"{name}.cifar10.safetensors")
    network.load_state_dict({key.replace("linear.", "fc."): tensor for key, tensor in weights.items()})
    data, resizing = CIFAR10(folder=str(data_root / "cifar-10-batches-bin")), Resizing((32, 32), None)
    samples = [data[place] for place in range(300)]
    pictures = in_display_space(torch.stack([prepared(sample, resizing) for sample in samples]))
    labels = torch.tensor([sample.label for sample in samples])
    mean, deviation = IMAGENET
    with torch.no_grad():
        right = network((pictures - mean) / deviation).argmax(dim=1) == labels
    assert right.float().mean() > published - 0.04  # 2.5 standard errors of 300 pictures


def test_residual_shortcuts_without_parameters() -> None:
    network = networks.build("resnet20", 10, 3, (32, 32))
    block = network.get_submodule("layer2.0")
    for parameter in block.parameters():
        nn.init.zeros_(parameter)
    features = torch.rand(1, 16, 8, 8)
    answer = block.eval()(features)
    assert torch.equal(answer[:, 8:24], features[:, :, ::2, ::2])
    assert answer[:, :8].abs().sum() + answer[:, 24:].abs().sum() == 0
