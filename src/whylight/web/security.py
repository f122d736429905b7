"""Security: what every request passes before a page sees it.

1. **Host**: on this machine only its own names are answered, so that no site can point a name of its own at the server.
2. **Token**: any other address asks every visitor for the token; a link with ``?token=`` leaves it in a cookie.
3. **Posts** come from a page of this server: the browser says so (``Origin``), and the page's own token stands in a header
   that other sites cannot set.
4. **Size**: a body above the limit is refused, at its announcement or while it comes.

Answers carry a policy that lets the browser load and run files of this server only; nothing is kept by caches.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from whylight.web.browsers import COOKIE, YEAR, browser_of, csrf_of, fits, new_browser, remember
from whylight.web.settings import Settings, is_loopback

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "x-csrf-token"
ENTRY = "whylight-entry"
ROOM = 2**16
"""Bytes of a post beside the picture in it."""
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
"""What an answer carries unless its page set it itself."""


class Guard:
    """The outermost part of the application."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers itself, or lets the request through with ``request.state.browser`` and ``request.state.csrf``."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        known = browser_of(request)
        browser = known or new_browser()
        request.state.browser, request.state.csrf = browser, csrf_of(browser)
        cookie = Response()
        if known is None:
            remember(cookie, COOKIE, browser)
        outgoing = _Outgoing(send, cookie.headers.getlist("set-cookie"))
        refused = self.refusal(request)
        if refused is not None:
            await refused(scope, receive, outgoing)
        else:
            await self.app(scope, _Limited(receive, self.settings.most_bytes + ROOM), outgoing)

    def refusal(self, request: Request) -> Response | None:
        """The answer to a request that no page may see."""
        if self.settings.is_local and not is_own_host(request.headers.get("host", "")):
            return _say(
                421, "this server answers to the names of its own machine only, such as 127.0.0.1 and localhost"
            )
        entered = self._entry(request)
        if entered is not None:
            return entered
        if request.method in SAFE:
            return None
        if not is_same_origin(request):
            return _say(403, "only pages of this server may send something to it")
        if not fits(browser_of(request) or "", request.headers.get(HEADER, "")):
            return _say(403, "the page is too old or not this browser's: load it again")
        return self._announced(request)

    def _entry(self, request: Request) -> Response | None:
        if self.settings.token is None:
            return None
        pass_ = _hash(self.settings.token)
        if given := request.query_params.get("token"):
            if not _same(_hash(given), pass_):
                return _say(401, "that is not the token of this server; it stands where the server was started")
            clean = request.url.remove_query_params("token")
            answer = RedirectResponse(clean.path + (f"?{clean.query}" if clean.query else ""), 303)
            answer.set_cookie(ENTRY, pass_, max_age=YEAR, httponly=True, samesite="lax", path="/")
            return answer
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if _same(request.cookies.get(ENTRY, ""), pass_) or _same(_hash(bearer), pass_):
            return None
        return _say(401, "this server asks for a token: open the link that it printed when it was started")

    def _announced(self, request: Request) -> Response | None:
        announced = request.headers.get("content-length", "0")
        if not announced.isdecimal():
            return _say(400, "the length of what was sent is no number")
        return _too_large(self.settings) if int(announced) > self.settings.most_bytes + ROOM else None


class _Outgoing:
    """Adds the headers to whatever is answered."""

    def __init__(self, send: Send, cookies: list[str]) -> None:
        self.send, self.cookies = send, cookies

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            for cookie in self.cookies:
                headers.append("set-cookie", cookie)
        await self.send(message)


class _Limited:
    """Stops reading a body that is larger than it may be, whatever was announced."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive, self.left = receive, most

    async def __call__(self) -> Message:
        message = await self.receive()
        self.left -= len(message.get("body", b""))
        if self.left < 0:
            raise HTTPException(413, "more was sent than may be")
        return message


def is_own_host(header: str) -> bool:
    """Whether a Host header names this machine itself."""
    try:
        host = urlsplit(f"//{header}").hostname
    except ValueError:
        return False
    return host is not None and is_loopback(host)


def is_same_origin(request: Request) -> bool:
    """Whether a browser sent this from a page of the very host and port that it asks; programs that send no Origin are
    stopped by the token."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("host", "") != ""
    except ValueError:
        return False


def _hash(token: str) -> str:
    return hashlib.sha256(b"entry " + token.encode("utf-8", "replace")).hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _say(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence, status)


def _too_large(settings: Settings) -> Response:
    return _say(413, f"a picture may have up to {settings.most_bytes / 2**20:g} MiB; more was sent")
