"""Explain: a picture of your own, by several models and methods beside each other."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from whylight.web.pages import Entry
from whylight.web.rendering import render

ENTRY = Entry("Explain", "/explain", 2)
router = APIRouter(prefix="/explain")


@router.get("", response_class=HTMLResponse)
def show(request: Request) -> HTMLResponse:
    """The page."""
    return render(request, "explain.html")
