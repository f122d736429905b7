"""How far a map's sum is from the change of the output that it should account for."""

from whylight.types import Logits, Scores

SMALLEST_CHANGE = 0.01
"""A change below this share of the range of a picture's logits counts as this share: no division by almost nothing."""


def relative_residual(total: Scores, change: Scores, logits: Logits) -> Scores:
    """|total - change| / |change|, at least 0; 0 is exact.

    ``total``: what a map adds up to. ``change``: the difference of logits that it explains. ``logits``: the picture's
    own, whose range (largest - smallest) says what a small change is; adding a constant to all of them alters nothing.
    """
    spread = logits.amax(dim=1) - logits.amin(dim=1)
    scale = change.abs().maximum(SMALLEST_CHANGE * spread).clamp_min(1e-12)
    return (total - change).abs() / scale
