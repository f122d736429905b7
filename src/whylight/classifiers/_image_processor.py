"""The preparation that a transformers checkpoint describes in its ``preprocessor_config.json``."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from PIL import Image

from whylight.classifiers._normalised import IMAGENET_MEAN, IMAGENET_STD, Preparation
from whylight.errors import ModelError
from whylight.frame import Resizing

DESCRIPTION = "preprocessor_config.json"

CONVNEXT_SQUASHES_FROM = 384
"""ConvNeXt's processor squashes pictures from this side on, and cuts the centre below it."""


def prepared(where: str, config: Any) -> Preparation:
    """Resizing and normalisation of a folder or hub name; without a description, the configuration's input size and
    ImageNet's normalisation. Raises ModelError for a description that is there and cannot be read."""
    from transformers.image_processing_utils import BaseImageProcessor

    try:
        described, _ = BaseImageProcessor.get_image_processor_dict(where)
    except OSError as error:
        if (broken := Path(where) / DESCRIPTION).exists():
            raise ModelError(f"{broken} is not JSON that can be read; copy it again, or delete it") from error
        described = {}
    side = getattr(config, "image_size", None) or 224
    size = (side, side) if isinstance(side, int) else (int(side[0]), int(side[1]))
    plain = replace(_resizing(described, size), channels=getattr(config, "num_channels", 3))
    if not described.get("do_normalize", True):
        return Preparation(plain, (), ())
    return Preparation(plain, *_normalisation(described))


def _normalisation(described: dict[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation for pictures in [0, 1]. EfficientNet's processor divides by the deviation twice
    (``include_top``), and some bring pictures to [-1, 1] first (``rescale_offset``)."""
    mean, std = described.get("image_mean", IMAGENET_MEAN), described.get("image_std", IMAGENET_STD)
    std = [each**2 for each in std] if described.get("include_top") else std
    if described.get("rescale_offset"):
        return tuple((each + 1) / 2 for each in mean), tuple(each / 2 for each in std)
    return tuple(mean), tuple(std)


def _resizing(described: dict[str, Any], size: tuple[int, int]) -> Resizing:
    resample = Image.Resampling(described.get("resample", Image.Resampling.BILINEAR))
    interpolation = cast(Any, resample.name.lower())
    shorter, sides = _sides(described.get("size", {}), size)
    if shorter is not None and "crop_pct" in described and "do_center_crop" not in described:
        if shorter >= CONVNEXT_SQUASHES_FROM:
            return Resizing((shorter, shorter), None, interpolation)
        return Resizing((shorter, shorter), int(shorter / (described["crop_pct"] or 0.875)), interpolation)
    if not described.get("do_center_crop", False):
        return Resizing(sides, shorter, interpolation)
    _, crop = _sides(described.get("crop_size", {}), sides)
    return Resizing(crop, shorter or min(sides), interpolation)


def _sides(entry: Any, default: tuple[int, int]) -> tuple[int | None, tuple[int, int]]:
    """(shorter side or None, (height, width)) of the forms that ``size`` takes."""
    if isinstance(entry, int):
        return None, (entry, entry)
    if "shortest_edge" in entry:
        return int(entry["shortest_edge"]), default
    return None, (int(entry.get("height", default[0])), int(entry.get("width", default[1])))
