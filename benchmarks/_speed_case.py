"""What is asked of everybody: a network as its users have it, real pictures, and the settings of both sides."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import torch
from _imagenet import NETWORKS, network, picture_files, read_batch
from _small import small_batch, small_network
from torch import nn

import whylight
from whylight.classifier import Classifier
from whylight.explanation import Explanation, choose_targets
from whylight.types import Images, Targets

SEED = 0
SMALL_SIDE = 48
ALL = ("squeezenet1_1", "mobilenet_v2", "resnet20")
FEW_CHANNELS = ("mobilenet_v2", "resnet20")
"""Where the layer that CAM methods look at has few enough channels for one pass each."""
LAYERS = {"mobilenet_v2": "features.16"}
"""160 channels; the last layer with a grid has 1,280. The other networks: the last layer with a grid."""


@dataclass(frozen=True)
class Sizes:
    """Equal on both sides. ``steps``: of integrated gradients. ``noisy``: copies of SmoothGrad. ``samples``: of everything
    that hides parts of a picture at random. ``segments``: about how many. ``window``, ``stride``: occlusion, in pixels.
    ``flips``: steps of pixel flipping. ``moves``: noisy copies of the maximal sensitivity."""

    steps: int = 20
    noisy: int = 10
    samples: int = 100
    segments: int = 50
    window: int = 32
    stride: int = 32
    flips: int = 24
    moves: int = 6

    @classmethod
    def suited(cls, side: int, samples: int) -> "Sizes":
        """49 windows and as many samples at every size; fewer segments where pictures are small."""
        if side >= SMALL_SIDE:
            return cls(samples=samples)
        return cls(samples=samples, segments=20, window=8, stride=4, flips=48, moves=10)


@dataclass(frozen=True, eq=False)
class Case:
    """A network, its pictures and the labels that are explained; ``layer`` is where CAM methods look."""

    name: str
    classifier: Classifier
    images: Images
    targets: Targets
    layer: str
    sizes: Sizes

    @classmethod
    def read(cls, name: str, root: Path, pictures: int, samples: int) -> "Case":
        """The first pictures, each with its most probable label. The network is as its users have it: weights that could
        be trained, in torch's own memory layout."""
        large = name in NETWORKS
        classifier = network(name, root) if large else small_network(name, root)
        assert isinstance(classifier.predict, nn.Module)
        plain = cast(Any, classifier.predict.requires_grad_())
        plain.to(memory_format=torch.contiguous_format)
        files = picture_files(root)[:pictures] if large else []
        images = read_batch(classifier, files) if large else small_batch(name, classifier, root, pictures)
        layer = LAYERS.get(name, classifier.layer or "")
        sizes = Sizes.suited(images.shape[-1], samples)
        return cls(name, classifier, images, choose_targets(classifier, images), layer, sizes)

    @property
    def model(self) -> nn.Module:
        """Pictures in [0, 1] in, logits out: what the rivals are given."""
        assert isinstance(self.classifier.predict, nn.Module)
        return self.classifier.predict

    @cached_property
    def saliency(self) -> Explanation:
        """What the metrics measure."""
        return whylight.explain(self.classifier, whylight.read_method("saliency"), self.images, self.targets)
