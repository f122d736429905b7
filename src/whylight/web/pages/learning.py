"""Learning: what verdicts have taught, its effect on held-out pictures, versions and resets."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from whylight.web.browsers import person_of
from whylight.web.pages import Entry
from whylight.web.rendering import render
from whylight.web.state import state_of
from whylight.web.views.learning import EFFECTS, SECTIONS

ENTRY = Entry("Learning", "/learning", 6)
router = APIRouter(prefix="/learning")

Name = Annotated[str, Path(max_length=40)]


@router.get("", response_class=HTMLResponse)
def show(request: Request) -> HTMLResponse:
    """The page."""
    state = state_of(request)
    found = [section for make in SECTIONS if (section := make(state)) is not None]
    return render(request, "learning.html", sections=found, resets=state.store.resets())


@router.get("/{name}", response_class=HTMLResponse)
def effect(request: Request, name: Name) -> HTMLResponse:
    """The held-out effect of what a section shows: measured when it is asked for, as a part of the page."""
    if name not in EFFECTS:
        raise HTTPException(404)
    return render(request, "learning_effect.html", section=EFFECTS[name](state_of(request)))


@router.post("/{name}/reset", response_class=Response)
def reset(request: Request, name: Name) -> Response:
    """What was said so far does not count any more; the page is loaded again."""
    state = state_of(request)
    state.store.reset(name, person=person_of(request, state.settings.person))
    return _again(request)


@router.post("/resets/{uid}/restore", response_class=Response)
def restore(request: Request, uid: Name) -> Response:
    """Takes a reset back; the page is loaded again."""
    state = state_of(request)
    state.store.restore(uid, person=person_of(request, state.settings.person))
    return _again(request)


def _again(request: Request) -> Response:
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Refresh": "true"})
    return RedirectResponse("/learning", 303)
