"""Regions on a classifier that reads three known patches."""

import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.explanation import Explanation, explain
from whylight.frame import Resizing
from whylight.methods.perturbation.occlusion import Occlusion
from whylight.regions import regions
from whylight.types import Images

OWN, RIVAL = (slice(8, 20), slice(8, 20)), (slice(40, 52), slice(40, 52))


def texture(images: Images, where: tuple[slice, slice]) -> Tensor:
    return (images - images.roll(1, dims=-1)).abs().mean(dim=1)[:, where[0], where[1]].mean(dim=(1, 2))


def explained() -> Explanation:
    def predict(images: Images) -> Tensor:
        nothing = torch.zeros(len(images))
        return torch.stack([4 * texture(images, OWN), nothing, 4 * texture(images, RIVAL)], dim=1)

    images = torch.full((2, 3, 64, 64), 0.5)
    board = ((torch.arange(64)[:, None] + torch.arange(64)[None]) % 2).float()
    for rows, columns in (OWN, RIVAL):
        images[0, :, rows, columns] = board[rows, columns]
    classifier = Classifier("patches", ("own", "other", "rival"), predict, resizing=Resizing((64, 64), None))
    return explain(classifier, Occlusion(window=8, stride=4), images, 0)


def test_each_region_names_the_label_that_it_speaks_for() -> None:
    found = regions(explained())
    hindering = [region for region in found[0] if region.sign == "hinders"]
    supporting = [region for region in found[0] if region.sign == "supports"]
    assert hindering[0].label == 2
    assert hindering[0].after > hindering[0].before
    assert hindering[0].label_after < hindering[0].label_before
    left, top, right, bottom = hindering[0].box
    assert left >= 30
    assert top >= 30
    assert right <= 62
    assert bottom <= 62
    assert supporting[0].after < supporting[0].before
    assert supporting[0].label_after > supporting[0].label_before


def test_a_picture_without_evidence_has_no_regions() -> None:
    assert regions(explained())[1] == []
