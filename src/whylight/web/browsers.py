"""Browsers: which one asks, who sits before it, and the token that its posts must carry.

A browser is known by a cookie with a random number. Its token against forged posts is a hash of that cookie, so that pages
which are open stay usable when the server is started again; other sites can read neither of them.
"""

import hashlib
import hmac
import re
import secrets
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "whylight-browser"
PERSON = "whylight-person"
YEAR = 365 * 24 * 3600
FORM = re.compile(r"[\w-]{22,64}")
MOST_LETTERS = 60


def browser_of(request: Request) -> str | None:
    """What the browser's cookie says; None where it has none, or none of ours."""
    found = request.cookies.get(COOKIE, "")
    return found if FORM.fullmatch(found) else None


def new_browser() -> str:
    """A number that nobody can guess."""
    return secrets.token_urlsafe(24)


def csrf_of(browser: str) -> str:
    """What a page of this browser sends with its posts."""
    return hashlib.sha256(b"post " + browser.encode()).hexdigest()


def fits(browser: str, given: str) -> bool:
    """Whether a post carries its browser's token."""
    return hmac.compare_digest(csrf_of(browser).encode(), given.encode("utf-8", "replace"))


def remember(response: Response, name: str, value: str) -> None:
    """Sets a cookie that no script and no other site can read."""
    response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="lax", path="/")


def person_of(request: Request, otherwise: str) -> str:
    """The name that was given in this browser, or the server's."""
    return cleaned(unquote(request.cookies.get(PERSON, ""), errors="replace")) or otherwise


def remember_person(response: Response, name: str) -> None:
    """Keeps a name in the browser."""
    remember(response, PERSON, quote(cleaned(name)))


def cleaned(name: str) -> str:
    """A name on one line, of at most ``MOST_LETTERS`` letters; empty where nothing is left of it."""
    kept = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(kept.split())[:MOST_LETTERS].strip()
