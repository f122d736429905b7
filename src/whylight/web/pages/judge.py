"""Judge: a picture, what the classifier sees in it, and an explanation to say yes or no to."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from whylight.feedback.showing import Showing, map_of
from whylight.store import Filter, SegmentVote, Stroke
from whylight.store.values import MOST_POINTS
from whylight.web.browsers import person_of
from whylight.web.desks import Desk
from whylight.web.pages import Entry
from whylight.web.rendering import render
from whylight.web.state import state_of
from whylight.web.views.judging import judging_of
from whylight.web.views.judging_segments import segments_of
from whylight.web.words import without_paths

ENTRY = Entry("Judge", "/judge", 1)
PATIENCE = 0.4
"""Seconds after which the page shows progress instead of the next explanation."""
GONE = "Another explanation stands here by now; nothing was counted twice."

router = APIRouter(prefix="/judge")
Key = Annotated[str, Form(max_length=128)]
Share = Annotated[float, Field(ge=0, le=1)]


class StrokeIn(BaseModel):
    """A stroke of the brush over the explanation of that key, as ``store.Stroke``."""

    explanation: str = Field(max_length=128)
    matters: bool
    width: float = Field(gt=0, le=1)
    points: list[tuple[Share, Share]] = Field(min_length=1, max_length=MOST_POINTS)


class VoteIn(BaseModel):
    """A vote on a segment of the explanation of that key, by its number."""

    explanation: str = Field(max_length=128)
    segment: int = Field(ge=0, lt=2**31)
    belongs: bool


@router.get("", response_class=HTMLResponse)
def show(request: Request) -> HTMLResponse:
    """What stands before the person, or the progress of what is made for them."""
    desk = _desk(request)
    desk.look()
    return _drawn(request, desk)


@router.post("/verdict", response_class=HTMLResponse)
def verdict(request: Request, explanation: Key, up: Annotated[bool, Form()]) -> HTMLResponse:
    """Keeps a thumb up or down, and goes on."""
    desk = _desk(request)
    kept = desk.verdict(explanation, up=up)
    return _drawn(request, desk, "" if kept or desk.is_busy else GONE)


@router.post("/skip", response_class=HTMLResponse)
def skip(request: Request, explanation: Key = "") -> HTMLResponse:
    """Goes on to another picture without a verdict."""
    desk = _desk(request)
    desk.skip(explanation)
    return _drawn(request, desk)


@router.post("/undo", response_class=HTMLResponse)
def undo(request: Request) -> HTMLResponse:
    """Takes back what was said last."""
    desk = _desk(request)
    return _drawn(request, desk, desk.undo())


@router.post("/strokes", status_code=204)
def stroke(request: Request, said: StrokeIn) -> Response:
    """Keeps a stroke of the brush."""
    return _noted(request, said.explanation, Stroke(said.matters, said.width, tuple(said.points)))


@router.get("/segments")
def segments(request: Request, explanation: Annotated[str, Query(max_length=128)]) -> dict[str, Any]:
    """The segments of what stands before the person, and where they lie."""
    showing = _standing(request, explanation)
    return segments_of(showing.parts, map_of(showing.explanation), showing.opened.frame)


@router.post("/votes", status_code=204)
def vote(request: Request, said: VoteIn) -> Response:
    """Keeps a vote on a segment."""
    if said.segment > _standing(request, said.explanation).parts.max():
        raise HTTPException(422, "the explanation has no such segment")
    return _noted(request, said.explanation, SegmentVote(said.segment, said.belongs))


def _standing(request: Request, key: str) -> Showing:
    showing = _desk(request).standing(key)
    if showing is None:
        raise HTTPException(409, GONE)
    return showing


def _noted(request: Request, key: str, said: Stroke | SegmentVote) -> Response:
    if not _desk(request).note(key, said):
        raise HTTPException(409, GONE)
    return Response(status_code=204)


def _desk(request: Request) -> Desk:
    state = state_of(request)
    return state.desks.of(request.state.browser, person_of(request, state.settings.person))


def _drawn(request: Request, desk: Desk, told: str = "") -> HTMLResponse:
    if desk.job is not None:
        desk.job.wait(PATIENCE)
    state = state_of(request)
    return render(
        request,
        "judge.html",
        desk=desk,
        judging=judging_of(desk.session) if desk.waits else None,
        before=state.jobs.before(desk.job) if desk.job else 0,
        judged=state.store.count(Filter(person=desk.session.person)),
        problems=[without_paths(each) for each in dict.fromkeys(desk.session.problems[-3:])],
        told=told,
    )
