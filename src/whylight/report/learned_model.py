"""What a version of a corrected model says of itself, with intervals and tests: before and after on the same pictures.

Accuracies have Wilson's interval and McNemar's test, shares of the evidence the bootstrap of the pictures.
"""

from typing import Any

import torch
from torch import Tensor

from whylight.comparison.classification import wilson
from whylight.comparison.resampling import intervals, means

Document = dict[str, Any]

FEWEST = 10
"""Held-out corrections below which an effect is only a hint."""


def results_of(version: Document) -> Document:
    """The version with numbers that can be read off: ``accuracy`` of the pictures to check on and of the test, ``evidence``
    in the unwanted pixels by each method, and ``sentences``."""
    accuracy = {name: accuracy_of(version[name]) for name in ("check", "test") if version.get(name)}
    evidence = {name: evidence_of(each) for name, each in version["attribution"]["methods"].items()}
    areas = torch.tensor(version["attribution"]["areas"], dtype=torch.float64)
    found = {"accuracy": accuracy, "evidence": evidence, "area": float(areas.mean()) if len(areas) else None}
    return version | found | {"sentences": sentences(version, found)}


def accuracy_of(counts: Document) -> Document:
    """Each accuracy with its interval, the change, and McNemar's p that there is none."""
    from scipy.stats import binomtest

    pictures, differing = counts["pictures"], counts["only_before"] + counts["only_after"]
    right = {name: counts["both"] + counts[f"only_{name}"] for name in ("before", "after")}
    p = float(binomtest(counts["only_after"], differing).pvalue) if differing else 1.0
    accuracies = {name: {"accuracy": counts[name], "interval": wilson(right[name], pictures)} for name in right}
    return {
        "data": counts["data"],
        "pictures": pictures,
        "change": counts["after"] - counts["before"],
        "p": p,
        **accuracies,
    }


def evidence_of(shares: Document) -> Document:
    """The mean shares before and after and their mean change, each with its interval; None of no pictures."""
    before, after = (_numbers(shares[name]) for name in ("before", "after"))
    rows = torch.stack([before, after, after - before])
    if not len(before):
        return dict.fromkeys(("before", "after", "change"))
    lows, highs = intervals(rows)
    found = zip(means(rows).tolist(), lows.tolist(), highs.tolist())
    return {
        name: {"mean": mean, "interval": (low, high)}
        for name, (mean, low, high) in zip(("before", "after", "change"), found)
    }


def _numbers(shares: list[float | None]) -> Tensor:
    return torch.tensor([float("nan") if share is None else share for share in shares], dtype=torch.float64)


def sentences(version: Document, found: Document) -> list[str]:
    """What came of it, in words; what speaks against it last."""
    check, own = found["accuracy"]["check"], version["changes_itself"]
    lost = version["tolerance"]
    verdict = "is accepted" if version["accepted"] else "is not accepted"
    told = [
        f"Version {version['number']} {verdict}: accuracy {check['before']['accuracy']:.1%} before and "
        f"{check['after']['accuracy']:.1%} after on {check['pictures']:,} pictures ({check['data']}); at most "
        f"{100 * lost:g} points may be lost."
    ]
    told += [_evidence_words(name, each) for name, each in found["evidence"].items() if each["change"] and name != own]
    if own in found["evidence"]:
        told.append(f"The loss changes {own} itself, so its fall says little.")
    held_out = version["corrections"]["held_out"]
    if held_out < FEWEST:
        told.append(
            f"Only {held_out} corrections are held out: the effect on explanations is a hint and no measurement."
        )
    return told


def _evidence_words(name: str, each: Document) -> str:
    low, high = each["change"]["interval"]
    how = "falls" if high < 0 else "rises" if low > 0 else "does not clearly change"
    return (
        f"By {name}, the evidence in pixels that should not matter {how}: {each['before']['mean']:.1%} before, "
        f"{each['after']['mean']:.1%} after (change {100 * low:+.1f} to {100 * high:+.1f} points)."
    )
