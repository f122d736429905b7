"""Which label is explained: a name, an index, several of them, or the picture's own most probable ones (``top3``)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import torch
from jaxtyping import Float, Int
from torch import Tensor

from whylight.errors import TargetError

SHOWN = 5
"""How many labels an error names."""


@dataclass(frozen=True)
class Wanted:
    """One label for all pictures (``index``) and the ``rest`` that is laid beside it, or the ``top`` most probable ones of
    each."""

    top: int = 1
    index: int | None = None
    rest: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """How many labels of each picture are explained."""
        return self.top if self.index is None else 1 + len(self.rest)

    def choose(self, logits: Float[Tensor, "batch label"]) -> Int[Tensor, "batch rank"]:
        """The label indices to explain for each picture: as they were named, or the most probable first."""
        if self.index is None:
            return logits.topk(self.top, dim=1).indices
        named = torch.tensor([self.index, *self.rest], device=logits.device)
        return named.expand(len(logits), -1)


def read_targets(texts: Sequence[str], labels: Sequence[str]) -> Wanted:
    """Reads every ``--target``: one of any form, or several labels.

    Raises TargetError as ``read_target`` does, and for a label that is named twice or beside ``topK``.
    """
    if len(texts) == 1:
        return read_target(texts[0], labels)
    found: list[int] = []
    for text in texts:
        wanted = read_target(text, labels)
        if wanted.index is None:
            raise TargetError(f"several --target each name one label, and {text} is none; give {text} alone, or names")
        if wanted.index in found:
            raise TargetError(f"--target {text!r} names {labels[wanted.index]!r} a second time; name each label once")
        found.append(wanted.index)
    return Wanted(index=found[0], rest=tuple(found[1:]))


def read_target(text: str, labels: Sequence[str]) -> Wanted:
    """Reads ``--target``. A label counts by its whole name first, then by one of its synonyms (``tabby, tabby cat``), then
    as an index, then by a part of its name that no other label has; capitals do not matter.

    Raises TargetError for what fits no label or several, with labels that come near.
    """
    text = text.strip()
    if top := re.fullmatch(r"top([1-9]\d*)", text.lower()):
        count = int(top[1])
        if count > len(labels):
            raise TargetError(f"--target {text} asks for more than the classifier's {len(labels)} labels")
        return Wanted(top=count)
    for names_of in (_whole, _synonyms):
        if named := [index for index, label in enumerate(labels) if text.casefold() in names_of(label)]:
            return Wanted(index=_only(named, text, labels))
    if re.fullmatch(r"-?\d+", text):
        return Wanted(index=_checked(int(text), labels))
    return Wanted(index=_by_part(text, labels))


def _whole(label: str) -> set[str]:
    return {label.strip().casefold()} - {""}


def _synonyms(label: str) -> set[str]:
    return {part.strip().casefold() for part in label.split(",")} - {""}


def _only(named: list[int], text: str, labels: Sequence[str]) -> int:
    if len(named) == 1:
        return named[0]
    some = "; ".join(f"{index} ({labels[index]})" for index in named[:SHOWN])
    more = "; …" if len(named) > SHOWN else ""
    raise TargetError(f"--target {text!r} is the name of {len(named)} labels: {some}{more}; give the number of one")


def _checked(index: int, labels: Sequence[str]) -> int:
    if 0 <= index < len(labels):
        return index
    raise TargetError(f"--target {index} is no label: the classifier has labels 0 to {len(labels) - 1}")


def _by_part(text: str, labels: Sequence[str]) -> int:
    found = [index for index, label in enumerate(labels) if text and text.casefold() in label.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        some = "; ".join(labels[index] for index in found[:SHOWN])
        raise TargetError(f"--target {text!r} fits {len(found)} labels: {some}{'; …' if len(found) > SHOWN else ''}")
    known = {label.casefold(): label for label in labels}
    near = [known[name] for name in get_close_matches(text.casefold(), known, n=SHOWN)] or list(labels[:SHOWN])
    more = "" if len(near) == len(labels) else " …"
    raise TargetError(f"--target {text!r} is no label of the classifier; it has {'; '.join(near)}{more}, or say top3")
