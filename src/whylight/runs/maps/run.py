"""A run of maps: an inventory of the pictures, then shard by shard by an engine; started again it goes on."""

from collections.abc import Callable
from dataclasses import dataclass

from whylight.classifier import Classifier
from whylight.lock import NAME
from whylight.runs.job import Engine
from whylight.runs.maps import inventory, plan
from whylight.runs.maps.place import Place
from whylight.runs.maps.plan import FOLDER, MapsPlan
from whylight.runs.maps.shards import BLOCK, Maps, name_of, parts_of
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
    """Explains every picture whose shard is not there; the summary is None after Ctrl-C.

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
            parts = parts_of(begun, setup.classifier, setup.choose)
            outcome = work_off(job, parts, engine, setup.workers, progress)
        except BaseException:
            _discard(place)
            raise
        if not outcome.finished:
            _discard(place)
        return begun, outcome, None if outcome.stopped else summarise(place, job.finished())


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


def _discard(place: Place) -> None:
    """Removes what was begun, unless a shard is finished."""
    if not any(place.names(f"{FOLDER}/{block}") for block in place.names(FOLDER)):
        place.discard(plan.PLAN, NAME, folders=(inventory.FOLDER, FOLDER))
