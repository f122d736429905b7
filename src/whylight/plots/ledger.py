"""What a mask did to the classifier's answer, in words: who gains and who loses, and whether a second fill agrees."""

from collections.abc import Mapping
from dataclasses import dataclass

from whylight.explanation import Explanation
from whylight.plots.numbers import ARROW, logit, moved, percent

LABELS = {"predicted": "predicted", "loser": "loses most", "gainer": "gains most"}
"""Details that are a label's index, and what is said of that label."""
AGREES = 0.5
"""A second fill agrees if it keeps this share of the gain."""
A_CHANGE = 0.001
"""The least change of a probability that is told."""

Details = Mapping[str, float | str]


@dataclass(frozen=True)
class Move:
    """Something before and after; ``note`` says why it is told."""

    name: str
    before: float
    after: float
    note: str = ""


@dataclass(frozen=True)
class Ledger:
    """``labels``: the target's probability and those of the labels that matter beside it. ``logits``: the target's, the
    others' mean and the highest of the others. ``area``: the share of the picture that is marked. ``second``: the
    target's probability under a second fill and the share of the gain that it keeps, if there was a gain. ``blurred``: how
    much is taken away on average, faintly or fully."""

    labels: tuple[Move, ...]
    logits: tuple[Move, ...]
    area: float
    second: tuple[float, float] | None = None
    blurred: float | None = None

    @property
    def target(self) -> Move:
        """The target's probability."""
        return self.labels[0]

    @property
    def probabilities(self) -> str:
        """Who gains and who loses, in one sentence."""
        moves = (
            f"{move.name}{f' ({move.note})' if move.note else ''} {moved(move.before, move.after)}"
            for move in self.labels
        )
        faint = "" if self.blurred is None else f" and takes {percent(self.blurred)} away on average"
        return f"The mask marks {percent(self.area)} of the picture{faint}. With it: {'; '.join(moves)}."

    @property
    def logit_words(self) -> str:
        """The logits, in one sentence."""
        moves = (f"{move.name} {logit(move.before)}{ARROW}{logit(move.after)}" for move in self.logits)
        return f"Logits: {'; '.join(moves)}."

    @property
    def second_words(self) -> str:
        """Whether the second fill agrees; nothing where there is nothing to agree with."""
        if self.second is None:
            return ""
        after, share = self.second
        verb = "agrees" if share >= AGREES else "does not agree"
        kept = (
            "more than the gain" if share > 1 else "none of the gain" if share <= 0 else f"{percent(share)} of the gain"
        )
        return f"A second fill {verb}: {percent(after)}, {kept}."

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it."""
        return tuple(words for words in (self.probabilities, self.second_words, self.logit_words) if words)


def details_of(explanation: Explanation, index: int) -> dict[str, float | str]:
    """A picture's details as plain data; those of a mask that are a label's index get its name beside them, as
    ``loser_label`` beside ``loser``."""
    evidence = explanation.evidence
    details: dict[str, float | str] = {name: float(numbers[index]) for name, numbers in evidence.details.items()}
    if evidence.perturbed is not None:
        names = explanation.classifier.labels
        details |= {f"{name}_label": names[int(details[name])] for name in LABELS if name in details}
    return details


def ledger_in(details: Details, label: str) -> Ledger | None:
    """The ledger that details hold; None for a method without a mask."""
    if "target_logit_after" not in details:
        return None
    moves = {label: _move(details, "", label)}
    for name, note in LABELS.items():
        if (other := str(details.get(f"{name}_label", label))) not in moves:
            move = _move(details, f"{name}_", other, note)
            if name == "predicted" or abs(move.after - move.before) > A_CHANGE:
                moves[other] = move
    logits = tuple(
        _move(details, f"{name}_", words)
        for name, words in (
            ("target_logit", label),
            ("others_mean", "mean of the others"),
            ("others_max", "highest other"),
        )
    )
    second = None
    if "second_fill_after" in details and moves[label].after - moves[label].before > A_CHANGE:
        second = float(details["second_fill_after"]), float(details["second_fill_share"])
    blurred = float(details["blurred"]) if "blurred" in details else None
    return Ledger(tuple(moves.values()), logits, float(details["area"]), second, blurred)


def _move(details: Details, prefix: str, name: str, note: str = "") -> Move:
    return Move(name, float(details[f"{prefix}before"]), float(details[f"{prefix}after"]), note)
