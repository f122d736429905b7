"""Regions on a classifier that reads three known patches."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.explanation import Explanation, explain
from whylight.frame import Resizing
from whylight.method import Evidence
from whylight.methods.perturbation.occlusion import Occlusion
from whylight.regions import _region, regions
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


def test_the_place_lies_in_the_region_and_the_share_is_of_the_picture() -> None:
    for region in regions(explained())[0]:
        left, top, right, bottom = region.box
        assert left <= region.place[0] < right
        assert top <= region.place[1] < bottom
        assert 0 < region.share <= (right - left) * (bottom - top) / 64**2


def test_the_place_of_a_ring_is_on_the_ring() -> None:
    ring = torch.zeros(64, 64, dtype=torch.bool)
    ring[10:50, 10:50] = True
    ring[14:46, 14:46] = False
    answer = torch.tensor([0.5, 0.5])
    column, row = _region("supports", ring, answer, answer, 0).place
    assert ring[row, column]


def masked(map_of_first: Tensor) -> Explanation:
    """An explanation by a mask method: the second half of the first picture's rows is replaced by grey."""
    explanation = explained()
    maps = torch.stack([map_of_first, torch.zeros(64, 64)])
    perturbed = explanation.images.clone()
    perturbed[0, :, 32:] = 0.5
    return replace(explanation, evidence=Evidence(maps, {}, perturbed))


def test_regions_of_a_mask_are_where_it_takes_most_away_and_get_what_it_put_there() -> None:
    removed = torch.zeros(64, 64)
    removed[38:54, 38:54], removed[0:10, 40:64] = -0.7, -0.55
    (region,) = regions(masked(removed))[0]
    assert region.box == (38, 38, 54, 54)
    explanation = masked(removed)
    assert explanation.evidence.perturbed is not None
    answer = explanation.classifier.probabilities(explanation.evidence.perturbed)[0]
    assert (region.after, region.label, region.label_after) == pytest.approx((float(answer[0]), 2, float(answer[2])))


def test_a_faint_mask_has_the_regions_above_a_half() -> None:
    removed = torch.zeros(64, 64)
    removed[0:10, 40:64] = -0.55
    assert [region.box for region in regions(masked(removed))[0]] == [(40, 0, 64, 10)]
    assert regions(masked(removed * 0.8))[0] == []


def test_it_costs_one_pass_a_region() -> None:
    explanation = explained()
    with perturb.metered() as meter:
        found = regions(explanation, most=2)
    assert max(sum(region.sign == sign for region in found[0]) for sign in ("hinders", "supports")) <= 2
    assert meter.forward == len(explanation) + len(found[0])
