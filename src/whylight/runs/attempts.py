"""Attempts: how often workers may die, of one shard and one after another, before something is given up."""

from dataclasses import dataclass, field

from whylight.errors import RunError
from whylight.runs.job import Lost

TRIES = 2
"""How often a shard is begun before it is given up, when workers die of it."""
DEATHS = 4
"""So many workers may die one after another without a finished shard."""


@dataclass(eq=False)
class Attempts:
    """Counts deaths. ``spared``: how many may die at once for a reason of their own, such as the machine that they share."""

    spared: int = 0
    tries: dict[int, int] = field(default_factory=dict)
    deaths: int = 0

    def finished(self) -> None:
        """A worker finished a shard."""
        self.deaths = 0

    def died(self, number: int | None, code: int | None = None) -> Lost | None:
        """A worker died, of a shard if it had one: the shard if it is given up, None if it may be tried again.

        Raises RunError when too many died one after another.
        """
        self.deaths += 1
        if self.deaths > DEATHS + self.spared:
            raise RunError(
                f"{self.deaths} worker processes died one after another ({ended(code)}); try fewer with --workers"
            )
        if number is None:
            return None
        self.tries[number] = self.tries.get(number, 0) + 1
        return None if self.tries[number] < TRIES else Lost(number, code)


def ended(code: int | None) -> str:
    """How a worker ended, in words."""
    return "often for lack of memory" if code is None else f"exit code {code}; -9 is often a lack of memory"
