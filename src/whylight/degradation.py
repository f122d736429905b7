"""A degradation: what spoils a picture on its way to a classifier, the same way each time that it is asked again."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence

from whylight.tensors import generator
from whylight.types import Images

STREAM = 7
"""The stream of random numbers that seeds are drawn from."""


class Degradation(ABC):
    """A frozen dataclass of settings; one file in ``degradations/`` is one degradation."""

    @abstractmethod
    def __call__(self, images: Images, seeds: Sequence[int]) -> Images:
        """Spoilt pictures of the same shape, in [0, 1], on the same device.

        ``seeds``: one number a picture; what is drawn for a picture depends on its own number alone.
        """


def seeds_of(keys: Sequence[str], seed: int = 0) -> list[int]:
    """The seed of each picture by what it contains. ``keys``: the pictures' (``Sample.key``)."""
    numbers = (int(hashlib.sha256(key.encode()).hexdigest()[:15], 16) for key in keys)
    return [generator(seed, STREAM, number).initial_seed() for number in numbers]
