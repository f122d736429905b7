"""How good a network is on labelled pictures: its loss, and which label it gives to pictures of which label."""

from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor, nn

from whylight.training.batches import read
from whylight.training.data import Labelled, in_display_space
from whylight.training.hyperparameters import Hyperparameters
from whylight.training.losses import losses
from whylight.training.world import World

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


@torch.inference_mode()
def score(
    network: nn.Module, data: Labelled, given: Hyperparameters, world: World | None = None, workers: int = 0
) -> Scored:
    """The network's answers in evaluation mode, in float32, each process on its own share of the pictures. The network takes
    pictures in [0, 1]."""
    world = world or World()
    network.eval()
    device = next(network.parameters()).device
    classes = len(data.classes)
    totals = torch.zeros(classes * classes + 1, dtype=torch.float64)
    places = world.share(torch.arange(len(data)))
    chosen = list(places.split(AT_ONCE)) if len(places) else []
    for part, pictures in zip(chosen, read(data, chosen, workers)):
        images = in_display_space(pictures.to(device)).contiguous(memory_format=torch.channels_last)
        logits, targets = network(images).float(), data.labels[part].to(device)
        cells = targets * classes + logits.argmax(dim=1)
        totals[:-1] += torch.bincount(cells, minlength=classes * classes).double().cpu()
        totals[-1] += losses(logits, targets, given).double().sum().cpu()
    totals = world.total(totals)
    return Scored(totals[-1].item() / len(data), totals[:-1].long().reshape(classes, classes))
