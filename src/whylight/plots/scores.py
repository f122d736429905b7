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
    if size >= 1000:
        words = f"{value:,.0f}" if size < 1e7 else f"{value:.2e}"
    elif size and size < 1e-3:
        words = f"{value:.1e}"
    else:
        words = f"{value:.3g}" if size >= 1 else f"{value:.3f}"
    return words.replace("-", "−")
