"""Jobs on the page: how far one is, and the way to stop it."""

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from whylight.web.jobs import Job
from whylight.web.rendering import render
from whylight.web.state import state_of

router = APIRouter(prefix="/jobs")


@router.get("/{id}", response_class=HTMLResponse)
def show(request: Request, id: str) -> Response:  # noqa: A002 - it stands in the address
    """What a job came to, or how far it is with the way to stop it."""
    return _drawn(request, state_of(request).jobs.find(id))


@router.get("/{id}/live", response_class=HTMLResponse)
def show_live(request: Request, id: str) -> Response:  # noqa: A002 - it stands in the address
    """How far a job is: what changes on the page."""
    return _drawn(request, state_of(request).jobs.find(id), "job_live.html")


@router.post("/{id}/cancel", response_class=HTMLResponse)
def cancel(request: Request, id: str) -> Response:  # noqa: A002 - it stands in the address
    """Stops a job."""
    jobs = state_of(request).jobs
    job = jobs.find(id)
    if job is not None:
        jobs.cancel(job)
        job.wait(1.0)
    return _drawn(request, job)


def _drawn(request: Request, job: Job | None, name: str = "job_part.html") -> Response:
    """A part of the page; a page that asks for a job of an earlier server is loaded again."""
    if job is not None:
        return render(request, name, job=job, before=state_of(request).jobs.before(job))
    if "hx-request" in request.headers:
        return Response(headers={"HX-Refresh": "true"})
    raise HTTPException(404)
