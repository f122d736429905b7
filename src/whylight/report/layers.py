"""Pictures for the report: the photo and two layers of evidence, as data that stands inside the page."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from whylight.frame import Frame
from whylight.plots import colours, panels

LONGEST = 640
"""The longer side in the report, in pixels; the overlays beside it have more."""


@dataclass(frozen=True)
class Layers:
    """Evidence for the page: the part that supports and the part that hinders, as data URIs; ``limit``: the magnitude
    that has the full colour."""

    supports: str
    hinders: str
    limit: float


def photo(picture: Image.Image, frame: Frame) -> tuple[str, int, int]:
    """The picture as a data URI, with its width and height in pixels; the part that was not seen is hatched."""
    shown = panels.shrunk(Image.fromarray(panels.picture_panel(picture, frame)), LONGEST)
    return data_uri(shown), shown.width, shown.height


def saw(given: Image.Image, picture: Image.Image, frame: Frame) -> str:
    """What the classifier was given, in its place in the picture, as a data URI."""
    return data_uri(panels.shrunk(Image.fromarray(panels.input_panel(given, picture, frame)), LONGEST))


def figure_uri(figure: Figure) -> str:
    """A figure as a data URI."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return data_uri(Image.open(file).convert("RGB"))


def layers(evidence: NDArray[np.float32], size: tuple[int, int], limit: float | None = None) -> Layers:
    """Both signs of a map on one scale, each as a picture of ``size`` (width, height) with transparency."""
    limit = colours.limit_of(evidence) if limit is None else limit
    supports, hinders = painted(evidence, size, limit)
    return Layers(data_uri(supports), data_uri(hinders), limit)


def painted(evidence: NDArray[np.float32], size: tuple[int, int], limit: float) -> tuple[Image.Image, Image.Image]:
    """What supports and what hinders, each as a picture of ``size`` (width, height) with transparency."""
    known = np.nan_to_num(evidence)
    supports, hinders = (colours.paint(part, limit) for part in (known.clip(min=0), known.clip(max=0)))
    return _resized(supports, size), _resized(hinders, size)


def _resized(painted: colours.Pixels, size: tuple[int, int]) -> Image.Image:
    """Enlarged without smoothing, so that the pixels of a tiny picture stay squares."""
    resample = Image.Resampling.NEAREST if size[0] > painted.shape[1] else Image.Resampling.BOX
    return Image.fromarray(painted).resize(size, resample)


def data_uri(picture: Image.Image) -> str:
    """The picture as WebP inside a ``data:`` address."""
    return f"data:image/webp;base64,{base64.b64encode(webp(picture)).decode('ascii')}"


def webp(picture: Image.Image) -> bytes:
    """The picture as a WebP file."""
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=82, method=4)
    return file.getvalue()
