"""Decoy Fashion-MNIST: clothes with a grey patch in a corner that gives the label away, but in the training pictures only.

    patch         4 × 4 pixels in one of the four corners, drawn by the seed
    its grey      255 - 25 y        training: y is the picture's own label; test: any label, drawn by the seed

A network that learns the patch is wrong on the test, and on pictures without patches. The patch is the known evidence of a
picture: it speaks for the label where its grey is that of the label, and against it where the grey is that of another.

Ross, Hughes and Doshi-Velez, 2017, arXiv:1703.03717, section 5.1, on Fashion-MNIST in place of MNIST.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
import torch
from PIL import Image

from whylight.dataset import Dataset, Region, Sample
from whylight.datasets._files import at
from whylight.datasets.fashion_mnist import LABELS, FashionMNIST
from whylight.tensors import generator

SIDE = 4
"""Of the patch, in pixels."""
BRIGHTEST, STEP = 255, 25
STREAMS = {"train": 0, "test": 1}


@dataclass(frozen=True)
class DecoyFashionMNIST(Dataset):
    """``split``: the 10,000 pictures of the test, or the 60,000 to train with. ``test``: whether the test's pictures have
    patches of random greys, or none (``clean``). ``seed``: other corners and greys. ``folder``: where Fashion-MNIST lies,
    ``fashion-mnist`` below the data root unless given. ``download``: fetch it when it is not there."""

    split: Literal["test", "train"] = "test"
    test: Literal["decoy", "clean"] = "decoy"
    seed: int = 0
    folder: str | None = None
    download: bool = False

    HOME: ClassVar = FashionMNIST.HOME

    @property
    def labels(self) -> tuple[str, ...]:
        """Fashion-MNIST's ten."""
        return LABELS

    @property
    def has_truth(self) -> bool:
        """Wherever there are patches."""
        return not self._clean

    def __len__(self) -> int:
        return len(self._plain)

    def __getitem__(self, place: int) -> Sample:
        """The picture at a place in the files' order, with its patch."""
        place = at(place, len(self))
        sample = self._plain[place]
        if self._clean:
            return sample
        assert sample.label is not None
        patch, told = self._patch(place, sample.label)
        pixels = np.asarray(sample.picture.convert("L")).copy()
        pixels[patch] = BRIGHTEST - STEP * told
        own = told == sample.label
        return replace(
            sample,
            picture=Image.fromarray(pixels).convert("RGB"),
            key=hashlib.sha256(pixels.tobytes()).hexdigest(),
            supporting=patch if own else None,
            hindering=None if own else patch,
        )

    def _patch(self, place: int, label: int) -> tuple[Region, int]:
        """Where the patch is, and the label that its grey tells."""
        random = generator(self.seed, STREAMS[self.split], place)
        below, right, drawn = (int(torch.randint(most, (), generator=random)) for most in (2, 2, len(LABELS)))
        patch = np.zeros((28, 28), bool)
        ends = slice(None, SIDE), slice(-SIDE, None)
        patch[ends[below], ends[right]] = True
        return patch, label if self.split == "train" else drawn

    @property
    def _clean(self) -> bool:
        return self.split == "test" and self.test == "clean"

    @cached_property
    def _plain(self) -> FashionMNIST:
        return FashionMNIST(self.split, self.folder, self.download)
