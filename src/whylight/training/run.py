"""A training: a plan is carried out in a folder, and goes on where it stopped when it is started again."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch

from whylight import perturb
from whylight.errors import RunError
from whylight.lock import locked
from whylight.training import folder
from whylight.training.classifier_training import ClassifierTraining
from whylight.training.correction_training import CorrectionTraining, PreparedCorrection
from whylight.training.course import Course
from whylight.training.document import Document, document
from whylight.training.enhancer_training import EnhancerTraining
from whylight.training.prepare import Prepared
from whylight.training.session import Setup, Training, sides_of
from whylight.training.testing import score_of


def carry_out(setup: Setup, prepared: Prepared) -> Document:
    """Trains to the end, or until it is stopped, and returns what ``training.json`` holds; ``finished`` says which.

    A training that is finished is not begun again. Raises RunError when the folder holds another plan, is written to by
    another training, or the loss is no number any more; DataError for too few pictures.
    """
    folder.check(setup.folder)
    folder.check_plan(setup.folder, prepared.plan)
    done = folder.read_training(setup.folder)
    if done is not None:
        return done
    training = begin(setup, prepared)
    if setup.world.leads:
        setup.folder.mkdir(parents=True, exist_ok=True)
    with locked(setup.folder) if setup.world.leads else nullcontext():
        if setup.world.leads:
            folder.begin(setup.folder, prepared.plan)
        setup.world.wait()
        devices = [setup.device] if setup.device.type == "cuda" else []
        with torch.random.fork_rng(devices), _memory_explained(prepared.plan.hyperparameters.batch):
            return _to_the_end(setup, prepared, training)


def begin(setup: Setup, prepared: Prepared) -> Training:
    """What a plan trains, as it begins; raises DataError for too few pictures, ModelError for a network that cannot be."""
    sides = sides_of(prepared, setup.world)
    if isinstance(prepared, PreparedCorrection):
        return CorrectionTraining(setup, prepared, sides)
    kind = ClassifierTraining if prepared.plan.enhancement is None else EnhancerTraining
    return kind(setup, prepared, sides)


def _to_the_end(setup: Setup, prepared: Prepared, training: Training) -> Document:
    """Trains, and scores what came of it."""
    course = Course(setup, training)
    finished = course.to_the_end()
    found = document(course.session, training, course.position, prepared.pictures, finished=finished)
    watched = course.session.validation
    if finished and watched is not None:
        found["validation"] = score_of(setup.folder / folder.MODEL, watched, setup, prepared)
    if finished and setup.world.leads:
        folder.write_json(setup.folder / folder.TRAINING, found)
        course.forget()
    return found


@contextmanager
def _memory_explained(batch: int) -> Iterator[None]:
    """Memory that runs out inside the block, as a RunError."""
    try:
        yield
    except Exception as error:
        if perturb.is_out_of_memory(error):
            raise RunError(
                f"memory ran out with {batch} pictures a step; start again in another folder with a smaller --batch-size"
            ) from error
        raise
