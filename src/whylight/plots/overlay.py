"""The picture, and beside it what supports and what hinders the label: the figure for one picture and method.

A method that searches for a mask gets a third panel: what the classifier saw in the end.
"""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from whylight.explanation import Explanation
from whylight.frame import Frame
from whylight.plots import colours, panels
from whylight.plots.canvas import BADGE, LEGEND_INKS, MARGIN, QUIET, TITLE, Canvas, Layout, shortened
from whylight.plots.finding import Finding, finding_of
from whylight.plots.fonts import drawable
from whylight.plots.region_words import Marker, markers
from whylight.regions import HINDERS, Region
from whylight.spec import name_of
from whylight.types import Images

UNSEEN = "Hatched: the classifier did not see it."
LONGEST_OF_THREE = 720
"""Three panels beside each other are smaller: at most so many pixels along the longer side."""

Seen = tuple[Image.Image, Image.Image]
"""What the classifier saw at first and in the end."""


def overlay(
    explanation: Explanation,
    picture: Image.Image | None = None,
    frame: Frame | None = None,
    *,
    index: int = 0,
    method: str = "",
    regions: Sequence[Region] = (),
) -> Figure:
    """The figure for one picture of an explanation; ``figure.savefig(file)`` writes it.

    ``picture`` and ``frame``: the picture as it was taken and what ``classifier.fit`` gave for it; without them the
    classifier's own input is shown. ``method``: the words for the method in the title. ``regions``: what
    ``whylight.regions.regions`` found for this picture; the strongest are numbered.
    """
    given = input_picture(explanation.images, index)
    if picture is None or frame is None:
        picture = given
        frame = Frame((picture.height, picture.width), (0.0, 0.0, float(picture.width), float(picture.height)))
    shown, visible = panels.prepared(picture, frame)
    perturbed, seen = explanation.evidence.perturbed, None
    if perturbed is not None:
        shown = panels.shrunk(shown, LONGEST_OF_THREE)
        visible = panels.scaled(visible, (shown.height, shown.width))
        seen = given, input_picture(perturbed, index)
    evidence = visible.to_picture(explanation.maps[index].detach().float()).numpy()
    marked = markers(explanation, index, regions, visible)
    name = method or name_of(explanation.method)
    return draw(shown, evidence, visible, finding_of(explanation, index), name, marked=marked, seen=seen)


def input_picture(images: Images, index: int) -> Image.Image:
    """A picture in display space as the classifier sees it."""
    pixels = (255 * images[index].clamp(0, 1).permute(1, 2, 0)).round().byte().cpu().numpy()
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).convert("RGB")


def draw(
    picture: Image.Image,
    evidence: NDArray[np.float32],
    frame: Frame,
    finding: Finding,
    method: str,
    *,
    marked: Sequence[Marker] = (),
    seen: Seen | None = None,
) -> Figure:
    """The figure from its parts: ``evidence`` has the picture's size."""
    limit = 1.0 if seen else colours.limit_of(evidence)
    shown = _panels(picture, panels.evidence_panel(picture, evidence, limit, frame), frame, seen)
    size = (picture.height * panels.factor_for(frame.size), picture.width * panels.factor_for(frame.size))
    letters = Layout(size, panels=len(shown)).letters
    words = _words(finding, letters, whole=frame.whole)
    warnings = [line for warning in finding.warnings for line in textwrap.wrap(f"⚠ {warning}", letters - 2)]
    notes = [line for mark in marked for line in textwrap.wrap(mark.sentence, letters, subsequent_indent="    ")]
    canvas = Canvas(Layout(size, len(words), len(warnings), len(shown), notes=len(notes)))
    label, fonts = drawable(finding.label, f"label {finding.index}")
    title = f"{shortened(label, 44)} · {finding.change} · {method}"
    canvas.write(MARGIN, MARGIN, title, size=15, fonts=fonts, weight="bold", widest=canvas.layout.width - 2 * MARGIN)
    canvas.paragraph(MARGIN, MARGIN + TITLE, words)
    if warnings:
        canvas.strip(warnings)
    for (name, pixels), (left, top) in zip(shown.items(), canvas.layout.corners, strict=True):
        canvas.write(left, top - 22, name, size=10, colour=QUIET)
        canvas.show(left, top, pixels)
    _number(canvas, marked, size[1] / picture.width, size)
    one_sided = finding.marks if seen else "both"
    canvas.legend(limit, (f"hinders {label}", f"supports {label}"), fonts, one_sided)
    canvas.paragraph(MARGIN, canvas.layout.notes_top, notes)
    return canvas.figure


def _panels(
    picture: Image.Image, evidence: colours.Pixels, frame: Frame, seen: Seen | None
) -> dict[str, colours.Pixels]:
    if seen is None:
        return {"picture": panels.picture_panel(picture, frame), "evidence": evidence}
    first, last = (panels.input_panel(given, picture, frame) for given in seen)
    return {"what the classifier saw": first, "mask": evidence, "what it saw in the end": last}


def _words(finding: Finding, letters: int, *, whole: bool) -> list[str]:
    """The lines under the title."""
    checked = " ".join([finding.judgement, finding.measured, *([] if whole else [UNSEEN])])
    sentences = [*(finding.ledger.sentences if finding.ledger else ()), checked]
    return [line for sentence in sentences for line in textwrap.wrap(sentence, letters)]


def _number(canvas: Canvas, marked: Sequence[Marker], factor: float, size: tuple[int, int]) -> None:
    """Numbers on the second panel, each moved aside where another stands; one that finds no place is left out."""
    left, top = canvas.layout.corners[1]
    taken: list[tuple[int, int]] = []
    for mark in marked:
        middle = round(mark.place[0] * factor), round(mark.place[1] * factor)
        for aside in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
            place = tuple(
                min(max(at + BADGE * step, BADGE // 2), length - BADGE // 2)
                for at, step, length in zip(middle, aside, (size[1], size[0]), strict=True)
            )
            if all(max(abs(place[0] - other[0]), abs(place[1] - other[1])) >= BADGE for other in taken):
                taken.append((place[0], place[1]))
                colour = LEGEND_INKS[0 if mark.sign == HINDERS else 1]
                canvas.badge(left + place[0], top + place[1], str(mark.number), colour)
                break
