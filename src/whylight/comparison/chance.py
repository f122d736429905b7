"""Which pictures are put beside each other for a chance level: any others, or others of the same class.

Two maps of one picture can be alike because of the picture, or because maps of any two pictures are. Maps of two pictures of
one class can be alike because the class stands in the same place: the stricter question.
"""

import torch
from jaxtyping import Int
from torch import Tensor

Partners = Int[Tensor, "round picture"]
"""For each round the picture that each picture is put beside; -1 where there is none."""


def others(pictures: int, rounds: int) -> Partners:
    """Each picture beside those some places further on; no picture beside itself."""
    places = torch.arange(pictures)
    return torch.stack([places.roll(step) for step in _steps(pictures, rounds)] or [torch.full((pictures,), -1)])


def classmates(classes: Int[Tensor, " picture"], rounds: int) -> Partners:
    """The same among the pictures of each class; -1 is a class that is not known, and has no partners."""
    partners = torch.full((rounds, len(classes)), -1)
    for one in classes[classes >= 0].unique().tolist():
        members = (classes == one).nonzero()[:, 0]
        for at, step in enumerate(_steps(len(members), rounds)):
            partners[at, members] = members.roll(step)
    return partners


def _steps(pictures: int, rounds: int) -> list[int]:
    """How far each round goes: no two rounds alike, never back to the start, and far, since neighbours may be of one
    class."""
    count = min(rounds, pictures - 1)
    steps: list[int] = torch.linspace(0, pictures, count + 2)[1:-1].round().int().unique().tolist() if count else []
    return steps
