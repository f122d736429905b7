"""What classifiers say of pictures before and after, and how the pictures differ: one pass over a data set of any size.

Of every picture stay a few numbers, of the differences their sums; pictures themselves are in memory a batch at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from whylight.classifier import Classifier
from whylight.comparison.answers import Answers, together_or_alone
from whylight.comparison.before_after.difference import Difference, Differences
from whylight.comparison.before_after.quality import psnr, ssim
from whylight.comparison.before_after.sides import Sides, resized
from whylight.comparison.before_after.variants import VARIANTS, Changes
from whylight.tensors import flat
from whylight.types import Images

BEFORE, AFTER = "before", "after"
Pair = tuple[str, str]
"""Of which pictures the quality is told, and beside which others: ``("after", "before")``, ``("after", "clean")`` …"""


@dataclass(frozen=True, eq=False)
class Batch:
    """``places``: of the pictures among all. ``given``: in the form that the classifier after takes; ``own``: in that of
    the one before, where it is another; ``clean``: the given ones before they were degraded, if they were. ``truth``: the
    label of each in the data set, -1 where it is not known."""

    places: Sequence[int]
    given: Images
    truth: Int[Tensor, " picture"]
    own: Float[Tensor, "batch channel rows columns"] | None = None
    clean: Images | None = None


@dataclass(frozen=True, eq=False)
class Found:
    """``answers`` of the two sides and of the variants by their names, ``others``: those of each other classifier before
    and after. ``quality``: PSNR and SSIM by the pair; ``moved``: the mean magnitude of each picture's difference. All are
    by the pictures' places, NaN or -1 where a picture was not scored. ``difference``: None where no enhancer is."""

    answers: dict[str, Answers]
    others: dict[str, tuple[Answers, Answers]]
    quality: dict[Pair, tuple[Tensor, Tensor]]
    moved: Tensor
    difference: Difference | None


@dataclass(eq=False)
class _Column:
    """One number a picture, by place."""

    values: Tensor

    def put(self, places: Sequence[int], values: Tensor | Sequence[float] | Sequence[int]) -> None:
        self.values[list(places)] = torch.as_tensor(values).to(self.values)


@dataclass(eq=False)
class _Answered:
    labels: _Column
    probabilities: _Column

    def put(self, places: Sequence[int], answers: Sequence[tuple[int, float]]) -> None:
        self.labels.put(places, [label for label, _ in answers])
        self.probabilities.put(places, [probability for _, probability in answers])

    @property
    def answers(self) -> Answers:
        return Answers(self.labels.values, self.probabilities.values)


@dataclass(eq=False)
class Scoring:
    """``count``: of all places. ``others``: classifiers that are asked about the same pictures before and after, by their
    names. ``classes``: how many labels the data have; 0: no picture has one, and no variant is asked about."""

    sides: Sides
    count: int
    classes: int = 0
    others: Mapping[str, Classifier] = field(default_factory=dict)
    seed: int = 0

    def __post_init__(self) -> None:
        self._answers: dict[str, _Answered] = {}
        self._numbers: dict[tuple[str, ...], _Column] = {}
        self._differences = Differences(self.classes)
        self._changes = Changes(self.seed)

    def add(self, batch: Batch) -> None:
        """Asks about some pictures; their order decides which other picture's difference is added to each."""
        before, after = self.sides.pictures(batch.given)
        own = before if batch.own is None else self.sides.before.sees(batch.own)
        self._ask(BEFORE, self.sides.before.judge, own, batch.places)
        self._ask(AFTER, self.sides.after.judge, after, batch.places)
        if self.sides.unchanged is None:
            self._compare(batch, before, after)

    def _compare(self, batch: Batch, before: Images, after: Images) -> None:
        self._differences.add(before, after, batch.truth)
        self._number(("moved",), batch.places, flat((after - before).abs()).mean(dim=1))
        self._quality((AFTER, BEFORE), batch.places, after, before)
        if batch.clean is not None:
            clean = batch.clean.to(after)
            self._quality((BEFORE, "clean"), batch.places, before, clean)
            self._quality((AFTER, "clean"), batch.places, after, clean)
        for name, classifier in self.others.items():
            for side, images in ((BEFORE, before), (AFTER, after)):
                shown = resized(images, classifier.input_size)
                self._ask(f"{name} {side}", classifier, shown, batch.places)
        change = self._changes.of(before, after, batch.places)
        for name, variant in VARIANTS.items() if self.classes else ():
            self._ask(name, self.sides.after.judge, variant.pictures(change), batch.places)

    def _quality(self, pair: Pair, places: Sequence[int], first: Images, second: Images) -> None:
        for name, measure in (("psnr", psnr), ("ssim", ssim)):
            self._number((name, *pair), places, measure(first, second))

    def _number(self, name: tuple[str, ...], places: Sequence[int], values: Tensor) -> None:
        column = self._numbers.setdefault(name, _Column(torch.full((self.count,), torch.nan)))
        column.put(places, values.cpu())

    def _ask(self, name: str, classifier: Classifier, images: Images, places: Sequence[int]) -> None:
        answered = self._answers.setdefault(name, self._empty())
        answered.put(places, together_or_alone(classifier, images.to(classifier.device)))

    def _empty(self) -> _Answered:
        return _Answered(_Column(torch.full((self.count,), -1)), _Column(torch.full((self.count,), torch.nan)))

    def found(self) -> Found:
        """Of all pictures that were added."""
        answers = {name: self._answers.get(name, self._empty()).answers for name in (BEFORE, AFTER, *self._variants)}
        others = {
            name: (self._of(f"{name} {BEFORE}"), self._of(f"{name} {AFTER}"))
            for name in self.others
            if f"{name} {AFTER}" in self._answers
        }
        pairs = [(key[1], key[2]) for key in self._numbers if key[0] == "psnr"]
        quality = {pair: (self._numbers["psnr", *pair].values, self._numbers["ssim", *pair].values) for pair in pairs}
        moved = self._numbers.get(("moved",), _Column(torch.full((self.count,), torch.nan)))
        return Found(answers, others, quality, moved.values, self._differences.result())

    @property
    def _variants(self) -> list[str]:
        return [name for name in VARIANTS if name in self._answers]

    def _of(self, name: str) -> Answers:
        return self._answers[name].answers
