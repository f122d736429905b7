"""``sheets.html``: decisions as sums of concepts, in words for people who do not train networks, on one page."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from whylight.concepts.overview import Worth
from whylight.concepts.sheet import Line, Sheet
from whylight.plots.numbers import logit, percent
from whylight.report.pages import template

TOLD = 3
"""So many concepts are told in the words above a sheet; the sheet has all that are shown."""


@dataclass(frozen=True)
class Told:
    """One picture: its name, its sheet in words, and the figure as a data URI."""

    picture: str
    label: str
    probability: float
    words: str
    figure: str


def told(picture: str, sheet: Sheet, figure: bytes) -> Told:
    """``figure``: the sheet as PNG."""
    uri = f"data:image/png;base64,{base64.b64encode(figure).decode()}"
    return Told(picture, sheet.label, sheet.probability, sentence(sheet), uri)


def render(title: str, sheets: Sequence[Told], worths: Sequence[Worth] = ()) -> str:
    """The page."""
    page = template("concepts.html.jinja", percent=percent, logit=logit)
    return page.render(title=title, sheets=sheets, worths=worths)


def sentence(sheet: Sheet) -> str:
    """A decision in words: what adds to the label's score, what takes from it, and what is left."""
    parts = [f"The score of {sheet.label} is {logit(sheet.logit)}."]
    for lines, verb in ((sheet.supporting, "adds"), (sheet.opposing, "takes away")):
        named = [f"{line.title} {verb} {_size(sheet, line)}" for line in lines[:TOLD]]
        if named:
            parts.append(f"{_listed(named)}.")
        elif verb == "takes away":
            parts.append("Nothing speaks against it.")
    others = sheet.others_for[0] + sheet.others_against[0]
    hidden = max(0, len(sheet.supporting) - TOLD) + max(0, len(sheet.opposing) - TOLD)
    if others + hidden:
        parts.append(f"{others + hidden} more concept{'s' * (others + hidden > 1)} change it less.")
    if abs(sheet.rest) > 0.1 * abs(sheet.logit):
        parts.append(f"{logit(sheet.rest)} of it belongs to no concept.")
    spurious = [line.title for line in (*sheet.supporting, *sheet.opposing) if line.spurious]
    if spurious:
        parts.append(f"A person has said that {_listed(spurious)} should not decide.")
    return " ".join(f"{part[0].upper()}{part[1:]}" for part in parts)


def _size(sheet: Sheet, line: Line) -> str:
    share = sheet.share(line.adds)
    return logit(abs(line.adds)) + ("" if share is None else f" ({percent(abs(share))})")


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
