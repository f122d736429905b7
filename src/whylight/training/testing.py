"""The score on test pictures, once, when a training is over; none of them may be among the pictures that it saw."""

from dataclasses import dataclass
from pathlib import Path

from whylight import datasets
from whylight.classifiers import checkpoint
from whylight.classifiers.networks import build
from whylight.errors import DataError
from whylight.frame import Resizing
from whylight.training.data import Labelled, Progress, labelled
from whylight.training.document import Document, plain_score
from whylight.training.prepare import Prepared, with_split
from whylight.training.scoring import score
from whylight.training.session import Setup
from whylight.training.split import refuse_shared
from whylight.training.standardised import Standardised


@dataclass(frozen=True, eq=False)
class TestPart:
    """``data``: as it was named. ``pictures``: at the network's size."""

    data: str
    pictures: Labelled


def prepare_test(text: str, root: Path | None, prepared: Prepared, tell: Progress | None = None) -> TestPart:
    """Reads test pictures: the ``test`` split where the data set has splits.

    Raises DataError when the labels are others, or a picture of the training is among them.
    """
    return read_test(text, root, prepared.pictures, prepared.resizing, tell)


def read_test(
    text: str, root: Path | None, known: Labelled, resizing: Resizing, tell: Progress | None = None
) -> TestPart:
    """The same for pictures that are prepared by ``resizing``; ``known``: those of the training."""
    data = with_split(text, "test")
    pictures = labelled(datasets.open_dataset(data, root), resizing, tell)
    if pictures.classes != known.classes:
        raise DataError(
            f"the test {text} has the labels {', '.join(pictures.classes[:5])} and the training "
            f"{', '.join(known.classes[:5])}; give both the same labels"
        )
    refuse_shared(known.keys, pictures.keys, known.names)
    return TestPart(data, pictures)


def scored_on(test: TestPart, model: Path, setup: Setup, prepared: Prepared) -> Document:
    """The score of the network in a checkpoint."""
    tensors, recipe = checkpoint.read(model)
    network = build(recipe.network, len(recipe.labels), len(recipe.mean), recipe.size)
    network.load_state_dict(tensors)
    whole = Standardised(network, (recipe.mean, recipe.std)).to(setup.device)
    found = score(whole, test.pictures, prepared.plan.hyperparameters, setup.world, setup.workers)
    return {"data": test.data} | plain_score(found, test.pictures.classes)
