"""What a mask did to a classifier's answer, in numbers: the probabilities and logits before and after, one a picture."""

from typing import Literal

import torch
from jaxtyping import Bool
from torch import Tensor

from whylight.methods.perturbation._mask_search import Found
from whylight.tensors import flat, pick
from whylight.types import Logits, Masks, Scores, Targets

MARKED = 0.6
"""A pixel counts as undesirable where 1 - M' exceeds this (the paper's threshold)."""

LEAST_MISSING = 1e-6
"""Where less than this is missing to a probability of 1, what was won of it is measured against this."""

Numbers = dict[str, Scores]


def ledger(found: Found, targets: Targets, second: Logits) -> Numbers:
    """The numbers of a mask that lets the target gain.

    ``before``, ``after``: the target's probability. ``gain``: the share of the missing probability that was won (φ / 100).
    ``area``: the share of pixels with 1 - M' above 0.6; ``blurred``: the mean of 1 - M'. ``second_fill_after``: the
    target's probability under the second fill; ``second_fill_share``: its gain, as a share of the gain under the first.
    The rest as in ``probabilities`` and ``logits``.
    """
    numbers = probabilities(found, targets, "loser")
    was, checked = numbers["before"], pick(second.softmax(1), targets)
    gain = numbers["after"] - was
    return {
        **numbers,
        "gain": gain / (1 - was).clamp_min(LEAST_MISSING),
        **extent(found.masks),
        "second_fill_after": checked,
        "second_fill_share": torch.where(gain > 1e-6, (checked - was) / gain.clamp_min(1e-6), torch.ones_like(gain)),
        **logits(found, targets),
    }


def extent(masks: Masks) -> Numbers:
    """``area``: the share of pixels that are marked; ``blurred``: the mean of what is taken away."""
    taken = flat(1 - masks)
    return {"area": (taken > MARKED).float().mean(dim=1), "blurred": taken.mean(dim=1)}


def probabilities(found: Found, targets: Targets, moved: Literal["loser", "gainer"]) -> Numbers:
    """``before`` and ``after`` of the target; of ``predicted``, the label that is most probable before; and of the other
    label whose probability falls (``loser``) or rises (``gainer``) most."""
    before, after = found.before.softmax(1), found.after.softmax(1)
    change = before - after if moved == "loser" else after - before
    change = change.masked_fill(~other_labels(before, targets), -torch.inf)
    numbers = {"before": pick(before, targets), "after": pick(after, targets)}
    for name, labels in (("predicted", before.argmax(dim=1)), (moved, change.argmax(dim=1))):
        numbers[name] = labels.float()
        numbers[f"{name}_before"], numbers[f"{name}_after"] = pick(before, labels), pick(after, labels)
    return numbers


def logits(found: Found, targets: Targets) -> Numbers:
    """The target's logit, and the mean and the largest of the others, before and after."""
    numbers: Numbers = {}
    others = other_labels(found.before, targets)
    for moment, answer in (("before", found.before), ("after", found.after)):
        numbers[f"target_logit_{moment}"] = pick(answer, targets)
        numbers[f"others_mean_{moment}"] = mean_of_others(answer, targets)
        numbers[f"others_max_{moment}"] = answer.masked_fill(~others, -torch.inf).amax(dim=1)
    return numbers


def other_labels(answer: Logits, targets: Targets) -> Bool[Tensor, "batch label"]:
    """(picture, label): every label but the target."""
    return torch.ones_like(answer, dtype=torch.bool).scatter_(1, targets[:, None], value=False)


def mean_of_others(answer: Logits, targets: Targets) -> Scores:
    """The mean logit of all labels but the target's."""
    return (answer.sum(dim=1) - pick(answer, targets)) / max(1, answer.shape[1] - 1)
