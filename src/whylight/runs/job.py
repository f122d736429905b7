"""A job and an engine: what is done in numbered shards, each by itself, and what has the shards done.

A shard is the same whoever works on it: its pictures, their order and its file follow from its number. So engines may do
shards in any order, on any machine, and again after a death; what they leave is the same bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

P = TypeVar("P")
Tell = Callable[[int], None]
"""Called with how many steps more are done; a step is one map or one score of one picture."""


@runtime_checkable
class Job(Protocol[P]):
    """Numbered shards; it can be sent to another process, where it is loaded once."""

    @property
    def count(self) -> int:
        """How many shards there are; their numbers begin at 0."""
        ...

    def load(self) -> P:
        """What every shard needs, such as the classifier; raises WhylightError for what cannot be loaded."""
        ...

    def finish(self, parts: P, number: int, tell: Tell) -> None:
        """Works on a shard and writes its file, whole or not at all."""
        ...

    def steps(self, parts: P, number: int) -> int:
        """How many steps a shard takes."""
        ...

    def is_finished(self, number: int) -> bool:
        """Whether the file of a shard is there."""
        ...

    def finished(self) -> list[int]:
        """The numbers of the shards whose files are there."""
        ...


@dataclass(frozen=True)
class Lost:
    """A shard whose workers died; ``code``: how the last one ended, a signal's number below 0; None where nobody knows."""

    number: int
    code: int | None


@dataclass(frozen=True)
class Crew:
    """Workers at their work: how many, and each shard as it is finished or lost."""

    workers: int
    results: Iterator[int | Lost]


@runtime_checkable
class Engine(Protocol):
    """Has shards done. ``device``: where torch runs in each worker; ``own_device``: where it runs in this process."""

    @property
    def device(self) -> str:
        """As torch names it."""
        ...

    @property
    def own_device(self) -> str:
        """As torch names it."""
        ...

    def crew(
        self, job: Job[P], parts: P, numbers: Sequence[int], wanted: int | None, tell: Tell
    ) -> AbstractContextManager[Crew]:
        """Workers for the shards of these numbers, as many as ``wanted`` or as fit; the end of the block ends them.

        ``parts``: what ``job.load`` gave in this process.
        """
        ...
