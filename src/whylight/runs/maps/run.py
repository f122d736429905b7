"""A run of maps: an inventory of the pictures, then shard by shard by an engine; started again it goes on."""

from collections.abc import Callable
from dataclasses import dataclass

from whylight.classifier import Classifier
from whylight.lock import NAME
from whylight.runs.job import Engine
from whylight.runs.maps import inventory, plan
from whylight.runs.maps.place import Place
from whylight.runs.maps.plan import FOLDER, MapsPlan
from whylight.runs.maps.shards import BLOCK, Maps, name_of
from whylight.runs.maps.sources import addresses_in, check
from whylight.runs.maps.summary import Summary, summarise
from whylight.runs.maps.work import Choose
from whylight.runs.run import Outcome, Progress, work_off


@dataclass(frozen=True)
class Setup:
    """A plan and how it is carried out here. ``classifier``: loaded in this process."""

    place: Place
    plan: MapsPlan
    classifier: Classifier
    choose: Choose
    batch_size: int | None = None
    workers: int | None = None


def carry_out(
    setup: Setup, engine: Engine, progress: Progress | None = None, listing: Callable[[int], None] | None = None
) -> tuple[MapsPlan, Outcome, Summary | None]:
    """Explains every picture whose shard is not there; the summary is None after Ctrl-C. Of a run without a single map
    nothing is left.

    ``listing``: called with how many pictures were found so far. Raises RunError when the place holds something else,
    another plan, or is written to by another run; DataError for sources that are not there.
    """
    place = setup.place
    if plan.check(place, setup.plan) is None:
        check(setup.plan.pictures)
    with place.held():
        try:
            begun = _begun(setup, listing)
            job = Maps(place, begun, setup.choose, engine.device, setup.batch_size)
            outcome = work_off(job, job.around(setup.classifier), engine, setup.workers, progress)
        except BaseException:
            _discard(place, unless=_has_shards(place))
            raise
        summary = None if outcome.stopped else summarise(place, job.finished())
        _discard(place, unless=outcome.finished > 0 if summary is None else summary.maps > 0)
        return begun, outcome, summary


def _begun(setup: Setup, listing: Callable[[int], None] | None) -> MapsPlan:
    """The plan that is gone on with; the first time the inventory is made."""
    place = setup.place
    begun = plan.check(place, setup.plan)
    if begun is None:
        addresses = addresses_in(setup.plan.pictures, setup.plan.column)
        begun = setup.plan.of(inventory.write(place, addresses, listing))
        plan.write(place, begun)
    for first in range(0, begun.shards, BLOCK):
        place.tidy(name_of(first).rpartition("/")[0])
    return begun


def _has_shards(place: Place) -> bool:
    return any(place.names(f"{FOLDER}/{block}") for block in place.names(FOLDER))


def _discard(place: Place, *, unless: bool) -> None:
    """Removes everything of a run of which nothing is worth keeping; so the same command begins anew."""
    if not unless:
        blocks = [f"{FOLDER}/{block}" for block in place.names(FOLDER)]
        place.discard(plan.PLAN, NAME, folders=(inventory.FOLDER, *blocks, FOLDER))
