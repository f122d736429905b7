"""An enhancer's description: which network changes pictures for a classifier, and how large it is."""

from abc import ABC, abstractmethod

from whylight.nets.painter import Painter


class Enhancer(ABC):
    """A frozen dataclass of settings; one file in ``enhancers/`` is one enhancer."""

    @abstractmethod
    def build(self, channels: int, size: tuple[int, int]) -> Painter:
        """The network with weights drawn from torch's global random state, for pictures of ``channels`` and ``size``
        (height, width); raises ValueError for pictures that are too small for it."""
