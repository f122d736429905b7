"""Pages: one file of this folder is one page of ``whylight serve``.

**How a page is added.** A file ``pages/NAME.py`` with a ``router: APIRouter``, and a template ``templates/NAME.html``
that extends ``base.html`` and fills ``title`` and ``main``. With ``ENTRY = Entry("Name", "/name", 3)`` it stands in the
navigation, in the order of the numbers; without it, it answers only (parts of pages, pictures).

- Functions that answer are plain ``def`` (they run in threads) and return ``render(request, "NAME.html", …)``.
- ``state_of(request)`` holds ``settings``, ``store``, ``dataset``, ``models`` and ``jobs``; ``request.state`` holds
  ``browser`` (a random number) and ``csrf``; ``person_of(request, settings.person)`` is who sits there.
- Mistakes are raised as a WhylightError, or an HTTPException for what is not there: ``failures`` answers.
- Posts carry the header ``X-CSRF-Token``. htmx does that by itself inside ``base.html``; scripts call ``whylight.post``.
- Work of more than a moment is a job: ``state.jobs.add(title, work, then)``. ``work(job)`` runs in the queue's thread,
  says ``job.begin(step, steps, words)``, and is ended by itself when somebody cancels. The page shows
  ``{% from "job.html" import progress %}{{ progress(job, before) }}``, which fetches ``then`` into ``#main`` when it is
  ready.
- No script and no style stands inside a page, not even as an attribute: files in ``static/`` only. A page's own files go
  into the blocks ``styles`` and ``scripts``.
- ``templates/viewer.html`` draws a picture under its evidence; ``/pictures/KEY`` and ``/explanations/KEY/…`` stand behind
  it.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import NamedTuple


@dataclass(frozen=True)
class Entry:
    """A page in the navigation; ``place``: the least comes first."""

    name: str
    address: str
    place: int


class _Found(NamedTuple):
    modules: tuple[ModuleType, ...]
    entries: tuple[Entry, ...]


def modules() -> tuple[ModuleType, ...]:
    """Every page."""
    return _found().modules


def entries() -> tuple[Entry, ...]:
    """What stands in the navigation, in its order."""
    return _found().entries


@cache
def _found() -> _Found:
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))
    loaded = tuple(importlib.import_module(f"{__name__}.{name}") for name in names)
    listed = [module.ENTRY for module in loaded if hasattr(module, "ENTRY")]
    return _Found(loaded, tuple(sorted(listed, key=lambda entry: entry.place)))
