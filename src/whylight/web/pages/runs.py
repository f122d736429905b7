"""Runs: the results of ``evaluate``, ``compare`` and ``explain`` in the folder that the server was given."""

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from whylight.web.pages import Entry
from whylight.web.rendering import render
from whylight.web.state import state_of
from whylight.web.views.runs import REPORT, Run, file_of, find_run, find_runs

ENTRY = Entry("Runs", "/runs", 4)
router = APIRouter(prefix="/runs")

ALONE = {
    "content-security-policy": "sandbox allow-scripts allow-downloads; default-src 'none'; img-src 'self' data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "x-frame-options": "SAMEORIGIN",
}
"""A report brings its script and its style with it: it runs in a place of its own, that reaches neither this page nor any
network."""
ASIDE = (".npz", ".parquet")
"""Files that are kept and not shown."""

Id = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]


@router.get("", response_class=HTMLResponse)
def show(request: Request) -> HTMLResponse:
    """All runs, the newest first."""
    root = state_of(request).settings.runs
    there = root is not None and root.is_dir()
    runs = find_runs(root) if root is not None and there else []
    return render(request, "runs.html", runs=runs, named=root is not None, there=there)


@router.get("/{id}", response_class=HTMLResponse)
def show_run(request: Request, id: Id) -> HTMLResponse:  # noqa: A002 - it stands in the address
    """One run with its report."""
    return render(request, "run.html", run=_found(request, id), report=REPORT)


@router.get("/{id}/{name}", response_class=FileResponse)
def show_file(request: Request, id: Id, name: Annotated[str, Path(max_length=255)]) -> FileResponse:  # noqa: A002
    """A file of a run."""
    found = file_of(_found(request, id), name)
    if found is None:
        raise HTTPException(404)
    path, media = found
    aside = name if FilePath(name).suffix in ASIDE else None
    return FileResponse(path, media_type=media, headers=ALONE, filename=aside)


def _found(request: Request, id: str) -> Run:  # noqa: A002 - as in the address
    root = state_of(request).settings.runs
    run = find_run(root, id) if root is not None else None
    if run is None:
        raise HTTPException(404)
    return run
