"""The page of a comparison before and after: what was gained, what was changed, where was looked, is it to be trusted."""

from collections.abc import Callable, Mapping
from typing import Any

from whylight.plots.scores import hundredths, measured
from whylight.report import before_after_words as words
from whylight.report.comparison import confusion_table
from whylight.report.comparison_words import IN_SHORT, p_value, share
from whylight.report.pages import template

SHOWN = ("0.05", "0.5", "0.95")
"""The quantiles on the page; ``results.json`` has more."""


def render(results: dict[str, Any], figures: Mapping[str, str]) -> str:
    """The page for ``results.json`` and the figures (data URIs) by their names."""
    items = results["items"]
    filters: dict[str, Callable[..., Any]] = {
        "hundredths": hundredths,
        "measured": measured,
        "share": share,
        "points": words.hundreds,
        "kept": words.kept,
        "p_value": lambda p: p_value(p).removeprefix("= "),
    }
    return template("before_after.html.jinja", **filters).render(
        results=results,
        plan=results["plan"],
        found=results["before_after"],
        scores=results["scores"],
        matrices=[confusion_table(model) for model in (results["scores"] or {"models": []})["models"]],
        agreement=results["agreement"],
        pairs=results["pairs"],
        said=IN_SHORT,
        sentences=words.lead(results),
        figures=figures,
        layers=sorted(name for name in figures if name.startswith("layer-")),
        quantiles=SHOWN,
        compared=[item for item in items if "error" not in item],
        failed=[item for item in items if "error" in item],
    )
