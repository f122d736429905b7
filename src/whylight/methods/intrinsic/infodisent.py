"""InfoDisent: a classifier's own account of its decision, what each of its concepts adds to the logit, at the cells it took.

    map(u) = Σ_k J_k(u) · ∂logit/∂J_k(u)      Σ_u map(u) + rest = logit, before the map is enlarged

For a classifier that decides by concepts (``infodisent:FOLDER``) this is the decision itself: A_yk v_k, placed at the
strongest cell for and the strongest cell against. Any other network is read with each channel of its layer as a concept.

Struski, Rymarczyk and Tabor, 2024, arXiv:2409.10329.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from whylight.classifier import Access, Classifier
from whylight.errors import MethodError
from whylight.method import Evidence, Method
from whylight.methods._completeness import relative_residual
from whylight.methods.intrinsic._reading import Reading, concepts_needed, readings
from whylight.tensors import resize_maps
from whylight.types import Images, Scores, Targets


@dataclass(frozen=True)
class InfoDisent(Method):
    """``top``: of how many concepts for and against the target the details tell. ``place``: ``cells`` puts a concept's
    contribution where it was taken from; ``heat`` spreads it over all cells where the concept has that sign, by strength.
    ``layer``: whose channels are concepts; None takes the classifier's concepts, or its own layer where it has none."""

    top: int = 3
    place: Literal["cells", "heat"] = "cells"
    layer: str | None = None

    needs: ClassVar[Access] = Access.FEATURES

    def __post_init__(self) -> None:
        if self.top < 1:
            raise MethodError(f"infodisent expects to tell of at least 1 concept; got top={self.top}")

    def __call__(self, classifier: Classifier, images: Images, targets: Targets) -> Evidence:
        """One forward pass, and a backward pass of what follows the concepts.

        Details: ``logit``; ``rest``, what no concept accounts for, such as a bias, and ``completeness``, the same as a share
        of the logit; ``concepts``, how many hold 90 % of what speaks for the target; ``for_N`` and ``against_N``, the Nth
        concept's number, with what it adds (``_adds``) and the row and column of its cell (``_row``, ``_column``). A concept
        that adds nothing has the number -1.
        """
        maps: list[Tensor] = []
        found: list[dict[str, Scores]] = []
        for _, _, reading in readings(classifier, images, targets, self.layer):
            coarse = reading.coarse if self.place == "cells" else heat(reading)
            maps.append(resize_maps(coarse, (images.shape[-2], images.shape[-1])))
            found.append(self._details(reading))
        return Evidence(torch.cat(maps), {name: torch.cat([each[name] for each in found]) for name in found[0]})

    def _details(self, reading: Reading) -> dict[str, Scores]:
        contributions, cells = reading.contributions, reading.cells()
        details = {
            "logit": reading.logit,
            "rest": reading.rest,
            "completeness": relative_residual(reading.logit - reading.rest, reading.logit, reading.logits),
            "concepts": concepts_needed(contributions).float(),
        }
        for word, signed in (("for", contributions), ("against", -contributions)):
            strongest = signed.topk(min(self.top, signed.shape[1]), dim=1)
            for number, (size, concept) in enumerate(zip(strongest.values.T, strongest.indices.T), start=1):
                adds = size > 0
                cell = cells[torch.arange(len(concept)), concept].float()
                details[f"{word}_{number}"] = torch.where(adds, concept, -1).float()
                details[f"{word}_{number}_adds"] = contributions.gather(1, concept[:, None])[:, 0].where(adds, 0.0)
                details[f"{word}_{number}_row"] = cell[:, 0].where(adds, -1.0)
                details[f"{word}_{number}_column"] = cell[:, 1].where(adds, -1.0)
        return details


def heat(reading: Reading) -> Tensor:
    """What speaks for and against, each spread over the cells where its concept has the sign of the cells it was taken from.

    The sum over the cells stays what it was.
    """
    total = torch.zeros_like(reading.coarse)
    for sign in (1.0, -1.0):
        strength = (sign * reading.concepts).clamp_min(0)
        taken = reading.parts * (strength > 0)
        shares = strength / strength.sum(dim=(2, 3), keepdim=True).clamp_min(torch.finfo(strength.dtype).tiny)
        total += (taken.sum(dim=(2, 3), keepdim=True) * shares).sum(dim=1)
    return total
