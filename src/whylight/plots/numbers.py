"""Numbers for people."""

from typing import Any

NO_BREAK = "\N{NO-BREAK SPACE}"
ARROW = f"{NO_BREAK}→{NO_BREAK}"


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


def moved(before: float, after: float) -> str:
    """A probability before and after, which no line break divides."""
    return ARROW.join((percent(before), percent(after)))


def logit(value: float) -> str:
    """A logit, with two digits after the point."""
    return f"{value:.2f}".replace("-", "−")


def number(value: Any) -> str:
    """Whole numbers as they are, others with four digits."""
    if isinstance(value, float):
        words = f"{value:,.0f}" if value.is_integer() and abs(value) < 1e9 else f"{value:.4g}"
        return words.replace("-", "−") if "e" not in words else words
    return str(value)
