"""What is asked of a classifier of concepts, as plain data: on which network and pictures, and how it is fitted."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from whylight.training.concept_fit import Fit
from whylight.training.concept_purity import Purification


@dataclass(frozen=True)
class ConceptWish:
    """What is asked for. ``model``: the network whose grids are taken; ``layer``: of which layer, None for the last grid, or
    with ``post_hoc`` for the one where maps are made. ``post_hoc``: the network's own decision is kept and only a basis is
    learnt. ``grids``: a folder where the network's grids are kept for other trainings; None keeps them only meanwhile."""

    data: str
    model: str | None = None
    layer: str | None = None
    post_hoc: bool = False
    fit: Fit = field(default_factory=Fit)
    purification: Purification = field(default_factory=Purification)
    validation: float = 0.1
    limit: int | None = None
    test: str | None = None
    data_root: Path | None = field(default=None, compare=False)
    grids: Path | None = field(default=None, compare=False)

    def to_plain(self) -> dict[str, Any]:
        """Everything that decides the result."""
        plain = asdict(self)
        del plain["data_root"], plain["grids"]
        return plain
