"""State: what all pages of one server share: the store, the data, the models and the queue."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.requests import Request

from whylight import datasets, perturb
from whylight.dataset import Dataset
from whylight.store import Store
from whylight.web.desks import Desks
from whylight.web.files import Files
from whylight.web.jobs import Jobs
from whylight.web.models import Models
from whylight.web.settings import Settings
from whylight.web.summaries import read_all


@dataclass(frozen=True, eq=False)
class State:
    """``request.app.state.whylight``; ``state_of(request)`` for short."""

    settings: Settings
    store: Store
    dataset: Dataset
    models: Models
    jobs: Jobs
    files: Files
    desks: Desks


@contextmanager
def opened(settings: Settings) -> Iterator[State]:
    """Opens the data, the store and the first model, and closes them at the end; raises WhylightError for what is not
    there."""
    read_all()
    dataset = datasets.open_dataset(settings.data, settings.data_root)
    with Store(settings.store) as store:
        models = Models(settings.models, settings.device, store)
        models.key_of(models.names[0])
        jobs = Jobs(settings.most_waiting, perturb.Execution(settings.batch_size))
        try:
            desks = Desks(settings, store, dataset, models, jobs)
            yield State(settings, store, dataset, models, jobs, Files(), desks)
        finally:
            jobs.close()


def state_of(request: Request) -> State:
    """What the pages share."""
    state: State = request.app.state.whylight
    return state
