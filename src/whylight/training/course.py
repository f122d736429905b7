"""The course of a training: stage after stage in a folder, with its state, its best model and its events on the disk."""

import time

from whylight.training import events, folder, state
from whylight.training.loop import Watch, train
from whylight.training.session import Setup, Training
from whylight.training.state import Position


class Course:
    """A training at work in the folder of its ``setup``, which this process or the one that leads has locked."""

    def __init__(self, setup: Setup, training: Training) -> None:
        self.setup, self.training = setup, training
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

    def to_the_end(self) -> bool:
        """Trains; returns False when it was stopped before. Then, too, every step is kept.

        Raises RunError when the loss is no number any more.
        """
        self._tell()
        with events.written(self.setup.folder / folder.EVENTS, self.done, wanted=self.setup.world.leads) as told:
            finished = self._all_stages(told)
        if not finished:
            self._keep()
        self.setup.world.wait()
        return finished

    def forget(self) -> None:
        """Removes the state, once what came of it is kept."""
        if self.setup.world.leads:
            self.place.unlink(missing_ok=True)

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
