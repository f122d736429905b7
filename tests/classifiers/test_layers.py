"""The layer for the CAM family is found in every architecture of every zoo, and its output is read as a grid."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.classifiers import timm, torchvision
from whylight.classifiers._layers import ToGrid
from whylight.classifiers._normalised import Preparation
from whylight.classifiers.module import from_module, wrap
from whylight.classifiers.transformers import import_transformers
from whylight.errors import LayerError
from whylight.frame import Resizing

CLASSES = 10


def torchvision_network(name: str) -> nn.Module:
    if not name.startswith("vgg"):
        return torchvision.build(name, CLASSES, (224, 224))
    with torch.device("meta"):  # its linear layers are half a gigabyte
        network = torchvision.build(name, CLASSES, (224, 224))
        network.classifier = nn.Linear(512 * 49, CLASSES)
    return network.to_empty(device="cpu").apply(reset)


def timm_network(name: str) -> nn.Module:
    if not name.startswith("vgg"):
        return timm.create(name, classes=CLASSES)
    with torch.device("meta"):
        network = timm.create(name, classes=CLASSES)
        network.pre_logits = nn.Identity()
        network.head.fc = nn.Linear(512, CLASSES)  # type: ignore[union-attr]  # the head is a module
    return network.to_empty(device="cpu").apply(reset)


def reset(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
        module.reset_parameters()


SMALL: dict[str, dict[str, Any]] = {
    "ResNet": {"embedding_size": 16, "hidden_sizes": [16, 24, 32, 40], "depths": [1, 1, 1, 1], "layer_type": "basic"},
    "MobileNetV2": {"depth_multiplier": 0.35},
    "EfficientNet": {"width_coefficient": 0.5, "depth_coefficient": 0.5, "hidden_dim": 640, "image_size": 224},
    "ConvNext": {"hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1]},
    "ViT": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64},
    "DeiT": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64},
    "Swin": {"embed_dim": 12, "depths": [1, 1, 1, 1], "num_heads": [2, 2, 2, 2]},
}


def transformers_network(name: str) -> nn.Module:
    transformers = import_transformers(name)
    config = getattr(transformers, f"{name}Config")(num_labels=CLASSES, **SMALL[name])
    network: nn.Module = getattr(transformers, f"{name}ForImageClassification")(config)
    return network


def classifier_of(network: nn.Module, size: int) -> Classifier:
    """Weights that start at zero would hide the layers behind them: they get small random ones."""
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        if parameter.ndim > 1 and not parameter.any():
            parameter.data.normal_(0, 0.02, generator=generator)
    network.eval().requires_grad_(requires_grad=False)
    labels = tuple(map(str, range(CLASSES)))
    return wrap(network, labels, Preparation(Resizing((size, size), None)), name="network")


ARCHITECTURES: list[tuple[Callable[[str], nn.Module], str, str, int]] = [
    (torchvision_network, "resnet18", "layer4", 7),
    (torchvision_network, "vgg11", "features.19", 14),
    (torchvision_network, "densenet121", "features", 7),
    (torchvision_network, "mobilenet_v2", "features", 7),
    (torchvision_network, "mobilenet_v3_small", "features", 7),
    (torchvision_network, "efficientnet_b0", "features", 7),
    (torchvision_network, "convnext_tiny", "features", 7),
    (torchvision_network, "squeezenet1_1", "features", 13),
    (torchvision_network, "inception_v3", "Mixed_7c", 8),
    (torchvision_network, "vit_b_32", "encoder.layers.encoder_layer_11.ln_1", 7),
    (torchvision_network, "swin_t", "permute", 7),
    (timm_network, "resnet18", "layer4", 7),
    (timm_network, "vgg11", "features.19", 14),
    (timm_network, "densenet121", "features", 7),
    (timm_network, "mobilenetv2_050", "bn2", 7),
    (timm_network, "mobilenetv3_small_050", "blocks", 7),
    (timm_network, "efficientnet_b0", "bn2", 7),
    (timm_network, "convnext_atto", "stages", 7),
    (timm_network, "inception_v3", "Mixed_7c", 8),
    (timm_network, "vit_tiny_patch16_224", "blocks.11.norm1", 14),
    (timm_network, "deit_tiny_patch16_224", "blocks.11.norm1", 14),
    (timm_network, "deit_tiny_distilled_patch16_224", "blocks.11.norm1", 14),
    (timm_network, "swin_tiny_patch4_window7_224", "norm", 7),
    (timm_network, "vit_pwee_patch16_reg1_gap_256", "blocks", 16),
    (transformers_network, "ResNet", "resnet.encoder.stages.3", 7),
    (transformers_network, "MobileNetV2", "mobilenet_v2.conv_1x1", 7),
    (transformers_network, "EfficientNet", "efficientnet.encoder.top_activation", 7),
    (transformers_network, "ConvNext", "convnext.encoder.stages.3", 7),
    (transformers_network, "ViT", "vit.layers.1.layernorm_before", 14),
    (transformers_network, "DeiT", "deit.layers.1.layernorm_before", 14),
    (transformers_network, "Swin", "swin.layernorm", 7),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "name", "layer", "side"),
    ARCHITECTURES,
    ids=[f"{make.__name__}-{name}" for make, name, *_ in ARCHITECTURES],
)
def test_the_layer_is_found(make: Callable[[str], nn.Module], name: str, layer: str, side: int) -> None:
    size = 299 if name == "inception_v3" else 256 if name.endswith("256") else 224
    classifier = classifier_of(make(name), size)
    assert classifier.layer == layer
    watched = classifier.watch(torch.rand(2, 3, size, size), torch.tensor([1, 4]))
    assert watched.features.shape[2:] == (side, side)
    assert watched.features.shape[1] != CLASSES
    assert (watched.gradients.abs().sum(dim=1) > 0).float().mean() > 0.5


class Pooling(nn.Module):
    """A network whose container ends in a pooling layer, and whose last grid is one feature a label."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2))
        self.head = nn.Sequential(nn.Dropout(), nn.Conv2d(6, 4, 1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1))
        self.unused = nn.Conv2d(6, 7, 1)

    def forward(self, images: Tensor) -> Tensor:
        features = self.features(images)
        self.unused(features)
        logits: Tensor = self.head(features).flatten(1)
        return logits


