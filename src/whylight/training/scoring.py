"""How good a network is on labelled pictures: its loss, and which label it gives to pictures of which label."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from whylight.training.batches import read
from whylight.training.data import Labelled, in_display_space
from whylight.training.hyperparameters import Hyperparameters
from whylight.training.losses import losses
from whylight.training.world import World
from whylight.types import Images, Logits, Targets

AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Scored:
    """``loss``: the mean over pictures. ``confusion``: how many pictures of a label (row) were given a label (column)."""

    loss: float
    confusion: Int[Tensor, "label label"]

    @property
    def accuracy(self) -> float:
        """The share of pictures that were given their own label."""
        return int(self.confusion.trace()) / int(self.confusion.sum())

    @property
    def of_labels(self) -> list[float | None]:
        """The same of each label; None for one without pictures."""
        counts = self.confusion.sum(dim=1).tolist()
        right = self.confusion.diagonal().tolist()
        return [hits / count if count else None for hits, count in zip(right, counts)]


Numbers = Float[Tensor, " number"]
Batchwise = Callable[[Images, Targets, Int[Tensor, " batch"]], Numbers]
"""(pictures in [0, 1], their labels, their places) to numbers that are summed over the batch."""


@torch.inference_mode()
def summed(
    data: Labelled, device: torch.device, count: int, of: Batchwise, world: World | None = None, workers: int = 0
) -> Numbers:
    """``count`` numbers summed over all pictures in float64, each process on its own share of the pictures."""
    world = world or World()
    totals = torch.zeros(count, dtype=torch.float64)
    places = world.share(torch.arange(len(data)))
    chosen = list(places.split(AT_ONCE)) if len(places) else []
    for part, pictures in zip(chosen, read(data, chosen, workers)):
        images = in_display_space(pictures.to(device)).contiguous(memory_format=torch.channels_last)
        totals += of(images, data.labels[part].to(device), part).double().cpu()
    return world.total(totals)


def hits(logits: Logits, targets: Targets) -> Numbers:
    """How many pictures of a label were given a label, row by row."""
    classes = logits.shape[1]
    return torch.bincount(targets * classes + logits.argmax(dim=1), minlength=classes * classes).double()


def confusion_in(totals: Numbers, classes: int) -> Int[Tensor, "label label"]:
    """The table at the beginning of sums that begin with ``hits``."""
    return totals[: classes * classes].long().reshape(classes, classes)


def score(
    network: nn.Module, data: Labelled, given: Hyperparameters, world: World | None = None, workers: int = 0
) -> Scored:
    """The network's answers in evaluation mode, in float32. The network takes pictures in [0, 1]."""
    network.eval()

    def of(images: Images, targets: Targets, _places: Tensor) -> Numbers:
        logits = network(images).float()
        return torch.cat([hits(logits, targets), losses(logits, targets, given).double().sum()[None]])

    classes = len(data.classes)
    device = next(network.parameters()).device
    totals = summed(data, device, classes * classes + 1, of, world, workers)
    return Scored(totals[-1].item() / len(data), confusion_in(totals, classes))
