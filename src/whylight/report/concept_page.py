"""``sheets.html``: decisions as sums of concepts, in words for people who do not train networks, on one page."""

from collections.abc import Sequence
from dataclasses import dataclass

from whylight.concepts.overview import Worth
from whylight.concepts.sheet import Line, Sheet
from whylight.plots.numbers import logit, percent
from whylight.report.concept_rows import Row, Tile, rows_of, signed, tile_of
from whylight.report.pages import template

TOLD = 3
"""So many concepts are told in the words above a sheet; the sheet has all that are shown."""
LEAST = 0.005
"""What belongs to no concept is told from here on: less is 0.00."""


@dataclass(frozen=True)
class Told:
    """One decision. ``picture``: its name; ``sheet``: the file of the figure beside the page. ``words``: the decision in
    words. ``rivals``: other labels with their probabilities. ``place``: the picture with the box of the first concept.
    ``sides``: (for or against, the concepts). ``sum``: all that adds up to the score."""

    picture: str
    label: str
    probability: float
    words: str
    sheet: str
    rivals: tuple[tuple[str, float], ...]
    place: Tile
    sides: tuple[tuple[str, tuple[Row, ...]], ...]
    sum: str


def told(picture: str, sheet: Sheet, file: str) -> Told:
    """``file``: the name of the figure that lies beside the page."""
    first = next(iter((*sheet.supporting, *sheet.opposing)), None)
    return Told(
        picture=picture,
        label=sheet.label,
        probability=sheet.probability,
        words=sentence(sheet),
        sheet=file,
        rivals=sheet.rivals,
        place=tile_of(sheet.pixels, None if first is None else first.box, picture),
        sides=(("for", rows_of(sheet, sheet.supporting)), ("against", rows_of(sheet, sheet.opposing))),
        sum=summed(sheet),
    )


def render(title: str, sheets: Sequence[Told], worths: Sequence[Worth] = ()) -> str:
    """The page."""
    page = template("concepts.html.jinja", percent=percent, logit=logit)
    return page.render(title=title, sheets=sheets, worths=worths)


def summed(sheet: Sheet) -> str:
    """The score as a sum; what has no line of its own is told with how many concepts it is."""
    parts = [signed(line.adds) for line in (*sheet.supporting, *sheet.opposing)]
    parts += [f"{signed(adds)} ({count} more)" for count, adds in (sheet.others_for, sheet.others_against) if count]
    parts += [f"{signed(sheet.rest)} (no concept)"] if abs(sheet.rest) >= LEAST else []
    apart = " ".join(f"{part[0]} {part[1:]}" for part in parts)
    return f"{apart.removeprefix('+ ')} = {logit(sheet.total)}"


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
