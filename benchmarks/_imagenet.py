"""The real ImageNet validation pictures and pretrained networks that the benchmarks run on."""

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.fx.experimental import optimization

from whylight.classifier import Classifier
from whylight.classifiers import from_module, load
from whylight.pictures import read_picture
from whylight.types import Images

NETWORKS = {
    "mobilenet_v2": "torchvision:mobilenet_v2,weights={root}/models/mobilenet_v2.imagenet1k_tfsame.safetensors,resize=227",
    "squeezenet1_1": "torchvision:squeezenet1_1,weights={root}/models/squeezenet1_1.imagenet1k.safetensors,resize=227",
    "deit_tiny": "timm:deit_tiny_patch16_224,weights={root}/models/deit_tiny_patch16_224.imagenet1k.safetensors,resize=227",
}
"""The centre 224 of 227 pixels, at which the accuracy of these weights is known."""

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def network(name: str, root: Path, *, folded: bool = False) -> Classifier:
    """One of ``NETWORKS`` with its pretrained weights; ``folded``: batch norm becomes part of the convolutions before it,
    which changes the answers by rounding only and makes the passes cheaper."""
    classifier = load(NETWORKS[name].format(root=root))
    assert classifier.module is not None
    if not folded or not any(isinstance(module, nn.BatchNorm2d) for module in classifier.module.modules()):
        return classifier
    inner = optimization.fuse(classifier.module).eval()
    return from_module(inner, classifier.labels, mean=MEAN, std=STD, size=224, shorter=227)


def picture_files(root: Path) -> list[Path]:
    """All pictures, by file name."""
    return sorted((root / "imagenet" / "val").glob("*/*.JPEG"), key=lambda path: path.name)


def split(root: Path, *, chosen_on: int, seed: int) -> tuple[list[Path], list[Path]]:
    """The pictures that settings are chosen on, and the rest, which only measures them."""
    files = picture_files(root)
    order = np.random.default_rng(seed).permutation(len(files))
    return [files[i] for i in order[:chosen_on]], [files[i] for i in order[chosen_on:]]


def read_batch(classifier: Classifier, files: list[Path]) -> Images:
    """Pictures at the classifier's input size."""
    return torch.stack([classifier.fit(read_picture(path))[0] for path in files])