def test_pooling_labels_and_dead_ends_are_passed_over() -> None:
    network = Pooling().eval()
    nn.init.constant_(network.get_parameter("head.1.bias"), 10)  # so that the last ReLU lets gradients through
    classifier = from_module(network, "abcd", size=16)
    assert classifier.layer == "features.1"
    assert classifier.to_grid(torch.zeros(1, 6, 16, 16)).shape == (1, 6, 16, 16)


def test_a_network_without_a_grid_has_no_layer() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 9), nn.ReLU(), nn.Linear(9, 4)).eval()
    classifier = from_module(network, "abcd", size=8)
    assert classifier.layer is None
    with pytest.raises(LayerError, match="no layer with a grid was found"):
        classifier.watch(torch.rand(1, 3, 8, 8), torch.tensor([0]))


def test_the_search_leaves_no_trace() -> None:
    network = Pooling().eval()
    state = torch.get_rng_state()
    from_module(network, "abcd", size=16)
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(module._forward_hooks for module in network.modules())
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize(
    ("size", "patches", "shape", "expected"),
    [
        ((224, 224), (), (2, 5, 7, 7), (2, 5, 7, 7)),
        ((224, 224), (), (2, 7, 7, 96), (2, 96, 7, 7)),
        ((224, 320), (), (2, 7, 10, 96), (2, 96, 7, 10)),
        ((224, 320), (), (2, 96, 7, 10), (2, 96, 7, 10)),
        ((224, 224), (), (2, 196, 5), (2, 5, 14, 14)),
        ((224, 224), (), (2, 197, 5), (2, 5, 14, 14)),
        ((224, 224), (), (2, 198, 5), (2, 5, 14, 14)),
        ((224, 224), (), (2, 201, 5), (2, 5, 14, 14)),
        ((224, 224), (), (2, 50, 5), (2, 5, 7, 7)),
        ((224, 224), ((8, 8),), (2, 72, 5), (2, 5, 8, 8)),
        ((224, 320), (), (2, 281, 5), (2, 5, 14, 20)),
        ((256, 256), ((64, 64), (8, 8)), (2, 64, 5), (2, 5, 8, 8)),
    ],
)
def test_grids(
    size: tuple[int, int], patches: tuple[tuple[int, int], ...], shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    assert ToGrid(size, patches)(torch.zeros(shape)).shape == expected


def test_tokens_stay_in_reading_order_behind_the_class_token() -> None:
    tokens = torch.arange(10.0)[None, :, None]
    assert ToGrid((32, 32))(tokens)[0, 0].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


@pytest.mark.parametrize("shape", [(1, 10), (1, 3, 5), (1, 600, 5), (3,), (1, 2, 3, 4, 5)])
def test_what_is_no_grid_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(LayerError, match="expected a layer whose output is a grid"):
        ToGrid((224, 224))(torch.zeros(shape))
