"""The pictures that a comparison is made on, with their true labels where a data set knows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.cli._explaining import find_sources
from whylight.cli._work import Source
from whylight.dataset import Dataset, Sample
from whylight.errors import PictureError, WhylightError
from whylight.preparation import Preparation, Remembered, fit
from whylight.report.files import Names, shown_path
from whylight.tensors import generator

DRAWN = 50
"""So many pictures of a data set are compared unless another number is asked for."""


@dataclass(frozen=True, eq=False)
class Given:
    """``sources``: the pictures that are explained. ``problems``: (name, reason) of what was given and is no picture.
    ``dataset``: where they come from, with the place there of each; None for files. ``truth``: the true label of every
    place of the data set that was read; None where it is not known. ``preparation``: what brings the pictures into the
    classifiers' form."""

    sources: list[Source]
    problems: Sequence[tuple[str, str]] = ()
    dataset: Dataset | None = None
    places: Sequence[int] = ()
    truth: dict[int, int | None] = field(default_factory=dict)
    preparation: Remembered | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Those of the data set; none for files."""
        return () if self.dataset is None else tuple(self.dataset.labels)

    @property
    def steps(self) -> list[str]:
        """The names of the figures with the steps of the preparation, one a picture; none without one."""
        names = Names()
        return [f"{names(source.stem)}.steps" for source in self.sources if self.preparation]

    def label(self, source: Source) -> int | None:
        """The true label of a picture that was read, as an index into ``labels``."""
        return None if self.dataset is None else self.truth.get(self.places[source.place])

    def read(self, place: int) -> Sample:
        """The sample at a place of the data set, whose label is noted."""
        assert self.dataset is not None
        sample = self.dataset[place]
        self.truth[place] = sample.label
        return sample

    def images(self, classifier: Classifier) -> Iterator[Tensor | None]:
        """The pictures that are explained at the classifier's input size; None for one that cannot be read."""
        for source in self.sources:
            try:
                yield fit(classifier, source.read(), self.preparation)[0]
            except Exception:  # told when it is explained
                yield None

    def all_images(self, classifier: Classifier) -> Iterator[Tensor | None]:
        """The same of the whole data set."""
        for place in range(0 if self.dataset is None else len(self.dataset)):
            try:
                yield fit(classifier, self.read(place).picture, self.preparation)[0]
            except Exception:  # one bad picture must not stop thousands of good ones
                yield None


def files(paths: Sequence[Path], limit: int | None, preparation: Preparation | None = None) -> Given:
    """The pictures that are meant by paths; none takes the sample."""
    sources, problems = find_sources(paths, transparency=preparation is not None)
    told = [(shown_path(path), problem) for path, problem in problems]
    return Given(sources[:limit], told, preparation=_once(preparation))


def drawn(text: str, root: Path | None, limit: int, seed: int, preparation: Preparation | None = None) -> Given:
    """Pictures of a data set in an order drawn by the seed: the same that ``whylight evaluate`` takes."""
    from whylight.datasets import open_dataset

    dataset = open_dataset(text, root)
    places: list[int] = torch.randperm(len(dataset), generator=generator(seed, 0)).tolist()[:limit]
    given = Given([], dataset=dataset, places=places, preparation=_once(preparation))
    given.sources.extend(_source(given, number, place) for number, place in enumerate(places))
    return given


def _once(preparation: Preparation | None) -> Remembered | None:
    """Each model is given every picture twice: to answer, and to be explained."""
    return None if preparation is None else Remembered(preparation)


def _source(given: Given, number: int, place: int) -> Source:
    try:
        name = given.read(place).name
    except PictureError:  # told when it is its turn
        name = f"number {place} of {len(given.dataset or ())}"
    return Source(number, name, name, lambda: given.read(place).picture)


def check_one(paths: Sequence[Path], data: str | None) -> None:
    """Raises WhylightError for files and a data set at once."""
    if paths and data is not None:
        raise WhylightError("expected pictures or --data; got both; leave one of them out")
