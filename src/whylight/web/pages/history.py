"""History: every verdict, stroke and vote, with filters, everything about one explanation, and an export of it all."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from whylight.store import Undo
from whylight.verdict import FLAGS
from whylight.web.browsers import person_of
from whylight.web.pages import Entry
from whylight.web.rendering import render
from whylight.web.state import state_of
from whylight.web.views import history
from whylight.web.views.export import FOLDER, streamed

ENTRY = Entry("History", "/history", 5)
router = APIRouter(prefix="/history")

MOST = 2**62
Place = Annotated[int | None, Query(ge=0, le=MOST)]
Key = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Short = Annotated[str, Query(max_length=200)]


def asked_of(
    what: history.What = "",
    verdict: history.Thumb = "",
    undone: history.TakenBack = "",
    *,
    person: Short = "",
    method: Short = "",
    label: Short = "",
    model: Short = "",
    text: Short = "",
    since: Short = "",
    until: Short = "",
) -> history.Asked:
    """The form's fields."""
    chosen = {"person": person, "method": method, "label": label, "model": model, "text": text}
    return history.Asked(what=what, verdict=verdict, undone=undone, since=since, until=until, **chosen)


@router.get("", response_class=HTMLResponse)
def show(
    request: Request, asked: Annotated[history.Asked, Depends(asked_of)], before: Place = None, after: Place = None
) -> HTMLResponse:
    """The page."""
    store = state_of(request).store
    return render(
        request,
        "history.html",
        asked=asked,
        shelf=history.shelf(store, asked, before=before, after=after),
        choices=store.choices(),
        most_labels=history.MOST_LABELS,
        views=history,
    )


@router.get("/export", response_class=StreamingResponse)
def export(request: Request) -> StreamingResponse:
    """The whole store as a packed folder of plain files, sent while it is written."""
    pieces = streamed(state_of(request).store)
    first = next(pieces)  # the first file is there before the answer begins, so that what fails at once has a sentence

    def body() -> Iterator[bytes]:
        yield first
        yield from pieces

    headers = {"content-disposition": f'attachment; filename="{FOLDER}.zip"'}
    return StreamingResponse(body(), media_type="application/zip", headers=headers)


@router.get("/explanations/{key}", response_class=HTMLResponse)
def show_explanation(request: Request, key: Key) -> HTMLResponse:
    """One explanation with all that was said of it."""
    store = state_of(request).store
    explanation = store.load(key)
    return render(
        request,
        "history_explanation.html",
        key=key,
        explanation=explanation,
        picture=store.picture(explanation.picture),
        model=store.model(explanation.model),
        said_here=history.told_of(store, key),
        flags=FLAGS,
        views=history,
    )


@router.post("/undo", response_class=Response)
def undo(
    request: Request,
    uid: Annotated[str, Form(pattern="^[0-9a-f]{32}$")],
    explanation: Annotated[str, Form(pattern="^[0-9a-f]{64}$")],
) -> Response:
    """Takes back one of the person's own records; the page is loaded again."""
    state = state_of(request)
    if not any(each.record.uid == uid for each in history.told_of(state.store, explanation)):
        raise HTTPException(404)
    state.store.note(explanation, Undo(uid), person=person_of(request, state.settings.person))
    return Response(status_code=204, headers={"HX-Refresh": "true"})
