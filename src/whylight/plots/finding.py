"""What an explanation found for one picture, as plain numbers and in words."""

from dataclasses import dataclass
from typing import Literal

from whylight.explanation import Explanation
from whylight.plots.ledger import Ledger, details_of, ledger_in
from whylight.plots.numbers import moved, percent
from whylight.verdict import FLAGS

Marks = Literal["both", "supports", "hinders", "nothing"]
"""Which signs a map has."""

CARRIES = 0.5
"""The share of the probability whose loss means that the marked pixels carry the decision."""
MATTERS = 0.05
MATTERS_OF_LITTLE = 0.25
"""The least change of the probability that is called a difference: 5 points, or a quarter of a small probability."""
DISTRUST = "Do not rely on this map: what it marks does not matter more than the rest."
WON = "The label gains with this mask, but not when the marked pixels are blurred more strongly"
DISTRUST_BEYOND = f"{WON}: do not rely on it."


@dataclass(frozen=True)
class Finding:
    """``label`` and ``index`` of the target; its probability as the picture is, without the pixels that support it,
    without those that hinder it and without a region of the supporting shape elsewhere, each in [0, 1]; the flags; which
    signs the map has; and what the mask did, if it is one."""

    label: str
    index: int
    probability: float
    without_supporting: float
    without_hindering: float
    without_elsewhere: float
    flags: tuple[str, ...] = ()
    marks: Marks = "both"
    ledger: Ledger | None = None

    @property
    def change(self) -> str:
        """The target's probability; for a mask, before and after."""
        if self.ledger is None:
            return percent(self.probability)
        return moved(self.ledger.target.before, self.ledger.target.after)

    @property
    def judgement(self) -> str:
        """Whether to believe the map, in a sentence or two: what supports, and what hinders if it makes a difference."""
        if "all_zero" in self.flags and self.ledger:
            return "The mask is empty: no pixels were found that are worth taking away."
        if {"non_finite", "all_zero", "no_better_than_elsewhere"} & set(self.flags):
            won = self._won_by_mask and "no_better_than_elsewhere" in self.flags
            return DISTRUST_BEYOND if won else DISTRUST
        if "saturated" in self.flags:
            return "The classifier is so sure that blurring a tenth of the picture changes nothing: this check cannot tell."
        if self.marks == "hinders":
            return self._hindering
        gained = self.without_hindering - self.probability
        words = self._supporting
        if gained >= self._difference:
            words += " Without what hinders, the label gains."
        elif gained <= -self._difference:
            words += " What is marked as hindering does not hinder: without it the label loses."
        return words

    @property
    def _supporting(self) -> str:
        lost = self.probability - self.without_supporting
        beyond = self.without_elsewhere - self.without_supporting
        if lost >= CARRIES * self.probability and beyond >= self._difference:
            return "The marked pixels carry the decision."
        return (
            "The marked pixels matter more than others."
            if beyond >= self._difference
            else "The marked pixels matter little more than others."
        )

    @property
    def _hindering(self) -> str:
        gained = self.without_hindering - self.probability
        beyond = self.without_hindering - self.without_elsewhere
        if gained >= self._difference and beyond >= self._difference:
            return "The marked pixels hinder: without them the label gains, and more than without others."
        if gained >= self._difference:
            return "Without the marked pixels the label gains, but little more than without others."
        if self._won_by_mask:
            return f"{WON}."
        if gained > -self._difference:
            return "The marked pixels hinder little."
        return "What is marked as hindering does not hinder: without it the label loses."

    @property
    def _won_by_mask(self) -> bool:
        """Whether a mask that marks what hinders made the label gain, as it is meant to."""
        if self.ledger is None or self.marks != "hinders":
            return False
        return self.ledger.target.after - self.ledger.target.before >= self._difference

    @property
    def _difference(self) -> float:
        return min(MATTERS, MATTERS_OF_LITTLE * self.probability)

    @property
    def checks(self) -> tuple[tuple[str, float], ...]:
        """What was blurred, and the target's probability then."""
        supporting, hindering = (
            ("without supporting", self.without_supporting),
            ("without hindering", self.without_hindering),
        )
        elsewhere = ("the same elsewhere", self.without_elsewhere)
        parts = {"hinders": (hindering, elsewhere), "supports": (supporting, elsewhere)}
        return ("as it is", self.probability), *parts.get(self.marks, (supporting, elsewhere, hindering))

    @property
    def measured(self) -> str:
        """The numbers behind the judgement, in one sentence or two; none for an empty map."""
        elsewhere = percent(self.without_elsewhere)
        supporting = f"Blurring what supports: {moved(self.probability, self.without_supporting)}"
        hindering = f"Blurring what hinders: {moved(self.probability, self.without_hindering)}"
        if self.marks == "nothing":
            return ""
        if self.marks == "hinders":
            return f"{hindering} (as much elsewhere: {elsewhere})."
        alone = f"{supporting} (as much elsewhere: {elsewhere})."
        return alone if self.marks == "supports" else f"{alone} {hindering}."

    @property
    def warnings(self) -> tuple[str, ...]:
        """Each flag with its meaning."""
        return tuple(f"{flag}: {FLAGS.get(flag, 'an unknown flag')}" for flag in self.flags)


def finding_of(explanation: Explanation, index: int = 0) -> Finding:
    """The finding for one picture of an explanation."""
    verdict, target = explanation.verdict, int(explanation.targets[index])
    label = explanation.classifier.labels[target]
    return Finding(
        label,
        target,
        float(verdict.probability[index]),
        float(verdict.without_supporting[index]),
        float(verdict.without_hindering[index]),
        float(verdict.without_elsewhere[index]),
        verdict.flags[index],
        marks_of(explanation, index),
        ledger_in(details_of(explanation, index), label),
    )


def marks_of(explanation: Explanation, index: int) -> Marks:
    """Which signs a picture's map has; what is not a number has none."""
    one_map = explanation.maps[index]
    supports, hinders = bool((one_map > 0).any()), bool((one_map < 0).any())
    if supports and hinders:
        return "both"
    return "supports" if supports else "hinders" if hinders else "nothing"
