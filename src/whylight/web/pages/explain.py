"""Explain: a picture of your own, by several models and methods beside each other."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from whylight.errors import PictureError
from whylight.pictures import sample_picture
from whylight.store import Picture
from whylight.web.browsers import person_of
from whylight.web.explaining import Asked, check, explain_all, sample_file
from whylight.web.forms import PATIENCE, Key, Sent, Texts
from whylight.web.jobs import Job
from whylight.web.pages import Entry
from whylight.web.rendering import render
from whylight.web.state import State, state_of
from whylight.web.uploads import take
from whylight.web.views.explaining import found_of, offered_for

ENTRY = Entry("Explain", "/explain", 2)

router = APIRouter(prefix="/explain")


@router.get("", response_class=HTMLResponse)
def show(request: Request) -> HTMLResponse:
    """The page without a picture."""
    return _drawn(request, None, None)


@router.get("/{key}", response_class=HTMLResponse)
def show_picture(request: Request, key: Key) -> HTMLResponse:
    """What was found for a picture so far."""
    state = state_of(request)
    return _drawn(request, state.store.picture(key), state.jobs.of(f"/explain/{key}"))


@router.post("", response_class=HTMLResponse)
def ask(
    request: Request,
    file: Sent = None,
    picture: Annotated[str, Form(max_length=128)] = "",
    models: Texts = [],  # noqa: B006 - FastAPI copies it
    methods: Texts = [],  # noqa: B006 - likewise
    label: Annotated[str, Form(max_length=300)] = "",
    rank: Annotated[int, Form(ge=1, le=5)] = 1,
) -> Response:
    """Takes a picture, or one that was taken before, and begins to explain it."""
    state = state_of(request)
    asked = Asked(tuple(dict.fromkeys(models)), tuple(dict.fromkeys(methods)), label.strip(), rank)
    check(asked, state, _offered_texts(state))
    row = _picture(state, file, picture)
    person, then = person_of(request, state.settings.person), f"/explain/{row.key}"

    def work(job: Job) -> None:
        explain_all(state, row, asked, person, job)

    job = state.jobs.add(f"Explains {row.name}", work, then)
    job.wait(PATIENCE)
    answer = _drawn(request, row, None if job.standing == "done" else job, asked)
    answer.headers["HX-Push-Url"] = then
    return answer


def _picture(state: State, file: Any, key: str) -> Picture:
    if isinstance(file, UploadFile) and file.size:
        return take(state.store, file.file.read(state.settings.most_bytes + 1), file.filename or "", state.settings)
    if key == "sample":
        name, picture = sample_picture()
        return take(state.store, sample_file(picture), f"{name}.png", state.settings)
    if not key:
        raise PictureError("choose a picture first, or drop one on the page")
    return state.store.picture(key)


def _offered_texts(state: State) -> tuple[str, ...]:
    groups = offered_for(state.models.first, state.settings.methods)
    return tuple(method.text for methods in groups.values() for method in methods)


def _drawn(request: Request, row: Picture | None, job: Job | None, asked: Asked | None = None) -> HTMLResponse:
    state = state_of(request)
    models = [(name, key) for name in state.models.names if (key := state.models.known_key(name))]
    return render(
        request,
        "explain.html",
        picture=row,
        job=job,
        before=0 if job is None else state.jobs.before(job),
        asked=asked,
        models=state.models.names,
        offered=offered_for(state.models.first, state.settings.methods),
        labels=state.models.first.labels,
        results=() if row is None else found_of(state.store, row.key, models),
        most_mebibytes=state.settings.most_bytes // 2**20,
        most_bytes=state.settings.most_bytes,
    )
