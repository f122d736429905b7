"""Scores for people."""

import pytest

from whylight.plots.scores import hundredths, measured


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.618, "0.62"), (-0.5, "−0.50"), (-0.001, "0.00"), (1.0, "1.00"), (float("nan"), "–")],
)
def test_agreements_for_people(value: float, words: str) -> None:
    assert hundredths(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.12345, "0.123"), (0.04712, "0.0471"), (0.0026, "0.00260"), (12.345, "12.3"), (-2.5, "−2.50"), (1.0, "1.00"),
        (12345.6, "12,346"), (3.2e9, "3.2e+09"), (0.0, "0.000"), (4.21e-5, "4.2e−05"), (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)  # fmt: skip
def test_measurements_for_people(value: float, words: str) -> None:
    assert measured(value) == words
