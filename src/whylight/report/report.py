"""``report.html``: a run as one page that opens from disk, with everything inside it and nothing fetched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from jinja2 import Environment, PackageLoader

from whylight.plots.finding import percent
from whylight.report.layers import Layers
from whylight.report.results import Item, finding_in
from whylight.verdict import FLAGS

MOST_PICTURES = 60
"""So many pictures are shown in full: a page of thousands would not open. The others are in the table."""


@dataclass
class Section:
    """One picture of the page: its photo (data URI, width and height) and for each item the layers of evidence."""

    picture: str
    photo: tuple[str, int, int]
    parts: list[tuple[Item, Layers]] = field(default_factory=list)

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
    pages.filters |= {"percent": percent, "finding": finding_in, "number": number}
    items = results["items"]
    return pages.get_template("report.html.jinja").render(
        results=results,
        plan=results["plan"],
        explained=[item for item in items if "error" not in item],
        failed=[item for item in items if "error" in item],
        sections=sections,
        flags=FLAGS,
    )


def number(value: Any) -> str:
    """A detail for people: whole numbers as they are, others with four digits."""
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e9 else f"{value:.4g}"
    return str(value)
