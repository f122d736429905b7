"""Prototypes: the pictures of a data set in which each concept is strongest, for it and against it.

One pass over the pictures; the best ``count`` of each concept and sign are kept, so that memory does not grow with the data.

    for        max_u J_k(u), the picture's strongest cell for the concept
    against    max_u -J_k(u)
    purity     |J_k(u*)| / |J(u*)| at that cell: 1 where no other concept is there (EPIC, arXiv:2505.12897)

Pictures of equal content count once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.dataset import Dataset
from whylight.errors import DataError, LayerError, PictureError
from whylight.methods.intrinsic._reading import concept_layer
from whylight.nets.concept_basis import Basis
from whylight.types import Features, Images

Progress = Callable[[int, int], None]
COUNT = 5
BATCH = 32


@dataclass(frozen=True, eq=False)
class Prototypes:
    """The first axis is the sign: 0 for, 1 against. The last is the rank, the strongest first.

    ``strength``: of the concept at its cell; below 0 or minus infinity where the concept never has that sign. ``places``: in
    the data set. ``cells``: (row, column). ``purity``: in [0, 1]. ``grid``: (rows, columns). ``magnitude``: the mean of |v|
    over all pictures, v = strongest for minus strongest against. ``seen``: how many pictures.
    """

    strength: Float[Tensor, "2 concept rank"]
    places: Int[Tensor, "2 concept rank"]
    cells: Int[Tensor, "2 concept rank 2"]
    purity: Float[Tensor, "2 concept rank"]
    grid: tuple[int, int]
    magnitude: Float[Tensor, " concept"]
    seen: int = 0

    @property
    def real(self) -> Bool[Tensor, "2 concept rank"]:
        """Where there is a picture: the concept does have that sign in it."""
        return self.strength > 0

    def with_batch(self, concepts: Features, places: Int[Tensor, " batch"]) -> "Prototypes":
        """What is kept when these pictures are seen too. ``concepts``: J."""
        found = [_strongest(concepts, sign) for sign in (1.0, -1.0)]
        strength, cell, purity = (torch.stack(each).transpose(1, 2) for each in zip(*found))
        columns = concepts.shape[3]
        cells = torch.stack([cell // columns, cell % columns], dim=3)
        all_strength = torch.cat([self.strength, strength.cpu()], dim=2)
        kept = all_strength.topk(self.strength.shape[2], dim=2)
        at = kept.indices
        all_places = torch.cat([self.places, places.expand(2, concepts.shape[1], -1)], dim=2)
        value = (strength[0].clamp_min(0) - strength[1].clamp_min(0)).abs()
        whole = self.seen + len(concepts)
        return replace(
            self,
            strength=kept.values,
            places=all_places.gather(2, at),
            cells=torch.cat([self.cells, cells.cpu()], dim=2).gather(2, at[..., None].expand(-1, -1, -1, 2)),
            purity=torch.cat([self.purity, purity.cpu()], dim=2).gather(2, at),
            magnitude=self.magnitude + (value.sum(dim=1).cpu() - len(concepts) * self.magnitude) / whole,
            seen=whole,
        )


def nothing_yet(concepts: int, grid: tuple[int, int], count: int = COUNT) -> Prototypes:
    """No pictures for any concept."""
    shape = (2, concepts, count)
    return Prototypes(
        torch.full(shape, -torch.inf),
        torch.full(shape, -1),
        torch.zeros(*shape, 2, dtype=torch.long),
        torch.zeros(shape),
        grid,
        torch.zeros(concepts),
    )


def search(
    classifier: Classifier,
    dataset: Dataset,
    *,
    count: int = COUNT,
    places: Sequence[int] | None = None,
    tell: Progress | None = None,
) -> Prototypes:
    """The prototypes of a classifier's concepts among the pictures of a data set, or of some of its ``places``.

    Pictures that cannot be read are left out. Raises DataError when none can be read, LayerError for a classifier without
    a grid.
    """
    found: Prototypes | None = None
    wanted = range(len(dataset)) if places is None else places
    for at, images in _batches(classifier, dataset, wanted, tell):
        for concepts, chosen in _grids(classifier, images, at):
            if found is None:
                found = nothing_yet(concepts.shape[1], (concepts.shape[2], concepts.shape[3]), count)
            found = found.with_batch(concepts, chosen)
    if found is None:
        raise DataError(f"none of {len(wanted)} pictures could be read, so concepts have no prototypes")
    return found


def of_grids(
    basis: Basis,
    grids: Callable[[Int[Tensor, " batch"]], Features],
    places: Int[Tensor, " picture"],
    *,
    count: int = COUNT,
) -> Prototypes:
    """The same from grids that are there already: ``grids`` of pictures numbered from 0, which lie at ``places``.

    ``places`` below 0 are passed over.
    """
    found: Prototypes | None = None
    for numbers in (places >= 0).nonzero().flatten().split(BATCH):
        with torch.inference_mode():
            concepts = basis(grids(numbers))
        if found is None:
            found = nothing_yet(concepts.shape[1], (concepts.shape[2], concepts.shape[3]), count)
        found = found.with_batch(concepts, places[numbers])
    if found is None:
        raise DataError("there are no pictures, so concepts have no prototypes")
    return found


def concept_grids(classifier: Classifier, images: Images) -> Features:
    """J of one batch, without gradients."""
    layer = concept_layer(classifier)
    seen: list[Tensor] = []

    def note(_module: object, _inputs: object, output: object) -> None:
        if not isinstance(output, Tensor):
            raise LayerError(f"expected a layer whose output is one tensor; got {type(output).__name__}")
        seen.append(output.clone())

    hook = layer.submodule().register_forward_hook(note)
    try:
        perturb.forward(classifier.predict, images)
    finally:
        hook.remove()
    return layer.to_grid(seen[-1])


def _grids(
    classifier: Classifier, images: Images, places: Int[Tensor, " batch"]
) -> Iterator[tuple[Features, Int[Tensor, " batch"]]]:
    make = lambda start, stop: concept_grids(classifier, images[start:stop])  # noqa: E731
    for start, stop, concepts in perturb.in_batches(make, len(images), perturb.batch_size_for(images)):
        yield concepts.float(), places[start:stop]


def _batches(
    classifier: Classifier, dataset: Dataset, wanted: Sequence[int], tell: Progress | None
) -> Iterator[tuple[Int[Tensor, " batch"], Images]]:
    """Pictures of different content at the input size, with their places."""
    known: set[str] = set()
    places: list[int] = []
    pictures: list[Tensor] = []
    for done, place in enumerate(wanted, start=1):
        try:
            sample = dataset[place]
        except PictureError:
            continue
        if sample.key not in known:
            known.add(sample.key)
            places.append(place)
            pictures.append(classifier.fit(sample.picture)[0])
        if len(pictures) == BATCH:
            yield torch.tensor(places), torch.stack(pictures).to(classifier.device)
            places, pictures = [], []
        if tell is not None:
            tell(done, len(wanted))
    if pictures:
        yield torch.tensor(places), torch.stack(pictures).to(classifier.device)


def _strongest(concepts: Features, sign: float) -> tuple[Tensor, Tensor, Tensor]:
    """(strength, cell, purity) of each picture and concept, in the direction of ``sign``."""
    cells = concepts.flatten(2)
    strength, cell = (sign * cells).max(dim=2)
    norms = cells.norm(dim=1).gather(1, cell)
    return strength, cell, strength.clamp_min(0) / norms.clamp_min(1e-8)
