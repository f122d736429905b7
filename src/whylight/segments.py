"""Superpixels and grids: the parts of a picture that are kept or taken away together."""

from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from skimage import segmentation

from whylight.errors import MethodError
from whylight.types import Images, Segments

Segmentation = Literal["slic", "felzenszwalb", "quickshift", "grid"]
SEGMENTATIONS: tuple[str, ...] = get_args(Segmentation)


MANY, FEW, SMALL = 50, 20, 48
"""Segments of a picture, and of one whose shorter side is below ``SMALL`` pixels: there more of them are too small to matter
to a classifier, and too many for as many samples to tell apart."""


def suited_count(height: int, width: int) -> int:
    """About how many segments suit a picture of this size."""
    return FEW if min(height, width) < SMALL else MANY


def segment(images: Images, kind: str = "slic", count: int | None = MANY) -> Segments:
    """Each picture cut into about ``count`` segments, or as many as suit its size, numbered from 0 without gaps.

    ``slic``: compact superpixels, about as many as asked for. ``felzenszwalb`` and ``quickshift``: their own number, with
    a scale suited to the picture's size and the count. ``grid``: squares. Every picture has at least one segment; all
    four are deterministic.

    Raises MethodError for another word or a count below 1.
    """
    count = suited_count(*images.shape[-2:]) if count is None else count
    if kind not in SEGMENTATIONS or count < 1:
        raise MethodError(
            f"segments must be {', '.join(SEGMENTATIONS)} with a count of at least 1; got {kind!r}, {count}"
        )
    pictures = images.detach().permute(0, 2, 3, 1).cpu().numpy().astype(np.float64)
    return torch.stack([torch.from_numpy(_renumber(_cut(picture, kind, count))) for picture in pictures]).to(
        images.device
    )


def _cut(picture: NDArray[np.float64], kind: str, count: int) -> Any:
    height, width = picture.shape[:2]
    colour = picture if picture.shape[2] == 3 else np.repeat(picture[:, :, :1], 3, axis=2)
    if kind == "grid":
        return grid(height, width, count)
    if kind == "slic":
        return segmentation.slic(colour, n_segments=count, compactness=10, sigma=1, max_num_iter=5, start_label=0)
    if kind == "felzenszwalb":
        smallest = max(6, height * width // (4 * count))
        return segmentation.felzenszwalb(colour, scale=height * width / (10 * count), sigma=0.5, min_size=smallest)
    kernel, reach = quickshift_scale(height, width, count)
    return segmentation.quickshift(colour, kernel_size=kernel, max_dist=reach, ratio=0.2, rng=0)


def quickshift_scale(height: int, width: int, count: int) -> tuple[float, float]:
    """Quickshift's kernel size and longest link: LIME's 4 and 200 for about 50 segments of 224 × 224 pixels.

    The kernel cannot be below one pixel; where it would have to be, only short links leave enough segments.
    """
    side = (height * width / count) ** 0.5
    return (side / 8, 200 * min(height, width) / 224) if side >= 8 else (1.0, max(1.5, 0.8 * side))


def grid(height: int, width: int, count: int) -> NDArray[np.int64]:
    """About ``count`` near-square cells, as many along each side as its length asks for."""
    rows = min(height, max(1, round((count * height / width) ** 0.5)))
    columns = min(width, max(1, round(count / rows)))
    row = np.arange(height) * rows // height
    column = np.arange(width) * columns // width
    cells: NDArray[np.int64] = row[:, None] * columns + column[None, :]
    return cells


def _renumber(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers from 0 without gaps: the segmentations of scikit-image begin at 0 or 1 and can skip."""
    _, numbered = np.unique(labels, return_inverse=True)
    return np.asarray(numbered, dtype=np.int64).reshape(labels.shape)
