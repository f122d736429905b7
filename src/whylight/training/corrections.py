"""Corrections: pictures of which people said which pixels should matter and which should not, with their true labels.

A picture's marks are all strokes and segment votes on its explanations that stand, painted in the order in which they were
made, so that a later one wins. Which label was explained does not count: a pixel that should not matter should not matter
for any label. The true label is that of the data set that the picture is from; a picture without one teaches nothing.
"""

import hashlib
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from whylight.tensors import flat
from whylight.training.data import Labelled

HELD_OUT = 0.2
"""The share of the corrections that are not learned from, by the hash of their content: one that was held out once is held
out for ever, however many come after it."""

Marks = Bool[Tensor, "picture height width"]


@dataclass(frozen=True, eq=False)
class Corrections:
    """``pictures``: at the network's size, with the model's labels. ``unwanted``: the pixels that should not matter;
    ``wanted``: those that should. ``left_out``: (name, reason) of corrected pictures that teach nothing."""

    pictures: Labelled
    unwanted: Marks
    wanted: Marks
    left_out: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.pictures)

    def take(self, places: list[int] | Int[Tensor, " chosen"]) -> "Corrections":
        """Some of them, in the order of ``places``."""
        chosen = torch.as_tensor(places, dtype=torch.long)
        return Corrections(self.pictures.take(chosen), self.unwanted[chosen], self.wanted[chosen], self.left_out)

    def marked(self, kind: str) -> Bool[Tensor, " picture"]:
        """Which of them have marks of a kind: ``unwanted`` or ``wanted``."""
        marks: Marks = getattr(self, kind)
        return flat(marks).any(dim=1)

    @property
    def content(self) -> str:
        """A hash of pictures, labels and marks, whatever their order."""
        rows = zip(self.pictures.keys, self.pictures.labels.tolist(), self.unwanted, self.wanted)
        known = [
            hashlib.sha256(f"{key} {label} ".encode() + no.numpy().tobytes() + yes.numpy().tobytes()).hexdigest()
            for key, label, no, yes in rows
        ]
        return hashlib.sha256(" ".join(sorted(known)).encode()).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class Divided:
    """``learned``: what is learned from. ``held_out``: what tells whether it helped."""

    learned: Corrections
    held_out: Corrections


def divided(corrections: Corrections, share: float = HELD_OUT) -> Divided:
    """The corrections cut in two by the content of their pictures."""
    held = [is_held_out(key, share) for key in corrections.pictures.keys]
    learned, held_out = ([place for place, each in enumerate(held) if each is side] for side in (False, True))
    return Divided(corrections.take(learned), corrections.take(held_out))


def is_held_out(key: str, share: float = HELD_OUT) -> bool:
    """Whether the picture of that content is held out."""
    return int(hashlib.sha256(f"held out {key}".encode()).hexdigest()[:8], 16) < share * 16**8
