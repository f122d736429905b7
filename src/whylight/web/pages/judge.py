"""Judge: a picture, what the classifier sees in it, and an explanation to say yes or no to."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from whylight.web.pages import Entry
from whylight.web.rendering import render

ENTRY = Entry("Judge", "/judge", 1)
router = APIRouter(prefix="/judge")


@router.get("", response_class=HTMLResponse)
def show(request: Request) -> HTMLResponse:
    """The page."""
    return render(request, "judge.html")
