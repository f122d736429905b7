"""What a network wants to see: its input size, its resizing and its normalisation, the last as a part of the network."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from whylight.classifiers._answers import numbers_in, to_logits
from whylight.classifiers._settings import Output, Settings
from whylight.errors import ModelError
from whylight.frame import Resizing
from whylight.types import Images, Logits

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preparation:
    """How a picture is made ready: resized and cut, then ``(picture − mean) / std`` per channel; no mean, no change."""

    resizing: Resizing = field(default_factory=Resizing)
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    def changed(self, settings: Settings) -> "Preparation":
        """The same with what the user said otherwise."""
        resizing = self.resizing
        if settings.size is not None:
            resizing = replace(resizing, size=settings.size, shorter=self._shorter_for(settings.size))
        if settings.resize is not None:
            resizing = replace(resizing, shorter=settings.resize)
        if settings.interpolation is not None:
            resizing = replace(resizing, interpolation=settings.interpolation)
        mean = self.mean if settings.mean is None else settings.mean
        std = self.std if settings.std is None else settings.std
        std = () if mean == () and settings.std is None else std
        return Preparation(replace(resizing, channels=len(mean) or resizing.channels), mean, std)

    def _shorter_for(self, size: tuple[int, int]) -> int | None:
        """The shorter side in the same proportion to the input as before."""
        old = self.resizing
        return None if old.shorter is None else round(old.shorter * min(size) / min(old.size))


class Normalised(nn.Module):
    """A network that takes pictures in [0, 1]: normalisation comes first, and the logits are taken out of its answer."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, preparation: Preparation, output: Output = "logits") -> None:
        super().__init__()
        self.network, self.output = network, output
        self.channels = preparation.resizing.channels
        if bool(preparation.mean) != bool(preparation.std):
            raise ModelError(
                "normalisation needs both mean and std, or neither; "
                f"got mean {preparation.mean or None} and std {preparation.std or None}"
            )
        mean, std = preparation.mean or (0.0,), preparation.std or (1.0,)
        if len(mean) != len(std) or not min(std) > 0:
            raise ModelError(f"expected one mean and one std above 0 for each channel; got mean {mean} and std {std}")
        self.register_buffer("mean", torch.tensor(mean).reshape(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).reshape(1, -1, 1, 1), persistent=False)

    def forward(self, images: Images) -> Logits:
        """Pictures in [0, 1] in, logits out; raises ModelError for another number of channels than the network's."""
        if images.shape[1] != self.channels:
            raise ModelError(
                f"expected pictures with {self.channels} channel{'s' * (self.channels > 1)}; got {images.shape[1]}; "
                "`Classifier.fit` turns any picture into what it takes"
            )
        return to_logits(numbers_in(self.network(self.normalised(images))), self.output)

    def normalised(self, images: Images) -> Images:
        """(images - mean) / std. Of pictures with their colours last in memory a whole row is done at once: torch takes
        twice as long for numbers that repeat every third place."""
        if images.is_contiguous() or not images.is_contiguous(memory_format=torch.channels_last):
            return (images - self.mean) / self.std
        batch, channels, height, width = images.shape
        mean, std = (each.expand(1, channels, 1, 1).flatten().repeat(width) for each in (self.mean, self.std))
        lines = images.permute(0, 2, 3, 1).reshape(batch, height, width * channels)
        changed = (lines - mean) / std
        return changed.reshape(batch, height, width, channels).permute(0, 3, 1, 2)


def input_channels(network: nn.Module) -> int:
    """How many channels the first convolution takes; 3 without one."""
    first = next((module for module in network.modules() if isinstance(module, nn.Conv2d)), None)
    return 3 if first is None else first.in_channels
