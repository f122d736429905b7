"""Two painters in a row: the first makes the picture that people are shown, the second one for the classifier alone.

    shown = P(x)        given = T(shown)        no gradient leads from T back to P

The transformer of recognition-aware processing (Liu et al., 2019, arXiv:1910.09185, section 3.4).
"""

from torch import Tensor

from whylight.nets.painter import Coarsest, Painter, Seen
from whylight.types import Images


class Chained(Painter):
    """``first``: makes what is shown. ``then``: makes of it what the classifier is given."""

    def __init__(self, first: Painter, then: Painter) -> None:
        super().__init__()
        self.first, self.then = first, then

    @property
    def coarsest(self) -> Coarsest | None:
        """Of the second, which alone learns from labels."""
        return self.then.coarsest

    def answer(self, images: Images) -> Tensor:
        """The first network's."""
        return self.first.answer(images)

    def look(self, images: Images) -> Seen:
        """The pictures of both."""
        seen = self.first.look(images)
        given = self.then.look(seen.shown.detach())
        return seen._replace(given=given.shown, then=given.logits)
