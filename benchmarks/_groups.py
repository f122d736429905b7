"""What runs of commands answered, read back: runs by their groups, and their numbers in words."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Row = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """One run: what its command answered, and the seconds that it took by the clock and, where they were counted, of the
    processor."""

    name: str
    group: str
    seconds: float
    cpu: float
    answers: Row

    @property
    def seed(self) -> int:
        return int(self.name.rpartition(".")[2])


M = TypeVar("M", bound=Measured)


def read_groups(folder: Path, kind: type[M]) -> dict[str, list[M]]:
    """Every run that is there, by what its seeds are averaged under, in the order of the seeds."""
    groups: dict[str, list[M]] = defaultdict(list)
    for path in sorted(folder.glob("*.json")):
        if path.name != "about.json":
            found = json.loads(path.read_text(encoding="utf-8"))
            cpu = found.get("cpu", float("nan"))
            groups[found["group"]].append(kind(path.stem, found["group"], found["seconds"], cpu, found["answers"]))
    return {group: sorted(runs, key=lambda run: run.seed) for group, runs in groups.items()}


def each(values: Sequence[float], digits: int) -> str:
    """All of them; a dash where there is none."""
    return ", ".join(f"{value:.{digits}f}" for value in values) or "–"
