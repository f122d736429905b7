"""What an explanation found for one picture, as plain numbers and in words."""

from dataclasses import dataclass

from whylight.explanation import Explanation
from whylight.verdict import FLAGS

CARRIES = 0.5
"""The share of the probability whose loss means that the marked pixels carry the decision."""
MATTERS = 0.05
MATTERS_OF_LITTLE = 0.25
"""The least change of the probability that is called a difference: 5 points, or a quarter of a small probability."""
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Finding:
    """``label`` and ``index`` of the target; its probability as the picture is, without the pixels that support it,
    without those that hinder it and without a region of the supporting shape elsewhere, each in [0, 1]; the flags."""

    label: str
    index: int
    probability: float
    without_supporting: float
    without_hindering: float
    without_elsewhere: float
    flags: tuple[str, ...] = ()

    @property
    def judgement(self) -> str:
        """Whether to believe the map, in a sentence or two: what supports, and what hinders if it makes a difference."""
        gained = self.without_hindering - self.probability
        if gained >= self._difference:
            return f"{self._supporting} Without what hinders, the label gains."
        if gained <= -self._difference:
            return f"{self._supporting} What is marked as hindering does not hinder: without it the label loses."
        return self._supporting

    @property
    def _supporting(self) -> str:
        lost = self.probability - self.without_supporting
        beyond = self.without_elsewhere - self.without_supporting
        if {"non_finite", "all_zero", "no_better_than_elsewhere"} & set(self.flags):
            return "Do not rely on this map: what it marks does not matter more than the rest."
        if "saturated" in self.flags:
            return "The classifier is so sure that blurring a tenth of the picture changes nothing: this check cannot tell."
        if lost >= CARRIES * self.probability and beyond >= self._difference:
            return "The marked pixels carry the decision."
        return (
            "The marked pixels matter more than others."
            if beyond >= self._difference
            else "The marked pixels matter little more than others."
        )

    @property
    def _difference(self) -> float:
        return min(MATTERS, MATTERS_OF_LITTLE * self.probability)

    @property
    def checks(self) -> tuple[tuple[str, float], ...]:
        """What was blurred, and the target's probability then."""
        return (
            ("as it is", self.probability),
            ("without supporting", self.without_supporting),
            ("the same elsewhere", self.without_elsewhere),
            ("without hindering", self.without_hindering),
        )

    @property
    def measured(self) -> str:
        """The numbers behind the judgement, in one sentence."""
        return (
            f"Blurring what supports: {percent(self.probability)} → {percent(self.without_supporting)} "
            f"(as much elsewhere: {percent(self.without_elsewhere)}). "
            f"Blurring what hinders: {percent(self.probability)} → {percent(self.without_hindering)}."
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Each flag with its meaning."""
        return tuple(f"{flag}: {FLAGS.get(flag, 'an unknown flag')}" for flag in self.flags)


def finding_of(explanation: Explanation, index: int = 0) -> Finding:
    """The finding for one picture of an explanation."""
    verdict, target = explanation.verdict, int(explanation.targets[index])
    return Finding(
        explanation.classifier.labels[target],
        target,
        float(verdict.probability[index]),
        float(verdict.without_supporting[index]),
        float(verdict.without_hindering[index]),
        float(verdict.without_elsewhere[index]),
        verdict.flags[index],
    )


def percent(probability: float) -> str:
    """A probability for people, which no line break divides: ``87 %``, ``0.4 %``, ``< 0.1 %``; ``?`` if it is no number."""
    if probability != probability:  # noqa: PLR0124 (NaN is the only number that differs from itself)
        return "?"
    hundredths = 100 * probability
    words = f"{hundredths:.1f} %" if 0 < hundredths < 10 or 99 < hundredths < 100 else f"{hundredths:.0f} %"
    if 0 < hundredths < 0.1:
        words = "< 0.1 %"
    if 99.9 < hundredths < 100:
        words = "> 99.9 %"
    return words.replace(" ", NO_BREAK)
