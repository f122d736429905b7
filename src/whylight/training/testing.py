"""The score on test pictures, once, when a training is over; none of them may be among the pictures that it saw."""

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from whylight import datasets
from whylight.classifier import Classifier
from whylight.classifiers import checkpoint
from whylight.errors import DataError
from whylight.frame import Resizing
from whylight.nets.enhanced import Enhanced
from whylight.training.data import Labelled, Progress, labelled
from whylight.training.document import Document, plain_score
from whylight.training.enhancer_training import aim_of, spoiling_of
from whylight.training.enhancing import Enhancing, Passed
from whylight.training.prepare import Prepared, with_split
from whylight.training.prepare_enhancer import relabelled
from whylight.training.scoring import score
from whylight.training.session import Setup
from whylight.training.split import refuse_shared


@dataclass(frozen=True, eq=False)
class TestPart:
    """``data``: as it was named. ``pictures``: at the network's size."""

    data: str
    pictures: Labelled


def prepare_test(text: str, root: Path | None, prepared: Prepared, tell: Progress | None = None) -> TestPart:
    """Reads test pictures: the ``test`` split where the data set has splits.

    Raises DataError when the labels are others, or a picture of the training is among them.
    """
    model = None if prepared.plan.enhancement is None else prepared.model
    return read_test(text, root, prepared.pictures, prepared.resizing, tell, model)


def read_test(
    text: str,
    root: Path | None,
    known: Labelled,
    resizing: Resizing,
    tell: Progress | None = None,
    model: Classifier | None = None,
) -> TestPart:
    """The same for pictures that are prepared by ``resizing``; ``known``: those of the training. ``model``: the classifier
    whose labels they get, where they are not the data's own."""
    data = with_split(text, "test")
    pictures = labelled(datasets.open_dataset(data, root), resizing, tell)
    if model is not None:
        pictures = relabelled(pictures, model, text)
    if pictures.classes != known.classes:
        raise DataError(
            f"the test {text} has the labels {', '.join(pictures.classes[:5])} and the training "
            f"{', '.join(known.classes[:5])}; give both the same labels"
        )
    refuse_shared(known.keys, pictures.keys, known.names)
    return TestPart(data, pictures)


def scored_on(test: TestPart, model: Path, setup: Setup, prepared: Prepared) -> Document:
    """The score of what a checkpoint holds."""
    return {"data": test.data} | score_of(model, test.pictures, setup, prepared)


def score_of(model: Path, pictures: Labelled, setup: Setup, prepared: Prepared) -> Document:
    """The score of what a checkpoint holds; of an enhancer also that of its classifier ``without`` it, and the PSNR."""
    plan, world = prepared.plan, setup.world
    whole = checkpoint.load_file(model, device=setup.device, name=f"{checkpoint.PREFIX}:{model}").predict
    if plan.enhancement is None:
        assert isinstance(whole, nn.Module)
        found = score(whole, pictures, plan.hyperparameters, world, setup.workers)
        return plain_score(found, pictures.classes)
    assert isinstance(whole, Enhanced)
    passed = Passed(whole, aim_of(plan.enhancement))
    objective = Enhancing(plan, passed, spoiling_of(plan), world, setup.workers)
    measured, alone = objective.measured(pictures), objective.without(pictures)
    return plain_score(measured.scored, pictures.classes) | {
        "psnr": measured.psnr,
        "without": plain_score(alone, pictures.classes),
    }
