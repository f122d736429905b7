"""Rendering: the templates of the page, in which everything that is put in is escaped."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from whylight import __version__
from whylight.plots.numbers import percent
from whylight.web import pages
from whylight.web.browsers import person_of
from whylight.web.state import state_of
from whylight.web.words import without_paths


@cache
def environment() -> Environment:
    """The templates, with the filters that they use."""
    made = Environment(
        loader=PackageLoader("whylight.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters["percent"] = percent
    made.filters["without_paths"] = without_paths
    return made


def render(request: Request, name: str, /, status: int = 200, **context: Any) -> HTMLResponse:
    """A template with what is put into it, and what every page shows: ``entries`` of the navigation, ``here`` (the address),
    ``csrf`` and ``person``."""
    shared = {
        "entries": pages.entries(),
        "here": request.url.path,
        "csrf": request.state.csrf,
        "person": person_of(request, state_of(request).settings.person),
        "version": __version__,
    }
    return HTMLResponse(environment().get_template(name).render(**shared, **context), status)
