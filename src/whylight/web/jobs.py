"""Jobs: long work in a bounded queue, done one after the other in a thread of its own, with progress and cancel.

The thread sets the perturbation engine's progress hook around each job. After each pass the hook notes how far the job is,
and ends it where somebody asked for that: a job stops within a pass, and what it had kept in the store stays there.

What nobody asked for yet, but somebody may, is done in the same thread while nothing else waits. It makes room within a pass
for whatever is asked for, and begins anew when there is time again.
"""

import logging
import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Literal

from whylight import perturb
from whylight.errors import WhylightError
from whylight.web.words import without_paths

FINISHED_KEPT = 200
"""Jobs that are done and can still be asked about."""
AHEAD_KEPT = 8
"""Works ahead that wait: those of the people who were there last."""

log = logging.getLogger(__name__)

Standing = Literal["waiting", "running", "done", "failed", "cancelled"]


class QueueFullError(WhylightError):
    """There is no room in the queue."""


class Cancelled(BaseException):
    """Somebody asked the job that runs to stop: a signal that no ``except Exception`` on its way may take for a mistake."""


@dataclass(eq=False)
class Job:
    """``title``: what is done, for people. ``work``: is called with the job in the queue's thread. ``then``: the address of
    the page that shows the result. ``standing``: where it is; ``problem``: why it failed, in one sentence."""

    title: str
    work: Callable[["Job"], None]
    then: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    standing: Standing = "waiting"
    problem: str = ""
    words: str = ""
    step: int = 0
    steps: int = 1
    share: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)
    wanted: bool = True

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens."""
        return self.standing in ("done", "failed", "cancelled")

    def begin(self, step: int, steps: int, words: str) -> None:
        """The job comes to a step (from 0) of several; ``words``: what is done in it. Ends it where it was cancelled."""
        self.step, self.steps, self.words = step, steps, words
        self.share = step / steps
        self.check()

    def passed(self, done: int, whole: int) -> None:
        """So many pictures of so many went through the classifier. Ends the job where it was cancelled."""
        within = done / whole if whole else 1.0
        self.share = max(self.share, (self.step + min(1.0, within)) / self.steps)
        self.check()

    def check(self) -> None:
        """Raises Cancelled where somebody asked for it; long work without passes calls it by itself."""
        if not self.wanted:
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Waits until the job is over, at most so long; whether it is."""
        return self.ended.wait(seconds)

    def end(self, standing: Standing, problem: str = "") -> None:
        """The job is over."""
        self.standing, self.problem = standing, problem
        self.ended.set()


