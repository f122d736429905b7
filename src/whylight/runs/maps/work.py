"""The work of one shard of maps: read its pictures, explain them by every method, for every label that was asked for.

What fails alone fails alone: it becomes a row with its reason, and the rest goes on.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from whylight.classifier import Classifier
from whylight.explanation import Explanation, explain
from whylight.frame import Frame
from whylight.method import Method
from whylight.pictures import read_picture
from whylight.precision.stand_in import StandIn
from whylight.preparation import Preparation, Prepared, doubts_of, fit, undecided
from whylight.runs.job import Tell
from whylight.runs.maps.addresses import fetched
from whylight.runs.maps.rows import Row, packed
from whylight.runs.work import sentence_of, together_or_alone
from whylight.types import Images, Targets

AT_ONCE = 8
"""Pictures in memory at the same time, and in one batch."""

Choose = Callable[[Float[Tensor, "batch label"]], Int[Tensor, "batch rank"]]
"""The labels to explain, from the logits of some pictures."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What every shard needs. ``methods``: by their names in rows. ``stand_in``: what methods ask in the classifier's
    place."""

    classifier: Classifier
    methods: dict[str, Method]
    choose: Choose
    preparation: Preparation | None = None
    stand_in: StandIn | None = None

    def explain(self, method: Method, images: Images, targets: Targets) -> Explanation:
        """By what stands in for the classifier, if anything does."""
        if self.stand_in is None:
            return explain(self.classifier, method, images, targets)
        return self.stand_in.explain(method, images, targets)


@dataclass(frozen=True, eq=False)
class Opened:
    """A picture that was read; ``about``: the columns that say which one it is and what the classifier saw of it."""

    about: Row
    image: Tensor
    prepared: Prepared | None


def carry_out(parts: Parts, places: range, addresses: Sequence[str | None], tell: Tell) -> list[Row]:
    """All rows of the pictures at these addresses, picture by picture; ``places``: their numbers in the inventory."""
    found: list[Row] = []
    for start in range(0, len(places), AT_ONCE):
        chosen = slice(start, start + AT_ONCE)
        some = zip(places[chosen], addresses[chosen], strict=True)
        opened = [each for place, address in some if (each := _open(parts, place, address, found, tell)) is not None]
        for name in parts.methods if opened else ():
            found += _by_method(parts, name, opened)
            tell(len(opened))
    return sorted(found, key=lambda row: row["place"])  # stable: methods and labels keep their order


def _open(parts: Parts, place: int, address: str | None, found: list[Row], tell: Tell) -> Opened | None:
    """The picture at an address; None, and a row that says why, where it cannot be explained."""
    about: Row = {"place": place, "picture": address, "model": parts.classifier.name}
    if address is None:
        found.append({**about, "error": "the list has no address here"})
        tell(len(parts.methods))
        return None
    try:
        return _read(parts, about, address)
    except Exception as error:  # one bad picture must not stop millions of good ones
        found.append({**about, "error": _sentence(error, address)})
        tell(len(parts.methods))
        return None


def _read(parts: Parts, about: Row, address: str) -> Opened:
    with fetched(address) as path:
        try:
            picture = read_picture(path, transparency=parts.preparation is not None)
        except Exception as error:
            error.args = tuple(str(each).replace(str(path), address) for each in error.args)
            raise
        with path.open("rb") as file:
            key = hashlib.file_digest(file, "sha256").hexdigest()
    image, frame, prepared = fit(parts.classifier, picture, parts.preparation)
    return Opened({**about, "key": key, **_seen(frame)}, image.to(parts.classifier.device), prepared)


def _seen(frame: Frame) -> Row:
    """Which part of the picture, in its pixels, a map lies over."""
    return {"picture_height": frame.size[0], "picture_width": frame.size[1], "box": list(frame.box)}


def _sentence(error: Exception, address: str) -> str:
    return sentence_of(error) if address in str(error) else f"{address}: {sentence_of(error)}"


def _by_method(parts: Parts, name: str, opened: Sequence[Opened]) -> Iterator[Row]:
    """A row a picture and label, or a row that says why there is none."""

    def make(chosen: slice) -> list[Row]:
        return _explained(parts, name, opened[chosen])

    for chosen, made in together_or_alone(make, slice(0, len(opened))):
        if isinstance(made, Exception):
            yield from ({**each.about, "method": name, "error": sentence_of(made)} for each in opened[chosen])
        else:
            yield from made


def _explained(parts: Parts, name: str, opened: Sequence[Opened]) -> list[Row]:
    classifier = parts.classifier
    images = torch.stack([each.image for each in opened])
    logits = classifier.logits(images)
    targets = parts.choose(logits)
    between = [undecided(each.softmax(dim=0), classifier.labels) for each in logits]
    found: list[Row] = []
    for rank in range(targets.shape[1]):
        explanation = parts.explain(parts.methods[name], images, targets[:, rank])
        for index, each in enumerate(opened):
            doubts = () if each.prepared is None else doubts_of(each.prepared, between[index])
            row = {**each.about, "method": name, "rank": rank, "doubts": list(doubts)}
            found.append(row | _found(explanation, index))
    return found


def _found(explanation: Explanation, index: int) -> Row:
    """The columns of one picture of an explanation."""
    verdict, target = explanation.verdict, int(explanation.targets[index])
    return {
        "target_index": target,
        "target": explanation.classifier.labels[target],
        "probability": float(verdict.probability[index]),
        "without_supporting": float(verdict.without_supporting[index]),
        "without_hindering": float(verdict.without_hindering[index]),
        "without_elsewhere": float(verdict.without_elsewhere[index]),
        "flags": list(verdict.flags[index]),
        "forward_passes": explanation.forward,
        "backward_passes": explanation.backward,
        "precision_error": explanation.precision_error,
        **packed(explanation.maps[index].detach().cpu().float().numpy()),
    }
