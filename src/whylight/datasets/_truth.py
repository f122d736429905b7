"""From the regions in pictures to what a classifier sees: the same resizing and cut as the pixels have."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Bool
from PIL import Image
from torch import Tensor

from whylight.classifier import Classifier
from whylight.dataset import Region, Sample
from whylight.errors import DataError
from whylight.frame import Resizing
from whylight.metric import Truth


def truth_of(samples: Sequence[Sample], classifier: Classifier) -> Truth | None:
    """Where the evidence for the samples' labels is, at the classifier's input size; None when nothing is known of any.

    A pixel belongs to a region when more than half of what it shows does; a region that the classifier's cut leaves out,
    or that is too small to fill half a pixel, is as if nothing were known. It speaks of each sample's own label: where
    another label is explained, it says nothing.

    Raises DataError for a region of another size than its picture.
    """
    if all(sample.supporting is None and sample.hindering is None for sample in samples):
        return None
    resizing = replace(classifier.resizing, interpolation="bilinear", channels=1)
    supporting = torch.stack([_resized(sample, sample.supporting, resizing) for sample in samples])
    if all(sample.hindering is None for sample in samples):
        return Truth(supporting.to(classifier.device))
    hindering = torch.stack([_resized(sample, sample.hindering, resizing) for sample in samples])
    return Truth(supporting.to(classifier.device), hindering.to(classifier.device))


def _resized(sample: Sample, region: Region | None, resizing: Resizing) -> Bool[Tensor, "height width"]:
    if region is None:
        return torch.zeros(resizing.size, dtype=torch.bool)
    width, height = sample.picture.size
    if region.shape != (height, width):
        raise DataError(
            f"the region of {sample.name} has {region.shape[1]} × {region.shape[0]} pixels, its picture {width} × {height}"
        )
    shares, _ = resizing(Image.fromarray(region.astype("uint8") * 255))
    return shares[0] > 0.5
