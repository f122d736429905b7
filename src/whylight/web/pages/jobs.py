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
    """How far a job is; a page that asks for one of an earlier server is loaded again."""
    job = state_of(request).jobs.find(id)
    if job is None and "hx-request" in request.headers:
        return Response(headers={"HX-Refresh": "true"})
    if job is not None and not job.is_over and "hx-request" in request.headers:
        return _drawn(request, job, "job_live.html", {"HX-Retarget": "#job-live"})
    return _drawn(request, job)


@router.post("/{id}/cancel", response_class=HTMLResponse)
def cancel(request: Request, id: str) -> Response:  # noqa: A002 - it stands in the address
    """Stops a job."""
    jobs = state_of(request).jobs
    job = jobs.find(id)
    if job is not None:
        jobs.cancel(job)
        job.wait(1.0)
    return _drawn(request, job)


def _drawn(
    request: Request, job: Job | None, name: str = "job_part.html", headers: dict[str, str] | None = None
) -> Response:
    if job is None:
        raise HTTPException(404)
    answer = render(request, name, job=job, before=state_of(request).jobs.before(job))
    answer.headers.update(headers or {})
    return answer
