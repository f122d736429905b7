"""Pictures as a network wants them: each channel with the mean 0 and the deviation 1 that it has over the data."""

import torch
from torch import Tensor, nn

from whylight.tensors import generator
from whylight.training.batches import STATISTICS
from whylight.training.data import Labelled
from whylight.types import Images, Logits

MOST = 10_000
"""So many pictures give the mean and the deviation of all."""
LEAST_DEVIATION = 1e-3
"""Of a channel that is constant."""

Statistics = tuple[tuple[float, ...], tuple[float, ...]]
"""The mean and the standard deviation of each channel, of pictures in [0, 1]."""


class Standardised(nn.Module):
    """A network that takes pictures in [0, 1]. ``network``: takes them standardised."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, statistics: Statistics) -> None:
        super().__init__()
        self.network, self.statistics = network, statistics
        for name, numbers in zip(("mean", "std"), statistics):
            self.register_buffer(name, torch.tensor(numbers).reshape(1, -1, 1, 1), persistent=False)

    def forward(self, images: Images) -> Logits:
        """The logits; of networks that answer with further heads in training, those of the last one."""
        answer = self.network((images - self.mean) / self.std)
        logits: Tensor = answer if isinstance(answer, Tensor) else answer.logits
        return logits


def statistics_of(data: Labelled, seed: int) -> Statistics:
    """The mean and the deviation of each channel over all pictures, or over ``MOST`` of them drawn by the seed."""
    order = torch.randperm(len(data), generator=generator(seed, STATISTICS))[:MOST]
    first = second = torch.zeros(1, dtype=torch.float64)
    for places in order.split(500):
        pictures = data.images(places).double()
        first = first + pictures.mean(dim=(2, 3)).sum(dim=0)
        second = second + pictures.square().mean(dim=(2, 3)).sum(dim=0)
    mean = first / len(order)
    deviation = (second / len(order) - mean.square()).clamp_min(LEAST_DEVIATION**2).sqrt()
    return tuple(_short(mean)), tuple(_short(deviation))


def _short(numbers: Tensor) -> list[float]:
    """Rounded, so that the checkpoint says what the network was given."""
    return [round(number, 6) for number in numbers.tolist()]
