"""Compare: models by methods over one picture, with each model's confidence and the agreement of the maps."""

from typing import Annotated, get_args

from fastapi import APIRouter, Form, Query
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from whylight.store import Picture
from whylight.web.browsers import person_of
from whylight.web.comparing import Question, Target, compare_all, given
from whylight.web.explaining import Asked, check
from whylight.web.forms import MOST_OF_A_LIST, PATIENCE, Key, Sent, Texts
from whylight.web.jobs import Job
from whylight.web.pages import Entry
from whylight.web.rendering import render
from whylight.web.state import State, state_of
from whylight.web.views.comparing import compared
from whylight.web.views.explaining import offered_for

ENTRY = Entry("Compare", "/compare", 3)
TARGETS = get_args(Target)

router = APIRouter(prefix="/compare")
Asks = Annotated[list[str], Query(max_length=MOST_OF_A_LIST)]


@router.get("", response_class=HTMLResponse)
def show(request: Request) -> HTMLResponse:
    """The page without a picture."""
    return _drawn(request, None, None)


@router.get("/{key}", response_class=HTMLResponse)
def show_picture(
    request: Request,
    key: Key,
    models: Asks = [],  # noqa: B006 - FastAPI copies it
    methods: Asks = [],  # noqa: B006 - likewise
    target: Annotated[str, Query(pattern="^(own|first)$")] = "own",
    label: Annotated[str, Query(max_length=300)] = "",
) -> HTMLResponse:
    """What was found for a question so far; without one, the form for this picture."""
    state = state_of(request)
    row = state.store.picture(key)
    if not models and not methods:
        return _drawn(request, row, None)
    question = _question(state, row, models, methods, target, label)
    return _drawn(request, row, question, state.jobs.of(question.address))


@router.post("", response_class=HTMLResponse)
def ask(
    request: Request,
    file: Sent = None,
    picture: Annotated[str, Form(max_length=128)] = "",
    models: Texts = [],  # noqa: B006 - FastAPI copies it
    methods: Texts = [],  # noqa: B006 - likewise
    target: Annotated[str, Form(pattern="^(own|first)$")] = "own",
    label: Annotated[str, Form(max_length=300)] = "",
) -> HTMLResponse:
    """Takes a picture, and begins to compare."""
    state = state_of(request)
    sent = file if isinstance(file, UploadFile) else None
    content = b"" if sent is None else sent.file.read(state.settings.most_bytes + 1)
    row = given(state, content, (sent and sent.filename) or "", picture)
    question = _question(state, row, models, methods, target, label)
    person = person_of(request, state.settings.person)

    def work(job: Job) -> None:
        compare_all(state, row, question, person, job)

    job = state.jobs.add(f"Compares {row.name}", work, question.address)
    job.wait(PATIENCE)
    answer = _drawn(request, row, question, None if job.standing == "done" else job)
    answer.headers["HX-Push-Url"] = question.address
    return answer


def _question(state: State, row: Picture, models: list[str], methods: list[str], target: str, label: str) -> Question:
    """The question in the form's fields; raises MethodError for what the page does not offer."""
    if target not in TARGETS:
        raise HTTPException(422)
    chosen, named = tuple(dict.fromkeys(models)), tuple(dict.fromkeys(methods))
    check(Asked(chosen, named, label), state, _offered_texts(state))
    kind: Target = "first" if target == "first" else "own"
    return Question(row.key, chosen, named, kind, label.strip())


def _offered_texts(state: State) -> tuple[str, ...]:
    groups = offered_for(state.models.first, state.settings.methods)
    return tuple(method.text for methods in groups.values() for method in methods)


def _drawn(request: Request, row: Picture | None, question: Question | None, job: Job | None = None) -> HTMLResponse:
    state = state_of(request)
    return render(
        request,
        "compare.html",
        picture=row,
        question=question,
        job=job,
        before=0 if job is None else state.jobs.before(job),
        models=state.models.names,
        offered=offered_for(state.models.first, state.settings.methods),
        labels=state.models.first.labels,
        compared=None if question is None else compared(state, question),
        most_mebibytes=state.settings.most_bytes // 2**20,
        most_bytes=state.settings.most_bytes,
    )
