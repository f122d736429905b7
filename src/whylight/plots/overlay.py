"""The picture, and beside it what supports and what hinders the label: the figure for one picture and method."""

import textwrap

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from whylight.explanation import Explanation
from whylight.frame import Frame
from whylight.plots import colours, panels
from whylight.plots.canvas import MARGIN, QUIET, TITLE, Canvas, Layout, shortened
from whylight.plots.finding import Finding, finding_of, percent
from whylight.plots.fonts import drawable

UNSEEN = "Hatched: the classifier did not see it."


def overlay(
    explanation: Explanation,
    picture: Image.Image | None = None,
    frame: Frame | None = None,
    *,
    index: int = 0,
    method: str = "",
) -> Figure:
    """The figure for one picture of an explanation; ``figure.savefig(file)`` writes it.

    ``picture`` and ``frame``: the picture as it was taken and what ``classifier.fit`` gave for it; without them the
    classifier's own input is shown. ``method``: the words for the method in the title.
    """
    if picture is None or frame is None:
        picture = input_picture(explanation, index)
        frame = Frame((picture.height, picture.width), (0.0, 0.0, float(picture.width), float(picture.height)))
    shown, seen = panels.prepared(picture, frame)
    evidence = seen.to_picture(explanation.maps[index].detach().float()).numpy()
    return draw(shown, evidence, seen, finding_of(explanation, index), method or type(explanation.method).__name__)


def input_picture(explanation: Explanation, index: int) -> Image.Image:
    """What the classifier saw."""
    pixels = (255 * explanation.images[index].permute(1, 2, 0)).round().byte().cpu().numpy()
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).convert("RGB")


def draw(picture: Image.Image, evidence: NDArray[np.float32], frame: Frame, finding: Finding, method: str) -> Figure:
    """The figure from its parts: ``evidence`` has the picture's size."""
    limit = colours.limit_of(evidence)
    shown = panels.picture_panel(picture, frame), panels.evidence_panel(picture, evidence, limit, frame)
    size = (shown[0].shape[0], shown[0].shape[1])
    letters = Layout(size).letters
    words = textwrap.wrap(" ".join([finding.judgement, finding.measured, *([] if frame.whole else [UNSEEN])]), letters)
    warnings = [line for warning in finding.warnings for line in textwrap.wrap(f"⚠ {warning}", letters - 2)]
    canvas = Canvas(Layout(size, len(words), len(warnings)))
    label, fonts = drawable(finding.label, f"label {finding.index}")
    title = f"{shortened(label, 44)} · {percent(finding.probability)} · {method}"
    canvas.write(MARGIN, MARGIN, title, size=15, fonts=fonts, weight="bold", widest=canvas.layout.width - 2 * MARGIN)
    canvas.paragraph(MARGIN, MARGIN + TITLE, words)
    if warnings:
        canvas.strip(warnings)
    for name, pixels, (left, top) in zip(("picture", "evidence"), shown, canvas.layout.corners):
        canvas.write(left, top - 22, name, size=10, colour=QUIET)
        canvas.show(left, top, pixels)
    canvas.legend(limit, (f"hinders {label}", f"supports {label}"), fonts)
    return canvas.figure
