"""``results.json``: every number that was printed, with the plan and the versions that led to it.

    {"whylight": version, "plan": {…}, "versions": {…}, "items": […], "metrics": [], "controls": []}

An item is one picture, method and target, or a picture or method that failed (``error``). Its ``regions`` are null where
they were not looked for. With a preparation it has ``preparation``: the box in the picture that the classifier was given,
what was measured, what was warned of, and all doubts about the answer.
"""

import json
import math
import platform
from collections.abc import Sequence
from importlib import metadata
from typing import Any

from whylight import __version__
from whylight.errors import LayerError
from whylight.explanation import Explanation
from whylight.frame import Frame
from whylight.plots.finding import Finding, finding_of
from whylight.plots.ledger import details_of, ledger_in
from whylight.plots.region_words import region_sentence
from whylight.preparation import Prepared
from whylight.regions import Region

Item = dict[str, Any]
"""A row of ``items``, as plain data."""

PACKAGES = ("torch", "numpy", "pillow", "scikit-image", "matplotlib")


def document(plan: dict[str, Any], items: list[Item]) -> dict[str, Any]:
    """All of ``results.json`` as plain data."""
    versions = {"python": platform.python_version(), "system": platform.platform()}
    versions |= {package: metadata.version(package) for package in PACKAGES}
    return {
        "whylight": __version__,
        "plan": plan,
        "versions": versions,
        "items": items,
        "metrics": [],
        "controls": [],
    }


def to_json(results: dict[str, Any]) -> str:
    """Strict JSON: what is not a finite number becomes null."""
    return json.dumps(_finite(results), ensure_ascii=False, indent=2, allow_nan=False)


def explained(
    explanation: Explanation,
    index: int,
    *,
    picture: str,
    method: str,
    seconds: float,
    regions: list[Item] | None = None,
) -> Item:
    """The item of one picture of an explanation; ``files`` is empty until they are written. ``regions``: as
    ``region_items`` gives them."""
    finding = finding_of(explanation, index)
    details = details_of(explanation, index) | {
        "without_supporting": finding.without_supporting,
        "without_hindering": finding.without_hindering,
        "without_elsewhere": finding.without_elsewhere,
        "forward_passes": explanation.forward,
        "backward_passes": explanation.backward,
        "seconds": seconds,
        "precision_error": explanation.precision_error,
    }
    return {
        "picture": picture,
        "model": explanation.classifier.name,
        "method": method,
        "target": {"index": finding.index, "label": finding.label},
        "probability": finding.probability,
        "marks": finding.marks,
        "details": details,
        "regions": regions,
        "flags": list(finding.flags),
        "files": {},
    }


def add_preparation(item: Item, prepared: Prepared, doubts: Sequence[str]) -> None:
    """What the preparation of the item's picture measured and warned of, and why the classifier's answer is doubtful."""
    item["preparation"] = preparation(prepared, doubts)
    item["flags"] += ["low_confidence"] if doubts else []


def preparation(prepared: Prepared, doubts: Sequence[str]) -> Item:
    """What a preparation measured and warned of, with all doubts, as plain data."""
    return {
        "box": [round(edge, 1) for edge in prepared.frame.box],
        "numbers": prepared.numbers,
        "warnings": list(prepared.warnings),
        "doubts": list(doubts),
    }


def region_items(explanation: Explanation, regions: Sequence[Region] | None, frame: Frame) -> list[Item] | None:
    """Regions as plain data, numbered from 1; boxes are (left, top, right, bottom) in the classifier's pixels, as ``place``
    (column, row) is, and in the picture's, which ``frame`` leads to. None stays None: they were not looked for."""
    if regions is None:
        return None
    names, size = explanation.classifier.labels, (explanation.images.shape[-2], explanation.images.shape[-1])
    return [
        {
            "number": number,
            "sign": region.sign,
            "box": list(region.box),
            "place": list(region.place),
            "picture_box": [round(edge, 1) for edge in frame.box_in_picture(region.box, size)],
            "share": region.share,
            "before": region.before,
            "after": region.after,
            "label": {"index": region.label, "label": names[region.label]},
            "label_before": region.label_before,
            "label_after": region.label_after,
        }
        for number, region in enumerate(regions, start=1)
    ]


def failed(error: BaseException | str, *, picture: str, model: str, method: str | None = None) -> Item:
    """The item of a picture that could not be read, or of a method that failed on it."""
    return {
        "picture": picture,
        "model": model,
        "method": method,
        "target": None,
        "probability": None,
        "marks": None,
        "details": {},
        "regions": None,
        "flags": ["layer_not_reached"] if isinstance(error, LayerError) else [],
        "files": {},
        "error": error if isinstance(error, str) else str(error) or type(error).__name__,
    }


def finding_in(item: Item) -> Finding:
    """The finding that an item was made of."""
    details, target = item["details"], item["target"]
    return Finding(
        target["label"],
        target["index"],
        item["probability"],
        details["without_supporting"],
        details["without_hindering"],
        details["without_elsewhere"],
        tuple(item["flags"]),
        item["marks"],
        ledger_in(details, target["label"]),
    )


def sentence_of(region: Item, target: str) -> str:
    """What a region of an item does, in words; ``target``: the label that the item explains."""
    label = region["label"]
    found = Region(
        sign=region["sign"],
        box=tuple(region["box"]),
        place=tuple(region["place"]),
        share=region["share"],
        before=region["before"],
        after=region["after"],
        label=label["index"],
        label_before=region["label_before"],
        label_after=region["label_after"],
    )
    return region_sentence(found, target, label["label"], region["number"])


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, (list, tuple)) else value
