"""SVMs on pixels: the picture itself, laid out in a row, is what the SVM is given; a mask may blank a part of it first.

logits = SVM(m(x) ⊙ x)        m(x): 1 at the share of pixels that another map marks most, 0 elsewhere
"""

import torch
from torch import Tensor, nn

from whylight.errors import ModelError
from whylight.nets.pooled import Pooled
from whylight.nets.svm import SVM
from whylight.tensors import flat, resize_maps
from whylight.types import Images, Logits, Maps, Masks


class PixelSVM(nn.Module):
    """``svm``: takes the pixels of pictures of ``shape`` (channel, height, width) in [0, 1], channel by channel, row by row.
    ``typical``: the picture that contributions are counted from, the mean where pixels are standardised, else black.
    ``mean``: of the pictures that the SVM was fitted to; None where it was not kept.
    """

    typical: Tensor
    mean: Tensor | None

    def __init__(self, svm: SVM, shape: tuple[int, int, int], typical: Tensor, mean: Tensor | None = None) -> None:
        super().__init__()
        self.svm, self.shape = svm, tuple(shape)
        for name, picture in (("typical", typical), ("mean", mean)):
            kept = None if picture is None else picture.detach().reshape(self.shape).clone()
            self.register_buffer(name, kept, persistent=False)

    def forward(self, images: Images) -> Logits:
        """The decision values; raises ModelError for pictures of another shape."""
        if tuple(images.shape[1:]) != self.shape:
            raise ModelError(
                f"expected pictures of shape {self.shape} (channel, height, width); got {tuple(images.shape[1:])}; "
                "`Classifier.fit` turns any picture into what it takes"
            )
        logits: Logits = self.svm(images.contiguous().flatten(1))
        return logits


class ClassMaps(nn.Module):
    """CAM of a network that averages a layer and ends in one linear layer, for the label that it takes the picture for.

    ``weight``: (label, feature), what a feature's mean is worth to a label.
    """

    weight: Tensor

    def __init__(self, features: Pooled, weight: Tensor) -> None:
        super().__init__()
        self.features = features
        self.register_buffer("weight", weight.detach().clone(), persistent=False)

    def forward(self, images: Images) -> Maps:
        """Σ_k w_ck F_k(u) of the most probable label c, at the pictures' size."""
        grid, logits = self.features.look(images)
        coarse = torch.einsum("nk,nkrc->nrc", self.weight[logits.argmax(dim=1)], grid)
        return resize_maps(coarse, (images.shape[-2], images.shape[-1]))


class WeightMaps(nn.Module):
    """What each pixel adds to the score of the label that an SVM on pixels takes the picture for.

    A linear SVM: w_cp (x_p - m_p) / s_p. With a kernel: the gradient in the place of the weight.
    """

    def __init__(self, pixels: PixelSVM) -> None:
        super().__init__()
        self.pixels = pixels

    def forward(self, images: Images) -> Maps:
        """The contributions, summed over the channels."""
        with torch.inference_mode(mode=False), torch.enable_grad():
            leaf = images.detach().clone().requires_grad_()
            (slopes,) = torch.autograd.grad(self.pixels(leaf).amax(dim=1).sum(), leaf)
        return (slopes * (images - self.pixels.typical)).sum(dim=1)


class MaskedPixels(nn.Module):
    """An SVM that sees a part of the picture. ``maps``: says which, picture by picture. ``keep``: the share of pixels that
    stays, in (0, 1]; the others become 0."""

    def __init__(self, maps: nn.Module, pixels: PixelSVM, keep: float) -> None:
        super().__init__()
        self.maps, self.pixels, self.keep = maps, pixels, keep

    def mask(self, images: Images) -> Masks:
        """1 where the picture is seen; it is a constant for gradients."""
        with torch.no_grad():
            return top_share(self.maps(images), self.keep)

    def forward(self, images: Images) -> Logits:
        """The decision values of what is left of the pictures."""
        logits: Logits = self.pixels(images * self.mask(images))
        return logits


def top_share(maps: Maps, share: float) -> Masks:
    """1 at the largest round(share · pixels) values of each map, at least one; of equal values the first ones."""
    rows = flat(maps)
    count = max(1, round(share * rows.shape[1]))
    order = rows.argsort(dim=1, descending=True, stable=True)[:, :count]
    return torch.zeros_like(rows).scatter_(1, order, 1.0).reshape(len(maps), 1, *maps.shape[1:])


def typical_picture(network: nn.Module) -> Tensor | None:
    """The picture that an SVM on pixels counts from; None where the network has no such part."""
    found = _pixels_of(network)
    return None if found is None else found.typical


def mean_picture(network: nn.Module) -> Tensor | None:
    """The mean of the pictures that an SVM on pixels was fitted to; None where the network has no such part, or it was not
    kept."""
    found = _pixels_of(network)
    return None if found is None else found.mean


def _pixels_of(network: nn.Module) -> PixelSVM | None:
    found = [part for part in network.modules() if isinstance(part, PixelSVM)]
    return found[-1] if found else None
