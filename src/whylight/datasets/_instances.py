"""Where an object is: a number in a mask, polygons, or runs of pixels, as COCO publishes them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from whylight.dataset import Region
from whylight.errors import PictureError


def read_mask(path: Path, picture: Image.Image) -> NDArray[np.integer]:
    """(height, width): the number of the instance at each pixel of the picture; raises PictureError when the mask is not
    there, cannot be read or is not as large as the picture."""
    try:
        with Image.open(path) as mask:
            numbers: NDArray[np.integer] = np.array(mask)
    except Exception as error:  # decoders raise almost anything when a file is damaged
        raise PictureError(f"the mask {path} cannot be read ({error}); copy it again") from error
    if numbers.shape != (picture.height, picture.width):
        raise PictureError(
            f"expected a mask of one number a pixel, {picture.width} × {picture.height} as its picture, in {path}; got "
            f"{' × '.join(map(str, reversed(numbers.shape)))}"
        )
    return numbers


def region_of(segmentation: Any, picture: Image.Image, name: str) -> Region:
    """The pixels of a picture that an outline holds: a list of polygons (x, y, x, y, …), of which a pixel belongs to those
    that its centre lies in, or runs {"size", "counts"}. Raises PictureError for anything else."""
    try:
        if isinstance(segmentation, dict):
            return _from_runs(segmentation, picture)
        return _from_polygons(segmentation, picture)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise PictureError(
            f"expected polygons, or runs as long as the picture, for each object of {name}; got something else ({error})"
        ) from error


def _from_polygons(polygons: Any, picture: Image.Image) -> Region:
    from skimage.draw import polygon as pixels_in

    region = np.zeros((picture.height, picture.width), bool)
    for polygon in polygons:
        corners = np.asarray(polygon, dtype=float).reshape(-1, 2) - 0.5  # pixel 0 has its centre at 0.5
        region[pixels_in(corners[:, 1], corners[:, 0], region.shape)] = True
    return region


def _from_runs(runs: Any, picture: Image.Image) -> Region:
    """Lengths of runs down the columns, the first outside the object, the next inside, and so on."""
    counts = np.asarray(runs["counts"], dtype=int)  # compressed runs are text, and a ValueError here
    if list(runs["size"]) != [picture.height, picture.width] or counts.sum() != picture.height * picture.width:
        raise ValueError("the sizes differ")
    inside = np.arange(len(counts)) % 2 == 1
    return np.repeat(inside, counts).reshape(picture.width, picture.height).T
