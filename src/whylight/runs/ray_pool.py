"""Actors on a Ray cluster and the shards that wait for them."""

import math
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from whylight.errors import RunError
from whylight.runs.attempts import Attempts
from whylight.runs.job import Job, Lost, Tell
from whylight.runs.process import raised
from whylight.runs.ray_worker import Surroundings, Worker

POLL = 1.0
"""Seconds after which the pool looks around although nobody answered."""
PLACED = 300.0
"""Seconds that a run waits for room for a single worker: a machine may have to be started for it."""
SEEN = 90.0
"""Seconds until a file that another machine wrote must be seen here: network file systems remember for up to a minute
what was not there."""


@dataclass(frozen=True)
class Room:
    """What a worker needs of a machine."""

    cpus: float
    gpus: float

    def places(self, nodes: Sequence[Mapping[str, Any]]) -> int:
        """How many workers the machines that ``ray.nodes()`` lists have room for."""
        return sum(self._on(node["Resources"]) for node in nodes if node["Alive"])

    def _on(self, resources: Mapping[str, float]) -> int:
        by_cpu = math.floor(resources.get("CPU", 0.0) / self.cpus)
        return min(by_cpu, math.floor(resources.get("GPU", 0.0) / self.gpus)) if self.gpus else by_cpu

    def __str__(self) -> str:
        return f"{self.cpus:g} core" + (f" and {self.gpus:g} of a graphics card" if self.gpus else "")


@dataclass(eq=False)
class Hand:
    """An actor and the shard that it is at; None before it has a place on a machine."""

    actor: Any
    number: int | None = None


@dataclass(eq=False)
class Pool:
    """Hands shards out, one to an actor at a time, and hires another actor for each that died."""

    ray: Any
    job: Job[Any]
    parts: Any
    room: Room
    waiting: deque[int]
    most: int
    tell: Tell
    hands: dict[Any, Hand] = field(default_factory=dict)
    unseen: dict[int, float] = field(default_factory=dict)
    attempts: Attempts = field(init=False)
    worked: float = field(default_factory=time.monotonic)
    hire: Any = field(init=False)

    def __post_init__(self) -> None:
        self.attempts = Attempts(spared=self.most)  # all workers of a machine die with it
        made = self.ray.remote(Worker).options(
            num_cpus=self.room.cpus, num_gpus=self.room.gpus, max_restarts=0, scheduling_strategy="SPREAD"
        )
        job, surroundings = self.ray.put(self.job), Surroundings.here()
        self.hire = lambda: made.remote(job, surroundings)

    def results(self) -> Iterator[int | Lost]:
        """Each shard as it is finished or lost."""
        while self.waiting or self.hands or self.unseen:
            while self.waiting and len(self.hands) < self.most:
                hand = Hand(self.hire())
                self.hands[hand.actor.version.remote()] = hand
            for answer in self._answered():
                if (lost := self._heard(answer, self.hands.pop(answer))) is not None:
                    yield lost
            yield from self._seen()
            self._check_room()

    def end(self) -> None:
        """Ends all actors; what they were at leaves nothing."""
        for hand in self.hands.values():
            self.ray.kill(hand.actor)
        self.hands = {}

    def _answered(self) -> list[Any]:
        if not self.hands:
            time.sleep(POLL)
            return []
        answered: list[Any] = self.ray.wait(list(self.hands), num_returns=1, timeout=POLL)[0]
        return answered

    def _heard(self, answer: Any, hand: Hand) -> Lost | None:
        try:
            said = self.ray.get(answer)
        except self._deaths():
            return self._died(hand)
        except self.ray.exceptions.RayError as error:
            reason = next((line for line in reversed(str(error).strip().splitlines()) if line.strip()), "")
            raise RunError(
                f"a worker of the cluster cannot work ({reason.strip()}); install the same whylight on every machine"
            ) from error
        if hand.number is None:
            _check_version(said)
        elif said[0] == "failed":
            raise raised(*said[1:])
        else:
            self.attempts.finished()
            self.unseen[hand.number] = time.monotonic()
        self._next(hand)
        return None

    def _deaths(self) -> tuple[type[Exception], ...]:
        """How Ray says that an actor is no more, or cannot be reached."""
        known = self.ray.exceptions
        return (known.RayActorError, known.WorkerCrashedError, known.OutOfMemoryError, known.NodeDiedError)

    def _next(self, hand: Hand) -> None:
        if self.waiting:
            hand.number = self.waiting.popleft()
            self.hands[hand.actor.finish.remote(hand.number)] = hand
        else:
            self.ray.kill(hand.actor)

    def _died(self, hand: Hand) -> Lost | None:
        self.ray.kill(hand.actor)  # one that only cannot be reached any more must not go on
        lost = self.attempts.died(hand.number)
        if lost is None and hand.number is not None:
            self.waiting.append(hand.number)
        return lost

    def _seen(self) -> Iterator[int]:
        """The finished shards whose files are seen from here."""
        now = time.monotonic()
        for number, since in list(self.unseen.items()):
            if self.job.is_finished(number):
                del self.unseen[number]
                self.tell(self.job.steps(self.parts, number))
                yield number
            elif now - since > SEEN:
                raise RunError(
                    f"shard {number} was finished on another machine, but its file is not seen here; --out must be a folder "
                    "that all machines of the cluster share, under the same path"
                )

    def _check_room(self) -> None:
        now = time.monotonic()
        if not self.waiting or any(hand.number is not None for hand in self.hands.values()):
            self.worked = now
        elif now - self.worked > PLACED:
            raise RunError(
                f"the cluster had no room for a worker for {PLACED:.0f} seconds; one needs {self.room}; the same command "
                "goes on when there is room"
            )


def _check_version(there: str) -> None:
    if there != (here := version("whylight")):
        raise RunError(f"a machine of the cluster has whylight {there}, this one {here}; install the same on all")
