"""The pictures of a comparison before and after, read a few at a time in an order that is drawn, as the classifiers see
them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from PIL import Image
from torch import Tensor

from whylight.classifier import Classifier
from whylight.cli._comparison_given import Given
from whylight.comparison.before_after.scoring import Batch
from whylight.comparison.before_after.sides import Sides
from whylight.preparation import fit
from whylight.tensors import generator
from whylight.types import Images

AT_ONCE = 64
"""Pictures in memory at the same time."""
STREAM = 11
"""The stream of random numbers that the order is drawn from."""


@dataclass(eq=False)
class Pictures:
    """``whole``: all of a data set; otherwise those that are explained. Their places are those of the data set, or of the
    sources. ``clean``: brings a picture to the input size without degrading it; None where nothing is degraded. By place:
    the ``names`` of what was read, and why the rest could not be (``unread``)."""

    given: Given
    sides: Sides
    whole: bool
    clean: Classifier | None = None
    names: dict[int, str] = field(default_factory=dict)
    unread: dict[int, Exception] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many places there are."""
        return len(self.given.dataset or ()) if self.whole else len(self.given.sources)

    def place_of(self, source: int) -> int:
        """The place of a picture that is explained."""
        return self.given.places[source] if self.whole else source

    @property
    def truth(self) -> Tensor:
        """The label of every place that was read, -1 where it is not known."""
        known = [self._label(place) for place in range(self.count)]
        return torch.tensor([-1 if label is None else label for label in known], dtype=torch.long)

    def _label(self, place: int) -> int | None:
        return self.given.truth.get(place) if self.whole else self.given.label(self.given.sources[place])

    def batches(self, seed: int, done: Callable[[int], None]) -> Iterator[Batch]:
        """All pictures that can be read. Pictures of one class may lie together, and each lends its difference to the next:
        so the order is drawn."""
        order: list[int] = torch.randperm(self.count, generator=generator(seed, STREAM)).tolist()
        for start in range(0, len(order), AT_ONCE):
            chosen = order[start : start + AT_ONCE]
            if (batch := self._batch(chosen)) is not None:
                yield batch
            done(len(chosen))

    def _batch(self, places: Sequence[int]) -> Batch | None:
        rows = [row for place in places if (row := self._row(place)) is not None]
        if not rows:
            return None
        labels = [self._label(place) for place, _ in rows]
        given, own, clean = zip(*(forms for _, forms in rows), strict=True)
        return Batch(
            [place for place, _ in rows],
            torch.stack(given),
            torch.tensor([-1 if label is None else label for label in labels], dtype=torch.long),
            None if self.sides.one_form else torch.stack(own),
            None if self.clean is None else torch.stack(clean),
        )

    def _row(self, place: int) -> tuple[int, tuple[Tensor, Tensor, Tensor]] | None:
        """None for a picture that cannot be read."""
        try:
            return place, self._forms(self._read(place))
        except Exception as error:  # one bad picture must not stop thousands of good ones
            self.unread[place] = error
            return None

    def _read(self, place: int) -> Image.Image:
        if not self.whole:
            self.names[place] = self.given.sources[place].name
            return self.given.sources[place].read()
        sample = self.given.read(place)
        self.names[place] = sample.name
        return sample.picture

    def _forms(self, picture: Image.Image) -> tuple[Tensor, Tensor, Tensor]:
        """As the classifiers after and before take it, and without degradation; the same tensor where they are one."""
        given = self._fit(self.sides.after.whole, picture)
        own = given if self.sides.one_form else self._fit(self.sides.before.whole, picture)
        return given, own, given if self.clean is None else self._fit(self.clean, picture)

    def _fit(self, classifier: Classifier, picture: Image.Image) -> Tensor:
        return fit(classifier, picture, self.given.preparation)[0]

    def seen(self, places: Sequence[int]) -> tuple[Images, Images]:
        """What is seen of some pictures before and after."""
        return self.sides.pictures(torch.stack([self._forms(self._read(place))[0] for place in places]))

    def inputs(self, place: int) -> tuple[Tensor, Tensor]:
        """A picture as the classifiers before and after are given it."""
        given, own, _ = self._forms(self._read(place))
        return own, given
