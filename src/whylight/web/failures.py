"""Failures: one sentence for whatever goes wrong, never a traceback, in the form that the asker reads."""

import logging

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from whylight.errors import StoreError, WhylightError
from whylight.web.jobs import QueueFullError
from whylight.web.rendering import render
from whylight.web.words import without_paths

log = logging.getLogger(__name__)

WORDS = {
    404: "there is no such page",
    405: "that cannot be done here",
    413: "more was sent than may be",
    500: "something went wrong that nobody foresaw; the server's output says what",
}


def add_to(app: FastAPI) -> None:
    """Answers failures of every kind."""
    app.add_exception_handler(WhylightError, _whylight)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(LastResort)


def _whylight(request: Request, error: Exception) -> Response:
    missing = isinstance(error, StoreError) and str(error).startswith("the store has no ")
    status = 503 if isinstance(error, QueueFullError) else 404 if missing else 400
    return answer(request, status, without_paths(str(error)))


def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = ", ".join(dict.fromkeys(str(each["loc"][-1])[:40] for each in error.errors()))
    return answer(request, 422, f"what was sent is not what this page expects ({fields})")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    found = answer(request, error.status_code, WORDS.get(error.status_code, str(error.detail)))
    found.headers.update(error.headers or {})
    return found


class LastResort:
    """Answers what nobody foresaw, inside the guard, so that this answer has its headers too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets the request through, and notes the traceback on the server where it fails."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception:
            if scope["type"] != "http" or begun:
                raise
            log.exception("%s %s failed", scope["method"], scope["path"])
            await answer(Request(scope), 500, WORDS[500])(scope, receive, send)


def answer(request: Request, status: int, sentence: str) -> Response:
    """The sentence as a page, as text for a part of a page, or as JSON for a program."""
    if "hx-request" in request.headers:
        return PlainTextResponse(sentence, status)
    if "text/html" in request.headers.get("accept", ""):
        return render(request, "failure.html", status, sentence=sentence)
    return JSONResponse({"detail": sentence}, status)
