"""``report.html``: a run as one page that opens from disk, with everything inside it and nothing fetched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from jinja2 import Environment, PackageLoader

from whylight.plots.numbers import logit, number, percent
from whylight.plots.region_words import Marker
from whylight.report.layers import Layers
from whylight.report.results import Item, finding_in, sentence_of
from whylight.report.words import readable
from whylight.verdict import FLAGS

MOST_PICTURES = 60
"""So many pictures are shown in full: a page of thousands would not open. The others are in the table."""


@dataclass(frozen=True)
class Part:
    """One item of a picture: the layers of evidence, the numbered regions in the photo's pixels, and for a mask what the
    classifier saw in the end (data URI)."""

    item: Item
    layers: Layers
    markers: Sequence[Marker] = ()
    saw: str | None = None


@dataclass
class Section:
    """One picture of the page: its photo (data URI, width and height), its parts, and the figures that show several labels
    side by side: (method, file, data URI). ``steps``: of the picture's preparation, (file, data URI, doubts)."""

    picture: str
    photo: tuple[str, int, int]
    parts: list[Part] = field(default_factory=list)
    comparisons: list[tuple[str, str, str]] = field(default_factory=list)
    steps: tuple[str, str, tuple[str, ...]] | None = None

    @property
    def name(self) -> str:
        """The file's name alone."""
        return PurePath(self.picture).name

    @property
    def place(self) -> str:
        """The folder that it is in, if one was named."""
        return self.picture[: -len(self.name)] if self.picture.endswith(self.name) else ""


def render(results: dict[str, Any], sections: Sequence[Section]) -> str:
    """The page for ``results.json`` and the pictures that are shown in full."""
    pages = Environment(loader=PackageLoader("whylight.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.filters |= {
        "percent": percent,
        "finding": finding_in,
        "number": number,
        "logit": logit,
        "readable": readable,
        "sentence": sentence_of,
    }
    items = results["items"]
    return pages.get_template("report.html.jinja").render(
        results=results,
        plan=results["plan"],
        explained=[item for item in items if "error" not in item],
        failed=[item for item in items if "error" in item],
        sections=sections,
        flags=FLAGS,
    )
