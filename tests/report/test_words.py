"""Details under readable names."""

from whylight.plots.numbers import NO_BREAK
from whylight.report.words import readable


def test_labels_are_told_by_name_and_shares_in_percent() -> None:
    details = {
        "before": 0.723, "loser": 3.0, "loser_label": "tusker", "others_max_after": -11.23456,
        "second_fill_share": 0.5, "forward_passes": 200.0, "some_detail": 2.5, "area": "?",
    }  # fmt: skip
    told = [(words, text.replace(NO_BREAK, " ")) for words, text in readable(details)]
    assert told == [
        ("label, before the mask", "72 %"),
        ("label that loses most", "tusker"),
        ("highest other logit, with the mask", "−11.23"),
        ("gain that the second fill keeps", "50 %"),
        ("forward passes", "200"),
        ("some detail", "2.5"),
        ("share of the picture marked", "?"),
    ]
