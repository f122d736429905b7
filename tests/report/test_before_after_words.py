"""What is said of a comparison before and after."""

import pytest

from whylight.report.before_after_words import VERDICTS, gain_sentence, hundreds, kept, points

GAIN = {
    "pictures": 1000,
    "before": {"accuracy": 0.9, "low": 0.88, "high": 0.917},
    "after": {"accuracy": 0.925, "low": 0.907, "high": 0.94},
    "gain": 0.025,
    "low": 0.01,
    "high": 0.04,
    "fixed": 40,
    "broken": 15,
    "p": 0.0004,
}


def test_a_gain() -> None:
    assert gain_sentence(GAIN).replace("\N{NO-BREAK SPACE}", " ") == (
        "Right in 1,000 pictures: before 90.0 % (88.0 % to 91.7 %), after 92.5 % (90.7 % to 94.0 %); +2.5 points (+1.0 to "
        "+4.0), 40 fixed and 15 broken (McNemar, p < 0.001)."
    )


@pytest.mark.parametrize(
    ("value", "said"), [(0.0123, "+1.2"), (-0.1, "−10.0"), (0.0, "0.0"), (-0.0001, "0.0"), (float("nan"), "–")]
)
def test_points(value: float, said: str) -> None:
    assert hundreds(value) == said
    assert points(value).startswith(said)


def test_what_is_kept() -> None:
    assert kept(None) == "–"
    assert kept(0.5).startswith("50.0")
    assert all(sentence.endswith(".") for sentence in VERDICTS.values())
