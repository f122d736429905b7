"""A training: a plan is carried out in a folder, and goes on where it stopped when it is started again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch

from whylight import perturb
from whylight.classifiers import checkpoint
from whylight.errors import RunError
from whylight.lock import locked
from whylight.training import events, folder, state
from whylight.training.document import Document, document, plain_score
from whylight.training.loop import Session, Watch, train
from whylight.training.prepare import Prepared
from whylight.training.scoring import score
from whylight.training.session import Setup, begin, write_model
from whylight.training.state import Position


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
    session = begin(setup, prepared)
    if setup.world.leads:
        setup.folder.mkdir(parents=True, exist_ok=True)
    with locked(setup.folder) if setup.world.leads else nullcontext():
        if setup.world.leads:
            folder.begin(setup.folder, prepared.plan)
        setup.world.wait()
        devices = [setup.device] if setup.device.type == "cuda" else []
        with torch.random.fork_rng(devices), _memory_explained(prepared.plan.hyperparameters.batch):
            return _Run(setup, prepared, session).to_the_end()


class _Run:
    """A session at work in its folder."""

    def __init__(self, setup: Setup, prepared: Prepared, session: Session) -> None:
        self.setup, self.prepared, self.session = setup, prepared, session
        self.place = setup.folder / folder.STATE
        self.position = self._position()
        self.saved = time.monotonic()

    def _position(self) -> Position:
        if not self.place.exists():
            return Position()
        return state.read(self.place, self.session.network.network, self.session.optimiser)

    @property
    def done(self) -> int:
        """Steps from the beginning."""
        return self.position.epoch * self.session.steps + self.position.step

    def to_the_end(self) -> Document:
        """Trains, and scores what came of it."""
        leads = self.setup.world.leads
        self._tell()
        with events.written(self.setup.folder / folder.EVENTS, self.done, wanted=leads) as told:
            watch = Watch(lambda loss: self._after_step(told, loss), lambda: self._after_epoch(told), self.setup.stops)
            finished = train(self.session, self.position, watch)
        if not finished:
            self._keep()
        self.setup.world.wait()
        found = document(self.session, self.position, self.prepared.pictures, finished=finished)
        if finished:
            self._score_into(found)
        if finished and leads:
            folder.write_json(self.setup.folder / folder.TRAINING, found)
            self.place.unlink(missing_ok=True)
        return found

    def _tell(self) -> None:
        self.setup.progress(self.done, self.prepared.plan.hyperparameters.epochs * self.session.steps)

    def _after_step(self, told: events.Tell, loss: float) -> None:
        self._tell()
        if self.done % events.EVERY == 0:
            told("loss/training", loss, self.done)
            told("rate", self.session.rate(self.position), self.done)
        if time.monotonic() - self.saved >= self.setup.save_every:
            self._keep()

    def _after_epoch(self, told: events.Tell) -> None:
        row = self.position.curve[-1]
        for name in ("validation_loss", "validation_accuracy"):
            if name in row:
                told(name.replace("_", "/"), row[name], self.done)
        if self.position.best == len(self.position.curve) - 1 and self.setup.world.leads:
            write_model(self.setup.folder / folder.MODEL, self.session, self.prepared)
        self._keep()
        self.setup.epoch(row)

    def _keep(self) -> None:
        """Writes the state; the model of a better epoch is written before it, so that none is missed."""
        if self.setup.world.leads:
            state.write(self.place, self.session.network.network, self.session.optimiser, self.position)
        self.saved = time.monotonic()

    def _score_into(self, found: Document) -> None:
        """What the network in the folder, the best one, is worth on the pictures that watched the training."""
        session = self.session
        if session.validation is None:
            return
        tensors, _ = checkpoint.read(self.setup.folder / folder.MODEL)
        session.network.network.load_state_dict(tensors)
        scored = score(
            session.network, session.validation, session.plan.hyperparameters, session.world, session.workers
        )
        found["validation"] = plain_score(scored, self.prepared.pictures.classes)


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