class Jobs:
    """The queue. ``most_waiting``: how many jobs may wait; ``settings``: how passes are run."""

    def __init__(self, most_waiting: int, settings: perturb.Execution) -> None:
        self._settings, self._most_waiting = settings, most_waiting
        self._waiting: deque[Job] = deque()
        self._ahead: OrderedDict[Hashable, Job] = OrderedDict()
        self._running_ahead: Job | None = None
        self._known: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="whylight-jobs", daemon=True)
        self._thread.start()

    def add(self, title: str, work: Callable[[Job], None], then: str) -> Job:
        """Puts work into the queue; raises QueueFullError where there is no room."""
        job = Job(title, work, then)
        with self._changed:
            if len(self._waiting) >= self._most_waiting:
                raise QueueFullError("too much is waiting to be done; try again when some of it is ready")
            self._waiting.append(job)
            self._known[job.id] = job
            self._forget()
            self._interrupt(self._running_ahead)
            self._changed.notify()
        return job

    def ahead(self, owner: Hashable, work: Callable[[Job], None]) -> Job:
        """Does work that somebody may ask for while nothing else waits; another one of the same owner takes its place."""
        job = Job("ahead", work, "")
        with self._changed:
            self._drop(owner)
            self._ahead[owner] = job
            while len(self._ahead) > AHEAD_KEPT:
                self._drop(next(iter(self._ahead)))
            self._changed.notify()
        return job

    def drop_ahead(self, owner: Hashable) -> None:
        """What was to be done ahead for this owner is wanted no more."""
        with self._lock:
            self._drop(owner)

    def find(self, id: str) -> Job | None:  # noqa: A002 - the name that everybody knows
        """The job of that id; None when there is none, or none any more."""
        with self._lock:
            return self._known.get(id)

    def of(self, then: str) -> Job | None:
        """The latest job for a page that is not over; None when there is none."""
        with self._lock:
            open_ = [job for job in self._known.values() if job.then == then and not job.is_over]
        return open_[-1] if open_ else None

    def cancel(self, job: Job) -> None:
        """Ends a job that waits at once, and one that runs after its next pass."""
        job.wanted = False
        with self._lock:
            if job.standing == "waiting":
                self._waiting.remove(job)
                job.end("cancelled")

    def before(self, job: Job) -> int:
        """How many jobs come before one that waits."""
        with self._lock:
            order = [known for known in self._known.values() if not known.is_over]
        return order.index(job) if job in order else 0

    def close(self) -> None:
        """Ends the job that runs after its next pass, and the thread."""
        with self._changed:
            waiting = [job for job in self._known.values() if not job.is_over]
            for owner in list(self._ahead):
                self._drop(owner)
            self._is_closed = True
            self._changed.notify()
        for job in waiting:
            self.cancel(job)
        self._thread.join(timeout=30)

    def _drop(self, owner: Hashable) -> None:
        job = self._ahead.pop(owner, None)
        if job is not None:
            self._interrupt(job)
            if job is not self._running_ahead:
                job.end("cancelled")

    def _interrupt(self, job: Job | None) -> None:
        if job is not None:
            job.wanted = False

    def _forget(self) -> None:
        over = [id for id, job in self._known.items() if job.is_over]  # noqa: A001 - as in ``find``
        for id in over[: max(0, len(over) - FINISHED_KEPT)]:  # noqa: A001 - as in ``find``
            del self._known[id]

    def _run(self) -> None:
        while (job := self._next()) is not None:
            if job is self._running_ahead:
                self._do_ahead(job)
            else:
                self._do(job)

    def _next(self) -> Job | None:
        """Waits for the next job: what was asked for first, else the oldest that is done ahead. None at the end."""
        with self._changed:
            while not self._is_closed:
                if self._waiting:
                    job = self._waiting.popleft()
                    job.standing = "running"
                    return job
                if self._ahead:
                    self._running_ahead = next(iter(self._ahead.values()))
                    self._running_ahead.wanted, self._running_ahead.standing = True, "running"
                    return self._running_ahead
                self._changed.wait()
        return None

    def _do(self, job: Job) -> None:
        try:
            self._work(job)
        except Cancelled:
            job.end("cancelled")
        except WhylightError as error:
            job.end("failed", without_paths(str(error)))
        except Exception:
            log.exception("the job %r failed", job.title)
            job.end("failed", "something went wrong that nobody foresaw; the server's output says what")
        else:
            job.end("done")

    def _do_ahead(self, job: Job) -> None:
        """What fails ahead fails again, and is said, when it is asked for."""
        standing: Standing = "done"
        try:
            self._work(job)
        except Cancelled:
            standing = "cancelled"
        except Exception:
            log.debug("work ahead failed", exc_info=True)
            standing = "failed"
        with self._lock:
            self._running_ahead = None
            owner = next((owner for owner, known in self._ahead.items() if known is job), None)
            if owner is not None and standing == "cancelled":  # it made room, and is still wanted
                job.standing = "waiting"
                return
            if owner is not None:
                del self._ahead[owner]
        job.end(standing)

    def _work(self, job: Job) -> None:
        with perturb.execution(replace(self._settings, progress=job.passed)):
            job.work(job)
