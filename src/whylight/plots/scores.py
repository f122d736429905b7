"""Scores for people: agreements with two digits, and measurements of any size with three that count."""

import math


def hundredths(value: float) -> str:
    """A number from -1 to 1 with two digits behind the point; a dash if it is none."""
    if math.isnan(value):
        return "–"
    words = f"{value:.2f}"
    return "0.00" if words == "-0.00" else words.replace("-", "−")


def measured(value: float) -> str:
    """A measurement with three digits that count, thousands apart; a dash if it is none."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if 0 < size < 1e-3 or size >= 1e7:
        words = f"{value:.1e}"
    else:
        digits = max(0, 2 - math.floor(math.log10(size))) if size else 3
        words = f"{value:,.{digits}f}"
    return words.replace("-", "−")
