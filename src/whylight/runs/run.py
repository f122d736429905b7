"""A run: a plan is carried out in a folder, shard by shard, by an engine; started again it goes on where it stopped."""

from collections.abc import Callable
from dataclasses import dataclass

from whylight.errors import RunError
from whylight.lock import locked
from whylight.runs import folder, local, merging, shards
from whylight.runs.local import Lost
from whylight.runs.setup import Parts, Setup
from whylight.runs.work import steps

ENGINES = ("local",)


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


def check_engine(name: str) -> None:
    """Raises RunError for an engine that there is not."""
    if name not in ENGINES:
        raise RunError(f"there is no engine {name!r}; there is {', '.join(ENGINES)}")


def carry_out(setup: Setup, parts: Parts, workers: int | None = None, progress: Progress | None = None) -> Outcome:
    """Works on every shard that is not finished, then merges all of them into the four files of the run.

    Ctrl-C ends it after what is finished; the same call goes on. Raises RunError when the folder holds something else,
    another plan, or is written to by another run.
    """
    folder.check(setup.folder, setup.plan)
    setup.folder.mkdir(parents=True, exist_ok=True)
    with locked(setup.folder):
        begins = folder.begin(setup.folder, setup.plan)
        try:
            outcome = _carry_out(setup, parts, workers, progress or (lambda _done, _all: None))
        except BaseException:
            if begins and not shards.finished(setup.folder, len(shards.cut(setup.plan))):
                folder.discard(setup.folder)
            raise
        if begins and not outcome.finished:
            folder.discard(setup.folder)
        return outcome


def _carry_out(setup: Setup, parts: Parts, workers: int | None, progress: Progress) -> Outcome:
    cut = shards.cut(setup.plan)
    ready = set(shards.finished(setup.folder, len(cut)))
    missing = [number for number in range(len(cut)) if number not in ready]
    done = steps(parts) * sum(len(cut[number]) for number in ready)
    count, whole = local.workers_for(setup, len(missing), workers), steps(parts) * setup.plan.count
    lost: list[Lost] = []
    stopped = False

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(done, whole)

    try:
        tell(0)
        for result in local.run(setup, parts, missing, count, tell):
            if isinstance(result, Lost):
                lost.append(result)
            else:
                ready.add(result)
    except KeyboardInterrupt:
        stopped = True
        ready = set(shards.finished(setup.folder, len(cut)))
    if ready and not stopped:
        merging.merge(setup.folder, sorted(ready))
    return Outcome(len(cut), len(ready), tuple(lost), stopped, count)
