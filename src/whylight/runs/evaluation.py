"""An evaluation as a job: each shard of its plan becomes one Parquet file of rows."""

from dataclasses import dataclass, replace

from whylight import perturb
from whylight.runs import setup as loading
from whylight.runs import shards
from whylight.runs.job import Tell
from whylight.runs.setup import Parts, Setup
from whylight.runs.work import carry_out, steps


@dataclass(frozen=True)
class Evaluation:
    """``setup``: the plan, and how it is carried out here."""

    setup: Setup

    @property
    def count(self) -> int:
        """How many shards the plan has."""
        return len(shards.cut(self.setup.plan))

    def load(self) -> Parts:
        """The plan's parts."""
        return loading.load(self.setup)

    def finish(self, parts: Parts, number: int, tell: Tell) -> None:
        """Works on a shard and writes its file."""
        with perturb.execution(perturb.Execution(self.setup.batch_size)):
            found = carry_out(parts, self.setup.plan.target, shards.cut(self.setup.plan)[number], tell)
        shards.write(self.setup.folder, number, found)

    def steps(self, parts: Parts, number: int) -> int:
        """A step is one map or one score of one picture."""
        plan = self.setup.plan
        return steps(parts) * (min(plan.count, (number + 1) * plan.shard) - number * plan.shard)

    def is_finished(self, number: int) -> bool:
        """Whether the file of a shard is there and can be read."""
        return shards.is_whole(shards.path_of(self.setup.folder, number))

    def finished(self) -> list[int]:
        """The numbers of the shards that are there."""
        return shards.finished(self.setup.folder, self.count)


def anywhere(setup: Setup) -> Evaluation:
    """The evaluation as a process in another folder can do it."""
    root = None if setup.root is None else setup.root.expanduser().absolute()
    return Evaluation(replace(setup, folder=setup.folder.absolute(), root=root))
