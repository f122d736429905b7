"""A run: a plan is carried out in a folder, shard by shard, by an engine; started again it goes on where it stopped."""

from collections.abc import Callable
from dataclasses import dataclass

from whylight.lock import locked
from whylight.runs import folder, merging, shards
from whylight.runs.evaluation import anywhere
from whylight.runs.job import Engine, Job, Lost, P
from whylight.runs.local import Local
from whylight.runs.setup import Parts, Setup


@dataclass(frozen=True)
class Outcome:
    """How far a run came: of how many ``shards`` how many are ``finished``, which were ``lost`` with their process, and
    whether Ctrl-C ``stopped`` it. ``workers``: how many processes worked."""

    shards: int
    finished: int
    lost: tuple[Lost, ...] = ()
    stopped: bool = False
    workers: int = 1


Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""


def carry_out(
    setup: Setup,
    parts: Parts,
    workers: int | None = None,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> Outcome:
    """Works on every shard that is not finished, then merges all of them into the four files of the run.

    ``engine``: what has the shards done; this machine unless given. Ctrl-C ends it after what is finished; the same call
    goes on. Raises RunError when the folder holds something else, another plan, or is written to by another run.
    """
    folder.check(setup.folder, setup.plan)
    setup.folder.mkdir(parents=True, exist_ok=True)
    with locked(setup.folder):
        begins = folder.begin(setup.folder, setup.plan)
        try:
            outcome = work_off(anywhere(setup), parts, engine or Local(setup.device), workers, progress)
            if outcome.finished and not outcome.stopped:
                merging.merge(setup.folder, shards.finished(setup.folder, outcome.shards))
        except BaseException:
            if begins and not shards.finished(setup.folder, len(shards.cut(setup.plan))):
                folder.discard(setup.folder)
            raise
        if begins and not outcome.finished:
            folder.discard(setup.folder)
        return outcome


def work_off(
    job: Job[P], parts: P, engine: Engine, workers: int | None = None, progress: Progress | None = None
) -> Outcome:
    """Has every shard done that is not finished; returns after the last of them, or after Ctrl-C.

    ``workers``: how many at most, None for as many as the engine thinks right.
    """
    ready = set(job.finished())
    missing = [number for number in range(job.count) if number not in ready]
    done = sum(job.steps(parts, number) for number in ready)
    whole = done + sum(job.steps(parts, number) for number in missing)
    lost: list[Lost] = []
    count, stopped = 1, False

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(done, whole)

    try:
        tell(0)
        with engine.crew(job, parts, missing, workers, tell) as crew:
            count = crew.workers
            for result in crew.results:
                if isinstance(result, Lost):
                    lost.append(result)
                else:
                    ready.add(result)
    except KeyboardInterrupt:
        stopped = True
        ready = set(job.finished())
    return Outcome(job.count, len(ready), tuple(lost), stopped, count)
