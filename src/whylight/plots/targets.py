"""One picture and method, several labels: the maps side by side, with what each label gains or loses; two labels are also
laid against each other."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from PIL import Image

from whylight.explanation import Explanation
from whylight.frame import Frame
from whylight.plots import colours, panels
from whylight.plots.canvas import LINE, MARGIN, QUIET, Canvas, Layout
from whylight.plots.contrast import contrast_words
from whylight.plots.finding import Finding, finding_of
from whylight.plots.fonts import FAMILY, drawable
from whylight.plots.ledger import Move
from whylight.plots.numbers import moved

LONGEST = 420
"""Of each panel, in pixels."""


def targets_figure(
    explained: Sequence[tuple[Explanation, int]],
    picture: Image.Image,
    frame: Frame,
    *,
    method: str,
    moves: Sequence[Move] = (),
) -> Figure:
    """``explained``: an explanation for each label, and the picture's index in it. ``picture`` and ``frame``: the picture
    as it was taken and what ``classifier.fit`` gave for it. ``moves``: of two labels, as ``rival_moves`` gives them. All
    maps have one scale."""
    shown, seen = panels.prepared(picture, frame)
    shown = panels.shrunk(shown, LONGEST)
    seen = panels.scaled(seen, (shown.height, shown.width))
    maps = [seen.to_picture(each.maps[index].detach().float()).numpy() for each, index in explained]
    is_mask = explained[0][0].evidence.perturbed is not None
    limit = 1.0 if is_mask else max(colours.limit_of(evidence) for evidence in maps)
    findings = [finding_of(each, index) for each, index in explained]
    against = [maps[0] - maps[1]] if len(maps) == 2 else []
    pixels = [panels.evidence_panel(shown, evidence, limit, seen) for evidence in (*maps, *against)]
    size = (pixels[0].shape[0], pixels[0].shape[1])
    names = [drawable(finding.label, f"label {finding.index}")[0] for finding in findings]
    notes = contrast_words(names[0], names[1], moves) if against else []
    canvas = Canvas(Layout(size, panels=1 + len(pixels), captions=2, notes=len(notes)))
    layout = canvas.layout
    title = f"{len(maps)} labels side by side · {method}"
    canvas.write(MARGIN, MARGIN, title, size=15, weight="bold", widest=layout.width - 2 * MARGIN)
    for (left, top), panel in zip(layout.corners, [panels.picture_panel(shown, seen), *pixels], strict=True):
        canvas.show(left, top, panel)
    canvas.write(layout.corners[0][0], layout.corners[0][1] - 22, "picture", size=10, colour=QUIET)
    for corner, finding in zip(layout.corners[1:], findings, strict=False):
        _caption(canvas, corner, finding)
    if against:
        _caption_against(canvas, layout.corners[-1], names)
    signs = {finding.marks for finding in findings} - {"nothing"}
    marks = signs.pop() if len(signs) == 1 and not against else "both"
    canvas.legend(limit, ("hinders the label", "supports the label"), (FAMILY,), marks)
    canvas.paragraph(MARGIN, layout.notes_top, notes)
    return canvas.figure


def change_words(finding: Finding) -> str:
    """The label's probability before and after the mask, or without the pixels that matter most to it."""
    if finding.ledger is not None:
        return f"{finding.change} with the mask"
    if finding.marks == "hinders":
        return f"{moved(finding.probability, finding.without_hindering)} without what hinders"
    return f"{moved(finding.probability, finding.without_supporting)} without what supports"


def _caption(canvas: Canvas, corner: tuple[int, int], finding: Finding) -> None:
    left, top = corner
    label, fonts = drawable(finding.label, f"label {finding.index}")
    canvas.write(left, top - 22 - LINE, label, fonts=fonts, weight="bold", widest=canvas.layout.panel[1])
    canvas.write(left, top - 22, change_words(finding), size=10, colour=QUIET, widest=canvas.layout.panel[1])


def _caption_against(canvas: Canvas, corner: tuple[int, int], names: Sequence[str]) -> None:
    left, top = corner
    first, second = names
    widest = canvas.layout.panel[1]
    canvas.write(left, top - 22 - LINE, f"{first} rather than", weight="bold", widest=widest)
    canvas.write(left, top - 22, second, weight="bold", widest=widest)
