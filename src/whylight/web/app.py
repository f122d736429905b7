"""The application: all pages, behind the guard, over one state.

with opened(settings) as state:
    uvicorn.run(create_app(state))
"""

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from whylight import __version__
from whylight.web import failures, pages
from whylight.web.security import Guard
from whylight.web.state import State

STATIC = Path(__file__).with_name("static")


def create_app(state: State) -> FastAPI:
    """The page over an opened state (``state.opened``)."""
    app = FastAPI(title="whylight", version=__version__, docs_url=None, redoc_url=None)
    app.state.whylight = state
    failures.add_to(app)
    app.add_middleware(Guard, settings=state.settings)  # the last one added is the outermost
    app.mount("/static", StaticFiles(directory=STATIC), "static")
    app.get("/", include_in_schema=False)(_start)
    for module in pages.modules():
        app.include_router(module.router)
    return app


def _start() -> RedirectResponse:
    return RedirectResponse("/judge", 303)
