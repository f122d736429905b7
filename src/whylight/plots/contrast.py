"""Two labels of one picture against each other: where one map speaks more than the other, and what each mask does to both.

    contrast = map of the first − map of the second        > 0: speaks for the first rather than for the second

The contrast of similar labels that Kang, Jung and Lee draw for *tusker* and *African elephant* (2019, arXiv:1909.12446,
figure 5).
"""

from collections.abc import Sequence

import torch

from whylight.explanation import Explanation
from whylight.plots.ledger import Move
from whylight.plots.numbers import moved

Explained = tuple[Explanation, int]
"""An explanation and the picture's index in it."""


def rival_moves(explained: Sequence[Explained]) -> tuple[Move, ...]:
    """For each of two labels: the other one, and its probability before and after this one's mask. Empty for any other
    number of labels, and for methods without a mask."""
    if len(explained) != 2 or any(each.evidence.perturbed is None for each, _ in explained):
        return ()
    moves = []
    for (own, at), (other, other_at) in (explained, explained[::-1]):
        rival = int(other.targets[other_at])
        assert own.evidence.perturbed is not None
        pictures = torch.stack([own.images[at], own.evidence.perturbed[at].to(own.images.device)])
        before, after = own.classifier.logits(pictures).softmax(dim=1)[:, rival].tolist()
        moves.append(Move(own.classifier.labels[rival], before, after))
    return tuple(moves)


def contrast_words(first: str, second: str, moves: Sequence[Move]) -> list[str]:
    """What stands under the maps of two labels. ``moves``: as ``rival_moves`` gives them."""
    words = [
        f"The last panel is the first map less the second: what supports there speaks for {first} rather than for {second}."
    ]
    return words + [
        f"The mask of {label} moves {move.name} {moved(move.before, move.after)}."
        for label, move in zip((first, second), moves)
    ]
