"""The numbers of an explanation under readable names: what ``results.json`` holds, for people."""

from collections.abc import Mapping
from typing import Any

from whylight.plots.ledger import LABELS
from whylight.plots.numbers import number, percent

PROBABILITIES = {
    "before": "label, before the mask",
    "after": "label, with the mask",
    "gain": "share of the missing probability won",
    "area": "share of the picture marked",
    "blurred": "share taken away on average",
    "predicted_before": "predicted label, before",
    "predicted_after": "predicted label, with the mask",
    "loser_before": "label that loses most, before",
    "loser_after": "label that loses most, with the mask",
    "gainer_before": "label that gains most, before",
    "gainer_after": "label that gains most, with the mask",
    "second_fill_after": "label, with the second fill",
    "second_fill_share": "gain that the second fill keeps",
    "without_supporting": "without supporting",
    "without_hindering": "without hindering",
    "without_elsewhere": "without the same elsewhere",
}
"""Details that are shares or probabilities."""

OTHERS = {
    "predicted": "predicted label",
    "loser": "label that loses most",
    "gainer": "label that gains most",
    "target_logit_before": "label's logit, before",
    "target_logit_after": "label's logit, with the mask",
    "others_mean_before": "mean of the other logits, before",
    "others_mean_after": "mean of the other logits, with the mask",
    "others_max_before": "highest other logit, before",
    "others_max_after": "highest other logit, with the mask",
    "r2": "fit of the surrogate (R²)",
    "completeness": "relative residual of the sum",
    "seed_agreement": "agreement of two seeds",
    "forward_passes": "forward passes",
    "backward_passes": "backward passes",
    "precision_error": "error of reduced precision",
}


def readable(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(words, number) for each detail; a label's index is told by its name; unknown details keep theirs."""
    return [_told(name, details) for name in details if not name.endswith("_label")]


def _told(name: str, details: Mapping[str, Any]) -> tuple[str, str]:
    if name in LABELS and f"{name}_label" in details:
        return OTHERS[name], str(details[f"{name}_label"])
    if name in PROBABILITIES and isinstance(details[name], float):
        return PROBABILITIES[name], percent(details[name])
    return OTHERS.get(name, PROBABILITIES.get(name, name.replace("_", " "))), number(details[name])
