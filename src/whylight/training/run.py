"""A training: a plan is carried out in a folder, and goes on where it stopped when it is started again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch

from whylight import perturb
from whylight.errors import RunError
from whylight.lock import locked
from whylight.training import events, folder, state
from whylight.training.classifier_training import ClassifierTraining
from whylight.training.correction_training import CorrectionTraining, PreparedCorrection
from whylight.training.document import Document, document
from whylight.training.enhancer_training import EnhancerTraining
from whylight.training.loop import Watch, train
from whylight.training.prepare import Prepared
from whylight.training.session import Setup, Training, sides_of
from whylight.training.state import Position
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
            return _Run(setup, prepared, training).to_the_end()


def begin(setup: Setup, prepared: Prepared) -> Training:
    """What a plan trains, as it begins; raises DataError for too few pictures, ModelError for a network that cannot be."""
    sides = sides_of(prepared, setup.world)
    if isinstance(prepared, PreparedCorrection):
        return CorrectionTraining(setup, prepared, sides)
    kind = ClassifierTraining if prepared.plan.enhancement is None else EnhancerTraining
    return kind(setup, prepared, sides)


class _Run:
    """A training at work in its folder."""

    def __init__(self, setup: Setup, prepared: Prepared, training: Training) -> None:
        self.setup, self.prepared, self.training = setup, prepared, training
        self.place = setup.folder / folder.STATE
        known = self.place.exists()
        self.session = training.session(state.stage_in(self.place) if known else 0)
        self.position = state.read(self.place, self.session.kept, self.session.optimiser) if known else Position()
        self.saved = time.monotonic()

    @property
    def done(self) -> int:
        """Steps from the beginning."""
        return self.position.epoch * self.session.steps + self.position.step

    @property
    def whole(self) -> int:
        """All steps, unless a stage ends early."""
        left = sum(stage.epochs for stage in self.training.stages[self.position.stage :])
        return (self.position.began + left) * self.session.steps

    def to_the_end(self) -> Document:
        """Trains, and scores what came of it."""
        leads = self.setup.world.leads
        self._tell()
        with events.written(self.setup.folder / folder.EVENTS, self.done, wanted=leads) as told:
            finished = self._all_stages(told)
        if not finished:
            self._keep()
        self.setup.world.wait()
        found = document(self.session, self.training, self.position, self.prepared.pictures, finished=finished)
        if finished and self.session.validation is not None:
            best = self.setup.folder / folder.MODEL
            found["validation"] = score_of(best, self.session.validation, self.setup, self.prepared)
        if finished and leads:
            folder.write_json(self.setup.folder / folder.TRAINING, found)
            self.place.unlink(missing_ok=True)
        return found

    def _all_stages(self, told: events.Tell) -> bool:
        """Whether all of them were finished, or False when it was stopped before."""
        watch = Watch(lambda loss: self._after_step(told, loss), lambda: self._after_epoch(told), self.setup.stops)
        while train(self.session, self.position, watch):
            if self.position.stage + 1 == len(self.training.stages):
                return True
            self.position.next_stage()
            self.session = self.training.session(self.position.stage)
            self._keep()
        return False

    def _tell(self) -> None:
        self.setup.progress(self.done, self.whole)

    def _after_step(self, told: events.Tell, loss: float) -> None:
        self._tell()
        if self.done % events.EVERY == 0:
            told("loss/training", loss, self.done)
            told("rate", self.session.rate(self.position), self.done)
        if time.monotonic() - self.saved >= self.setup.save_every:
            self._keep()

    def _after_epoch(self, told: events.Tell) -> None:
        row = self.position.curve[-1]
        for name in events.MEASURES:
            if name in row:
                told(name.replace("validation_", "validation/"), row[name], self.done)
        if self.position.best == len(self.position.curve) - 1 and self.setup.world.leads:
            self.training.write_model(self.setup.folder / folder.MODEL)
        self._keep()
        self.setup.epoch(row)

    def _keep(self) -> None:
        """Writes the state; the model of a better epoch is written before it, so that none is missed."""
        if self.setup.world.leads:
            state.write(self.place, self.session.kept, self.session.optimiser, self.position)
        self.saved = time.monotonic()


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
