"""Maps as a job: each shard of a plan becomes one Parquet file of a partitioned data set.

    OUT/maps/block=00012/00012345.parquet

A block has a thousand shards, so that no folder grows beyond what a file system lists quickly.
"""

from dataclasses import dataclass
from typing import cast

from whylight import classifiers, perturb, registry
from whylight.classifier import Classifier
from whylight.preparation import Preparation
from whylight.runs.job import Tell
from whylight.runs.maps import inventory, rows
from whylight.runs.maps.place import Place
from whylight.runs.maps.plan import FOLDER, MapsPlan
from whylight.runs.maps.standing_in import standing_in
from whylight.runs.maps.work import Choose, Parts, carry_out
from whylight.runs.names import name_all

BLOCK = 1_000


@dataclass(frozen=True)
class Maps:
    """``place``: where everything is. ``choose``: which labels are explained. ``device``, ``batch_size``: as on the command
    line, of every worker."""

    place: Place
    plan: MapsPlan
    choose: Choose
    device: str = "cpu"
    batch_size: int | None = None

    @property
    def count(self) -> int:
        """How many shards the plan has."""
        return self.plan.shards

    def load(self) -> Parts:
        """The plan's parts."""
        return self.around(classifiers.load(self.plan.model, device=self.device))

    def around(self, classifier: Classifier) -> Parts:
        """The plan's parts around a classifier that is loaded already."""
        return standing_in(parts_of(self.plan, classifier, self.choose), self.plan, self.place)

    def finish(self, parts: Parts, number: int, tell: Tell) -> None:
        """Works on a shard and writes its file."""
        places = self.plan.places(number)
        addresses = inventory.read(self.place, places.start, places.stop)
        settings = perturb.Execution(self.batch_size, "bfloat16" if self.plan.precision == "bfloat16" else "float32")
        with perturb.execution(settings):
            found = carry_out(parts, places, addresses, tell)
        self.place.write(name_of(number), rows.to_bytes(found))

    def steps(self, parts: Parts, number: int) -> int:
        """A step is one picture by one method."""
        return len(self.plan.places(number)) * len(parts.methods)

    def is_finished(self, number: int) -> bool:
        """Whether the file of a shard is there: it is whole if it is."""
        return self.place.has(name_of(number))

    def finished(self) -> list[int]:
        """The numbers of the shards that are there."""
        found: list[int] = []
        for start in range(0, self.count, BLOCK):
            there = set(self.place.names(name_of(start).rpartition("/")[0]))
            numbers = range(start, min(self.count, start + BLOCK))
            found += [number for number in numbers if name_of(number).rpartition("/")[2] in there]
        return found


def name_of(number: int) -> str:
    """The name of a shard's file below the place."""
    return f"{FOLDER}/block={number // BLOCK:05d}/{number:08d}.parquet"


def parts_of(plan: MapsPlan, classifier: Classifier, choose: Choose) -> Parts:
    """The same, before anything stands in for the classifier."""
    methods = name_all([registry.build("methods", part) for part in plan.methods], plan.seed or 0)
    preparation = None
    if plan.prepare is not None:
        preparation = cast(Preparation, registry.build("preparations", plan.prepare))
    return Parts(classifier, methods, choose, preparation)
