"""Masks and rows of pixels, on numbers that can be checked by hand."""

import pytest
import torch

from whylight.errors import ModelError
from whylight.nets.pixel_svm import MaskedPixels, PixelSVM, WeightMaps, mean_picture, top_share, typical_picture
from whylight.nets.svm import SVM, Affine


def linear(channels: int = 1) -> PixelSVM:
    weight = torch.arange(channels * 4 * 2).reshape(2, -1).double()
    return PixelSVM(SVM(Affine(weight, torch.tensor([1.0, -1.0]))), (channels, 2, 2), torch.full((channels * 4,), 0.5))


def test_pixels_are_laid_out_channel_by_channel_row_by_row() -> None:
    images = torch.eye(8).reshape(8, 2, 2, 2)
    scores = linear(2)(images.contiguous(memory_format=torch.channels_last))
    assert scores[:, 0].tolist() == [number + 1.0 for number in range(8)]
    with pytest.raises(ModelError, match=r"expected pictures of shape \(2, 2, 2\)"):
        linear(2)(torch.rand(1, 2, 4, 1))


def test_a_weight_map_is_weight_times_distance_from_the_typical_picture() -> None:
    images = torch.tensor([[[[1.0, 0.5], [0.0, 1.0]]]])
    maps = WeightMaps(linear())
    # the second label's weights are 4 to 7
    assert maps(images).tolist() == [[[2.0, 0.0], [-3.0, 3.5]]]
    with torch.inference_mode():
        assert maps(images.clone()).tolist() == [[[2.0, 0.0], [-3.0, 3.5]]]


def test_a_mask_blanks_what_is_marked_least() -> None:
    masked = MaskedPixels(WeightMaps(linear()), linear(), 0.5)
    images = torch.tensor([[[[1.0, 0.5], [0.0, 1.0]]]])
    assert masked.mask(images).tolist() == [[[[1.0, 0.0], [0.0, 1.0]]]]
    assert torch.equal(masked(images), linear()(torch.tensor([[[[1.0, 0.0], [0.0, 1.0]]]])))
    leaf = images.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(masked(leaf)[:, 1].sum(), leaf)
    assert gradient.tolist() == [[[[4.0, 0.0], [0.0, 7.0]]]]


def test_everything_can_be_kept() -> None:
    assert top_share(torch.rand(2, 3, 3), 1.0).min() == 1


def test_only_an_svm_on_pixels_has_a_typical_picture() -> None:
    found = typical_picture(MaskedPixels(WeightMaps(linear()), linear(), 0.5))
    assert found is not None
    assert found.tolist() == [[[0.5, 0.5], [0.5, 0.5]]]
    assert typical_picture(torch.nn.Linear(2, 2)) is None


def test_the_mean_of_the_training_pictures_is_known_where_it_was_kept() -> None:
    mean = torch.tensor([0.1, 0.2, 0.3, 0.4])
    kept = PixelSVM(linear().svm, (1, 2, 2), torch.zeros(4), mean)
    found = mean_picture(MaskedPixels(WeightMaps(linear()), kept, 0.5))
    assert found is not None
    assert torch.equal(found, mean.reshape(1, 2, 2))
    assert mean_picture(linear()) is None
    assert mean_picture(torch.nn.Linear(2, 2)) is None
