"""What a version says of itself beside numbers worked out by hand."""

from typing import Any

import pytest
from scipy.stats import binomtest

from whylight.report.learned_model import accuracy_of, evidence_of, results_of

COUNTS = {"both": 80, "only_before": 1, "only_after": 9, "neither": 10, "pictures": 100, "before": 0.81, "after": 0.89}


def version(**changes: Any) -> dict[str, Any]:
    shares = {"before": [0.5, 0.6, None, 0.4], "after": [0.1, 0.2, None, 0.1]}
    return {
        "number": 2,
        "accepted": True,
        "tolerance": 0.005,
        "corrections": {"held_out": 4},
        "check": {"data": "photos", **COUNTS},
        "test": None,
        "changes_itself": "saliency",
        "attribution": {"areas": [0.1, 0.1, 0.1, 0.3], "methods": {"saliency": shares, "occlusion": shares}},
        **changes,
    }


def test_mcnemar_and_wilson() -> None:
    """Of ten pictures that differ one or none went down, or one or none up: 2 (1 + 10) / 2¹⁰."""
    found = accuracy_of({"data": "photos", **COUNTS})
    assert found["p"] == pytest.approx(22 / 1024)
    assert found["change"] == pytest.approx(0.08)
    assert found["after"]["accuracy"] == 0.89
    low, high = binomtest(89, 100).proportion_ci(method="wilson")
    assert found["after"]["interval"] == pytest.approx((low, high), abs=1e-6)


def test_networks_that_agree_do_not_differ() -> None:
    counts = COUNTS | {"both": 90, "only_before": 0, "only_after": 0}
    assert accuracy_of({"data": "photos", **counts})["p"] == 1.0


def test_evidence_is_a_mean_over_what_is_known() -> None:
    found = evidence_of(version()["attribution"]["methods"]["occlusion"])
    assert found["before"]["mean"] == pytest.approx(0.5)
    assert found["after"]["mean"] == pytest.approx(0.4 / 3)
    low, high = found["change"]["interval"]
    assert -0.4 - 1e-9 <= low <= found["change"]["mean"] <= high <= -0.3 + 1e-9


def test_no_held_out_pictures_give_no_numbers() -> None:
    empty = {"areas": [], "methods": {"occlusion": {"before": [], "after": []}}}
    found = results_of(version(attribution=empty, corrections={"held_out": 0}))
    assert found["area"] is None
    assert found["evidence"]["occlusion"] == {"before": None, "after": None, "change": None}
    assert found["sentences"][-1].startswith("Only 0 corrections are held out")


def test_the_sentences_name_what_the_loss_changes_itself() -> None:
    told = results_of(version())["sentences"]
    assert told[0] == (
        "Version 2 is accepted: accuracy 81.0% before and 89.0% after on 100 pictures (photos); "
        "at most 0.5 points may be lost."
    )
    assert told[1].startswith(
        "By occlusion, the evidence in pixels that should not matter falls: 50.0% before, 13.3% after"
    )
    assert told[2] == "The loss changes saliency itself, so its fall says little."
    assert "is not accepted" in results_of(version(accepted=False))["sentences"][0]
