"""Numbers for people."""

import pytest

from whylight.plots.numbers import NO_BREAK, logit, moved, number, percent


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.5, "50 %"), (0.004, "0.4 %"), (1e-9, "< 0.1 %"), (0.99995, "> 99.9 %"),
     (0.995, "99.5 %"), (float("nan"), "?")],
)  # fmt: skip
def test_probabilities_for_people(probability: float, words: str) -> None:
    assert percent(probability).replace(NO_BREAK, " ") == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(1000.0, "1,000"), (0.123456, "0.1235"), (3, "3"), ("x", "x"), (1e-7, "1e-07"), (None, "None"), (-2.5, "−2.5")],
)
def test_numbers_for_people(value: object, words: str) -> None:
    assert number(value) == words


def test_before_and_after_stand_on_one_line() -> None:
    assert moved(0.2, 0.55) == "20 % → 55 %".replace(" ", NO_BREAK)


def test_a_logit_has_two_digits() -> None:
    assert (logit(12.5), logit(-0.456)) == ("12.50", "−0.46")
