"""A stage of a training: epochs in a row with one aim, one optimiser and one rate."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """``epochs``: at most so many. ``rate``: the schedule's peak. ``name``: for people; None where there is one
    stage only."""

    epochs: int
    rate: float
    name: str | None = None
