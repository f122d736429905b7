"""How the pictures of a comparison were prepared: the figures with the steps, and why answers are doubtful."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from whylight.plots.preparation_steps import steps_figure
from whylight.preparation import Preparation
from whylight.report import layers
from whylight.report.comparison_models import Compared
from whylight.report.folder import Folder

Steps = tuple[str, str, tuple[str, ...]]
"""A figure's file, its data URI (empty for a picture that the page does not show), and the doubts."""
Read = Callable[[], Image.Image]


@dataclass(frozen=True, eq=False)
class Preparing:
    """``preparation``: shows the steps again, which were not kept. ``names``: of each picture's figure. ``every``: whether
    every picture gets one, or only those that the page shows."""

    preparation: Preparation
    names: Sequence[str]
    every: bool

    def drawn(self, folder: Folder, compared: Compared, read: Sequence[Read], shown: Sequence[int]) -> dict[int, Steps]:
        """The figures by the places of their pictures. ``shown``: the places of those on the page."""
        drawn: dict[int, Steps] = {}
        for at in range(len(read)) if self.every else shown:
            found = doubts(compared, at)
            figure = steps_figure(self.preparation(read[at]()), compared.pictures[at], found)
            uri = layers.figure_uri(figure) if at in shown else ""
            drawn[at] = folder.save_figure(self.names[at], figure), uri, found
        return drawn


def doubts(compared: Compared, at: int) -> tuple[str, ...]:
    """Why the answers for a picture should not be relied on: the preparation's warnings once, then each undecided model."""
    warnings = compared.prepared[at].warnings
    models = [
        (model.name if len(compared.models) > 1 else "the classifier", model.undecided[at]) for model in compared.models
    ]
    return (*warnings, *(f"{name} is undecided ({between})" for name, between in models if between is not None))
