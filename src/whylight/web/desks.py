"""Desks: one browser's session of judging; what is slow in it is a job, what was said is kept before that."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from whylight.dataset import Dataset
from whylight.feedback.candidates import candidates_for
from whylight.feedback.choosing import AHEAD
from whylight.feedback.session import Session
from whylight.feedback.showing import Showing
from whylight.store import Filter, SegmentVote, Store, Stroke, Verdict
from whylight.web.jobs import Job, Jobs
from whylight.web.models import Models
from whylight.web.settings import Settings

THEN = "/judge"
SAID = ("verdict", "stroke", "segment_vote")
DESKS_KEPT = 64
WORDS = {Stroke: "stroke", SegmentVote: "vote on a segment"}


@dataclass(eq=False)
class Desk:
    """``job``: what makes the next explanation, or made the last one. ``answered``: the key of the explanation that was
    judged and still stands before the person, while the next one is made. ``is_ahead``: whether what comes next is made
    while the person looks at this; ``ahead``: what makes it."""

    session: Session
    jobs: Jobs
    job: Job | None = None
    is_ahead: bool = True
    ahead: Job | None = None
    answered: str | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def is_busy(self) -> bool:
        """Whether an explanation is being made."""
        return self.job is not None and not self.job.is_over

    @property
    def waits(self) -> bool:
        """Whether an explanation waits for a verdict."""
        return not self.is_busy and self.session.shown is not None and self.session.shown.key != self.answered

    @property
    def is_done(self) -> bool:
        """Whether no picture is left."""
        return self.job is not None and self.job.standing == "done" and self.session.shown is None

    def look(self) -> None:
        """Somebody comes to the desk: where nothing stands on it, something is made."""
        with self.lock:
            if not (self.is_busy or self.waits or self.is_done):
                started = self.session.shown is not None
                self._begin("Next explanation" if started else "First explanation", self._go_on)

    def verdict(self, key: str, *, up: bool) -> bool:
        """Keeps a verdict and goes on; nothing where another explanation stands there by now. Whether it was kept."""
        with self.lock:
            if not self._stands(key):
                return False
            self.session.say(up=up)
            self.answered = key
            self._begin("Next picture" if up else "Another explanation", self._go_on)
            return True

    def skip(self, key: str) -> bool:
        """Goes on to another picture, also while an explanation is being made. Whether there was something to skip."""
        with self.lock:
            shown = self.session.shown
            if not self.is_busy and not self._stands(key):
                return False
            self._stop()
            self.answered = None if shown is None else shown.key
            self._begin("Another picture", self.session.next)
            return True

    def undo(self) -> str:
        """Takes back what the person said last; returns what is done, in words."""
        with self.lock:
            session = self.session
            said = session.store.history(Filter(person=session.person, kinds=SAID), limit=1)
            if not said:
                return "There is nothing to undo."
            here = session.shown is not None and said[0].record.explanation == session.shown.key
            if here and self.waits and not isinstance(said[0].record.said, Verdict):
                session.store.undo(person=session.person)
                return f"The last {WORDS[type(said[0].record.said)]} is taken back."
            self._stop()
            self.answered = None
            self._begin("Back to the last verdict", session.undo)
            return "The last verdict is taken back."

    def note(self, key: str, said: Stroke | SegmentVote) -> bool:
        """Keeps a stroke of the brush or a vote on a segment. Whether the explanation still stood there."""
        with self.lock:
            if self.standing(key) is None:
                return False
            self.session.store.note(key, said, person=self.session.person)
            return True

    def standing(self, key: str) -> Showing | None:
        """What stands before the person, where it is the explanation of that key."""
        with self.lock:
            return self.session.shown if self._stands(key) else None

    def _stands(self, key: str) -> bool:
        return self.waits and self.session.shown is not None and self.session.shown.key == key

    def _go_on(self) -> Any:
        return self.session.resume() if self.session.shown is None else self.session.go_on()

    def _begin(self, title: str, work: Callable[[], Any]) -> None:
        def done(job: Job) -> None:
            job.begin(0, 1, "asks the classifier")
            work()
            if self.is_ahead:
                self.ahead = self.jobs.ahead(self, lambda job: self.session.prepare(job.check))

        self.jobs.drop_ahead(self)
        self.job = self.jobs.add(title, done, THEN)

    def _stop(self) -> None:
        if self.job is not None and self.is_busy:
            self.jobs.cancel(self.job)


class Desks:
    """A desk for each browser and person; those that were not used for long are put away, and lose nothing by it."""

    def __init__(self, settings: Settings, store: Store, dataset: Dataset, models: Models, jobs: Jobs) -> None:
        self._settings, self._store, self._dataset = settings, store, dataset
        self._models, self._jobs = models, jobs
        self._desks: OrderedDict[tuple[str, str], Desk] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, browser: str, person: str) -> Desk:
        """The desk of a person in a browser."""
        with self._lock:
            known = self._desks.get((browser, person))
            desk = known or Desk(self._session(browser, person), self._jobs, is_ahead=self._settings.ahead)
            self._desks[browser, person] = desk
            self._desks.move_to_end((browser, person))
            while len(self._desks) > DESKS_KEPT:
                _, put_away = self._desks.popitem(last=False)
                self._jobs.drop_ahead(put_away)
            return desk

    def _session(self, browser: str, person: str) -> Session:
        classifier, settings = self._models.first, self._settings
        return Session(
            self._store,
            self._dataset,
            settings.data,
            classifier,
            candidates_for(len(classifier.labels), classifier.access, settings.methods),
            person,
            settings.seed,
            settings.learning,
            ahead=AHEAD,
            elsewhere=lambda: self._elsewhere(browser, person),
        )

    def _elsewhere(self, browser: str, person: str) -> Collection[int]:
        """The pictures that stand before the same person in other browsers."""
        with self._lock:
            others = [desk for (where, who), desk in self._desks.items() if where != browser and who == person]
        return {desk.session.shown.opened.place for desk in others if desk.session.shown is not None}
