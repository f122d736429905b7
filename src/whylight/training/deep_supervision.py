"""Deep supervision: while an enhancer is trained, its coarsest grid has to tell the label by itself.

    loss + w CE(A mean_grid(f) + b, label)        f: the features of the coarsest grid

What a classifier says of a picture reaches the middle of an enhancer only through the picture that it paints, so that it
learns late what is in the picture. A linear layer there tells it at once; that layer is not kept.

Lee et al., 2015, "Deeply-supervised nets", arXiv:1409.5185.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn
from torch.nn import functional

from whylight.nets.painter import Painter
from whylight.types import Logits, Scores, Targets


class Guide(nn.Module):
    """The linear layer. ``weight``: w. It begins with zeros, so that nothing is drawn for it."""

    def __init__(self, features: int, classes: int, weight: float) -> None:
        super().__init__()
        self.head, self.weight = nn.Linear(features, classes), weight
        for parameter in self.head.parameters():
            nn.init.zeros_(parameter)

    def forward(self, grid: Tensor) -> Logits:
        """``grid``: (batch, features, rows, columns)."""
        logits: Logits = self.head(grid.mean(dim=(2, 3)))
        return logits

    def losses(self, guessed: Logits, targets: Targets, smoothing: float = 0.0) -> Scores:
        """What is added to the loss of each picture."""
        missed = functional.cross_entropy(guessed.float(), targets, reduction="none", label_smoothing=smoothing)
        return self.weight * missed


def guide_for(painter: Painter, classes: int, weight: float) -> Guide | None:
    """The layer for an enhancer; None for a weight of 0. Raises ValueError for an enhancer without a coarse grid."""
    if weight == 0:
        return None
    coarsest = painter.coarsest
    if coarsest is None:
        raise ValueError("it has no coarse grid that could tell the label; leave --deep-supervision out, or take unet")
    return Guide(coarsest.features, classes, weight).to(next(painter.parameters()).device)


@contextmanager
def noted(painter: Painter) -> Iterator[list[Tensor]]:
    """The coarsest grids of what passes through an enhancer within."""
    found: list[Tensor] = []
    assert painter.coarsest is not None

    def note(_module: nn.Module, _given: tuple[Tensor, ...], grid: Tensor) -> None:
        found.append(grid)

    hook = painter.coarsest.part.register_forward_hook(note)
    try:
        yield found
    finally:
        hook.remove()


def together(trained: nn.Module, guide: Guide | None) -> nn.Module:
    """What learns, as one: the enhancer (with its classifier) and the layer, where there is one."""
    return trained if guide is None else nn.ModuleDict({"trained": trained, "guide": guide})
