"""What stands in for the classifier of a run of maps: made from its first pictures, so that every worker makes the same."""

from contextlib import suppress
from dataclasses import replace

import torch
from torch import Tensor

from whylight.pictures import read_picture
from whylight.precision.calibration import PICTURES
from whylight.precision.stand_in import stand_in
from whylight.preparation import fit
from whylight.runs.maps import inventory
from whylight.runs.maps.addresses import fetched
from whylight.runs.maps.place import Place
from whylight.runs.maps.plan import MapsPlan
from whylight.runs.maps.work import Parts
from whylight.types import Images

LOOKED_AT = 64
"""Among so many pictures of the inventory are some that can be read."""


def standing_in(parts: Parts, plan: MapsPlan, place: Place) -> Parts:
    """The parts with what the plan's precision asks for; as they are where torch runs the passes, and where none of the
    first pictures can be read, which is told when they are explained.

    Raises ModelError for a classifier that cannot be run so, MissingExtraError without the packages that it takes.
    """
    if plan.precision not in ("compiled", "int8"):
        return parts
    images = _first(parts, inventory.read(place, 0, min(plan.count, LOOKED_AT)))
    return parts if images is None else replace(parts, stand_in=stand_in(parts.classifier, images, plan.precision))


def _first(parts: Parts, addresses: list[str | None]) -> Images | None:
    found: list[Tensor] = []
    for address in addresses:
        with suppress(Exception):  # told when it is explained
            if address is not None and len(found) < PICTURES:
                with fetched(address) as path:
                    picture = read_picture(path, transparency=parts.preparation is not None)
                found.append(fit(parts.classifier, picture, parts.preparation)[0])
    return torch.stack(found).to(parts.classifier.device) if found else None
