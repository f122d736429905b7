"""The objective of an enhancer: one stage's aim, on pictures that are spoilt first, and the measures that watch it.

    psnr                        10 log10(1 / mean squared difference of what is shown and the picture), in dB, at most 100
    validation_above_entropy    how far the binary cross-entropy is above the least that it can be

What spoils a picture is drawn anew in each step for training; in validation and test each picture has its own draw.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from whylight.degradation import Degradation, seeds_of
from whylight.nets.enhanced import Enhanced
from whylight.nets.painter import Painter, Seen
from whylight.training.aims import Aim, Answered, entropy, squared
from whylight.training.data import Labelled
from whylight.training.deep_supervision import Guide, noted
from whylight.training.objective import Ask, Batch, Objective, Row
from whylight.training.plan import Plan
from whylight.training.scoring import Scored, confusion_in, hits, summed
from whylight.training.world import World
from whylight.types import Images, Logits, Scores, Targets

GLANCED_AT = 1_000
"""So many pictures to train with are looked at where there are none for validation."""
MOST_PSNR = 100.0


class Passed(nn.Module):
    """What is trained: pictures through an enhancer and, where the aim asks for it, through the classifier.

    ``whole``: both. ``aim``: what is made small. ``guide``: what the enhancer's coarsest grid is asked by in training; None
    for nothing.
    """

    def __init__(self, whole: Enhanced, aim: Aim, guide: Guide | None = None) -> None:
        super().__init__()
        self.whole, self.aim, self.guide = whole, aim, guide

    def forward(self, given: Images, images: Images) -> Answered:
        """``given``: spoilt pictures; ``images``: as they were."""
        if self.guide is None or not self.training:
            return self.answered(given, images)
        with noted(_painter(self.whole)) as grids:
            answered = self.answered(given, images)
        return answered._replace(guessed=self.guide(grids[0]))

    def answered(self, given: Images, images: Images) -> Answered:
        """The same without the coarsest grid."""
        seen: Seen = _painter(self.whole).look(given)
        scores = self.whole.classifier(seen.given) if self.aim.asks else None
        expected = self.expected(images) if self.aim.compares else None
        return Answered(seen.shown, seen.logits, seen.then, scores, expected)

    def expected(self, images: Images) -> Logits:
        """The classifier's answer to the pictures themselves; no gradient comes from it."""
        with torch.no_grad():
            answer: Logits = self.whole.classifier(images)
            return answer


def _painter(whole: Enhanced) -> Painter:
    painter = whole.enhancer
    assert isinstance(painter, Painter)
    return painter


@dataclass(frozen=True, eq=False)
class Measured:
    """``loss``: the mean of the aim. ``scored``: the classifier's answers. ``squared``: the mean squared difference between
    what is shown and the pictures. ``entropy``: the least that the binary cross-entropy can be."""

    loss: float
    scored: Scored
    squared: float
    entropy: float

    @property
    def psnr(self) -> float:
        """In dB."""
        return min(MOST_PSNR, -10 * math.log10(max(self.squared, 1e-30)))


@dataclass(frozen=True, eq=False)
class Spoiling:
    """``degradation``: None leaves pictures as they are. ``seed``: the plan's."""

    degradation: Degradation | None
    seed: int

    def drawn(self, images: Images, seeds: Tensor) -> Images:
        """Spoilt as these seeds say."""
        return images if self.degradation is None else self.degradation(images, seeds.tolist())

    def fixed(self, images: Images, data: Labelled, places: Tensor) -> Images:
        """Spoilt as the pictures' content says."""
        if self.degradation is None:
            return images
        return self.degradation(images, seeds_of([data.keys[place] for place in places.tolist()], self.seed))


@dataclass(frozen=True, eq=False)
class Enhancing(Objective):
    """``passed``: the enhancer and its classifier. ``joint``: the classifier learns too."""

    plan: Plan
    passed: Passed
    spoiling: Spoiling
    world: World
    workers: int
    joint: bool = False

    def begin(self) -> None:
        """The enhancer in training mode; the classifier keeps its means and deviations unless it learns too."""
        whole = self.passed.whole
        whole.enhancer.train()
        whole.classifier.train(self.joint)

    def losses(self, ask: Ask, batch: Batch) -> Scores:
        """The aim of each picture."""
        answered: Answered = ask(self.spoiling.drawn(batch.images, batch.seeds), batch.images)
        smoothing = self.plan.hyperparameters.smoothing
        own = self.passed.aim(answered, batch.images, batch.targets, smoothing)
        guide = self.passed.guide
        if guide is None or answered.guessed is None:
            return own
        return own + guide.losses(answered.guessed, batch.targets, smoothing)

    def measure(self, validation: Labelled) -> Row:
        """Loss, accuracy and PSNR; of the binary cross-entropy also how far it is above the least."""
        found = self.measured(validation)
        row = {"validation_loss": found.loss, "validation_accuracy": found.scored.accuracy, "psnr": found.psnr}
        if self.passed.aim.loss == "bce":
            row["validation_above_entropy"] = found.loss - found.entropy
        return row

    def glance(self, training: Labelled) -> Row:
        """The PSNR of some of the pictures."""
        return {"psnr": self.measured(training.take(range(min(GLANCED_AT, len(training))))).psnr}

    def goodness(self, row: Row) -> tuple[float, ...]:
        """The accuracy where labels are learnt from, else the loss alone."""
        labelled = self.passed.aim.loss in ("cross_entropy", "recognition_aware")
        return super().goodness(row) if labelled else (-row["validation_loss"],)

    def measured(self, data: Labelled) -> Measured:
        """The means over all pictures, in evaluation mode and float32."""
        passed, aim, classes = self.passed.eval(), self.passed.aim, len(data.classes)
        painter, classifier = _painter(passed.whole), passed.whole.classifier

        def of(images: Images, targets: Targets, places: Tensor) -> Tensor:
            seen = painter.look(self.spoiling.fixed(images, data, places))
            scores = classifier(seen.given).float()
            expected = passed.expected(images) if aim.compares else None
            answered = Answered(seen.shown, seen.logits, seen.then, scores, expected)
            least = entropy(images) * (1 if seen.then is None else 2)
            sums = (aim(answered, images, targets), squared(seen.shown, images), least)
            return torch.cat([hits(scores, targets), torch.stack([each.double().sum() for each in sums])])

        device = next(painter.parameters()).device
        totals = summed(data, device, classes * classes + 3, of, self.world, self.workers)
        loss, difference, least = (totals[-3:] / len(data)).tolist()
        return Measured(loss, Scored(loss, confusion_in(totals, classes)), difference, least)

    def without(self, data: Labelled) -> Scored:
        """The classifier alone on the same spoilt pictures; its loss is the cross-entropy."""
        classifier, classes = self.passed.whole.classifier.eval(), len(data.classes)

        def of(images: Images, targets: Targets, places: Tensor) -> Tensor:
            scores = classifier(self.spoiling.fixed(images, data, places)).float()
            missed = functional.cross_entropy(scores, targets, reduction="none").double().sum()
            return torch.cat([hits(scores, targets), missed[None]])

        device = next(self.passed.parameters()).device
        totals = summed(data, device, classes * classes + 1, of, self.world, self.workers)
        return Scored(totals[-1].item() / len(data), confusion_in(totals, classes))
