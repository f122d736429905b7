"""The local engine: the cores of one machine, a process with one thread each.

Threads that wait for each other in every layer waste what processes use: on two cores shared with other work two processes
took 10 and 17 seconds for pictures that one process with two threads took 58 and 115 for (squeezenet1_1 at 224 × 224). And
a sum over one thread has one order: rows are the same bits whatever the number of workers.
"""

import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

import torch

from whylight.runs.attempts import Attempts
from whylight.runs.job import Crew, Job, Lost, P, Tell
from whylight.runs.process import raised, serve


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Local:
    """``asked``: the device, as on the command line; ``auto`` is the graphics card if torch can use one, else the
    processor."""

    asked: str = "auto"

    @property
    def device(self) -> str:
        """As torch names it."""
        return self.asked if self.asked != "auto" else "cuda" if torch.cuda.is_available() else "cpu"

    @property
    def own_device(self) -> str:
        """The same: one worker is this process."""
        return self.device

    @contextmanager
    def crew(self, job: Job[P], parts: P, numbers: Sequence[int], wanted: int | None, tell: Tell) -> Iterator[Crew]:
        """Processes, or this one alone."""
        workers = workers_for(self.device, len(numbers), wanted)
        results = run(job, parts, numbers, workers, tell)
        try:
            yield Crew(workers, results)
        finally:
            results.close()


def workers_for(device: str, count: int, wanted: int | None = None) -> int:
    """How many processes work on ``count`` shards: as many as wanted, else one a core, and one on a graphics card."""
    most = wanted or (cores() if device == "cpu" else 1)
    return max(1, min(most, count))


def run(job: Job[P], parts: P, numbers: Sequence[int], workers: int, tell: Tell) -> Generator[int | Lost, None, None]:
    """Works on the shards of these numbers; yields each when it is finished, or lost with its process.

    One worker is this process, with the parts that it has loaded; more are processes of their own. Stop reading to stop
    the work; a shard that is not finished leaves nothing.
    """
    if workers > 1:
        with _pool(job, deque(numbers), workers, tell) as pool:
            yield from pool.results()
        return
    with _one_thread():
        for number in numbers:
            job.finish(parts, number, tell)
            yield number


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(eq=False)
class Worker:
    """A process, the pipe to it, and the shard that it is at with the steps that it told of it."""

    process: SpawnProcess
    pipe: Connection
    number: int
    told: int = 0


@dataclass(eq=False)
class Pool:
    """Some processes and the shards that wait for them."""

    job: Job[Any]
    waiting: deque[int]
    most: int
    tell: Tell
    workers: list[Worker] = field(default_factory=list)
    leaving: list[Worker] = field(default_factory=list)
    attempts: Attempts = field(default_factory=Attempts)

    def results(self) -> Iterator[int | Lost]:
        """Each shard as it is finished or lost."""
        while self.waiting or self.workers:
            while self.waiting and len(self.workers) < self.most:
                self.workers.append(self._started(self.waiting.popleft()))
            pipes = {worker.pipe: worker for worker in self.workers}
            for ready in connection.wait(list(pipes)):
                if (result := self._heard(pipes[ready])) is not None:  # type: ignore[index]  # pipes alone were waited for
                    yield result

    def _started(self, number: int) -> Worker:
        ours, theirs = get_context("spawn").Pipe()
        process = get_context("spawn").Process(target=serve, args=(self.job, theirs), daemon=True)
        with _deaf_to_ctrl_c():
            process.start()
        theirs.close()
        worker = Worker(process, ours, number)
        _send(worker, number)
        return worker

    def _heard(self, worker: Worker) -> int | Lost | None:
        try:
            kind, *rest = worker.pipe.recv()
        except (EOFError, OSError):
            return self._died(worker)
        if kind == "steps":
            worker.told += rest[0]
            self.tell(rest[0])
            return None
        if kind == "failed":
            raise raised(*rest)
        self.attempts.finished()
        self._next(worker)
        return int(rest[0])

    def _next(self, worker: Worker) -> None:
        if self.waiting:
            worker.number, worker.told = self.waiting.popleft(), 0
            _send(worker, worker.number)
        else:
            _send(worker, None)
            self.workers.remove(worker)
            self.leaving.append(worker)

    def _died(self, worker: Worker) -> Lost | None:
        worker.process.join()
        worker.pipe.close()
        self.workers.remove(worker)
        lost = self.attempts.died(worker.number, worker.process.exitcode)
        self.tell(-worker.told)
        if lost is None:
            self.waiting.append(worker.number)
        return lost


def _send(worker: Worker, number: int | None) -> None:
    """A worker that has died in the meantime is noticed when it is listened to."""
    with suppress(OSError):
        worker.pipe.send(number)


@contextmanager
def _pool(job: Job[Any], numbers: deque[int], workers: int, tell: Tell) -> Iterator[Pool]:
    pool = Pool(job, numbers, workers, tell)
    try:
        yield pool
    finally:
        for worker in pool.workers:
            worker.process.terminate()
        for worker in pool.workers + pool.leaving:
            worker.process.join()
            worker.pipe.close()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """A process that starts now does not hear Ctrl-C, not even while it imports what it needs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
