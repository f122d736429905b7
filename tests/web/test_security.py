"""Who is let in, what is refused, and what every answer carries; and that no answer says where things lie."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.web.conftest import HOST, Serve, token_of

from whylight.errors import StoreError
from whylight.store import Store
from whylight.web.security import is_own_host
from whylight.web.settings import Settings
from whylight.web.state import State, opened
from whylight.web.words import without_paths

TOKEN = "a-token-that-nobody-guesses"  # noqa: S105 - of a server that lives for a test
VERDICT = {"explanation": "0" * 64, "up": "true"}


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:8000", True),
        ("localhost:8000", True),
        ("[::1]:8000", True),
        ("127.9.9.9", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:8000", False),
        ("10.0.0.1", False),
        ("[::1", False),
        ("", False),
        ("127.0.0.1@evil.example", False),
    ],
)
def test_only_names_of_this_machine_are_its_own(host: str, own: bool) -> None:
    assert is_own_host(host) is own


def test_a_foreign_host_is_not_answered(client: TestClient) -> None:
    answer = client.get("/explain", headers={"host": "evil.example"})
    assert answer.status_code == 421
    assert "whylight" not in answer.text.lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://[::1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"x-csrf-token": ""},
        {"x-csrf-token": "0" * 64},
        {"x-csrf-token": "\u00fc"},
        {"cookie": ""},
        {"cookie": "whylight-browser=../../x"},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "address", ["/judge/verdict", "/judge/strokes", "/judge/undo", "/person", "/jobs/x/cancel", "/no"]
)
def test_a_forged_post_changes_nothing(client: TestClient, state: State, headers: dict[str, str], address: str) -> None:
    sent = {name.encode(): value.encode() for name, value in {"origin": HOST, **headers}.items()}
    if "cookie" in headers:
        client.cookies.clear()
    answer = client.post(address, headers=sent, data={**VERDICT, "name": "Eve"})
    assert answer.status_code == 403
    assert state.store.count() == 0
    assert "set-cookie" not in answer.headers or "whylight-person" not in answer.headers["set-cookie"]


def test_a_post_of_the_page_itself_passes(client: TestClient) -> None:
    assert client.post("/judge/undo", headers={"origin": HOST, "sec-fetch-site": "same-origin"}).status_code == 200


def test_each_browser_has_a_token_of_its_own(serve: Serve, state: State) -> None:
    one, other = serve(state), serve(state)
    assert token_of(one) != token_of(other)
    answer = one.post("/judge/undo", headers={"x-csrf-token": token_of(other)})
    assert answer.status_code == 403


def test_every_answer_carries_the_policy(client: TestClient) -> None:
    for address in ("/explain", "/nothing", "/static/style.css", "/openapi.json"):
        headers = client.get(address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
    cookie = client.cookies.jar
    assert {each.name for each in cookie} == {"whylight-browser"}


@pytest.fixture
def guarded(serve: Serve, settings: Settings) -> Iterator[TestClient]:
    with opened(replace(settings, host="0.0.0.0", token=TOKEN)) as state:  # noqa: S104 - nothing listens
        yield serve(state, base_url="http://server.example")


def test_another_address_asks_for_the_token(guarded: TestClient) -> None:
    for address in ("/", "/judge", "/openapi.json", "/static/style.css", "/pictures/" + "0" * 64):
        assert guarded.get(address).status_code == 401
    assert guarded.post("/judge/undo").status_code == 401
    assert guarded.get("/explain?token=wrong").status_code == 401
    assert guarded.get("/explain", headers={b"authorization": "Bearer \u00e4".encode()}).status_code == 401
    assert guarded.get("/explain", headers={"cookie": f"whylight-entry={TOKEN}"}).status_code == 401


def test_a_link_with_the_token_lets_in_for_good(guarded: TestClient) -> None:
    answer = guarded.get(f"/explain?token={TOKEN}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/explain")
    assert TOKEN not in answer.headers["set-cookie"]
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert guarded.get("/explain").status_code == 200


def test_a_program_gives_the_token_in_a_header(guarded: TestClient) -> None:
    assert guarded.get("/openapi.json", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_a_redirect_leads_nowhere_else(guarded: TestClient) -> None:
    answer = guarded.get(f"//evil.example/?token={TOKEN}", follow_redirects=False)
    assert not answer.headers.get("location", "/").startswith(("//", "http"))


def test_too_much_is_refused_at_its_announcement_and_while_it_comes(client: TestClient, state: State) -> None:
    most = state.settings.most_bytes
    assert client.post("/judge/undo", content=b"x" * (most + 2**17)).status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(most // 2**20 + 2):
            yield b"x" * 2**20

    assert client.post("/judge/strokes", content=pieces()).status_code == 413
    assert client.post("/judge/strokes", content=b"{}", headers={"content-length": "-1"}).status_code == 400


TRAVERSALS = [
    "..%2f..%2fetc%2fpasswd",
    "....//etc/passwd",
    "%2e%2e/%2e%2e/etc/passwd",
    "..\\..\\x",
    "%00",
    "a" * 5000,
    "/etc/passwd",
]


@pytest.mark.parametrize("path", TRAVERSALS)
@pytest.mark.parametrize(
    "address", ["/static/{}", "/pictures/{}", "/explanations/{}/photo", "/explanations/{}", "/jobs/{}"]
)
def test_no_path_leads_out(client: TestClient, address: str, path: str) -> None:
    answer = client.get(address.format(path))
    assert answer.status_code in (404, 422, 405)
    assert "root:" not in answer.text


def test_what_is_not_there_is_said_without_a_place(client: TestClient, tmp_path: Path) -> None:
    answer = client.get("/pictures/" + "0" * 64, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "That did not work" in answer.text
    assert str(tmp_path) not in answer.text


Break = Callable[[Exception], None]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Break:
    def begin(error: Exception) -> None:
        def fails(*_: Any, **__: Any) -> None:
            raise error

        monkeypatch.setattr(Store, "picture", fails)

    return begin


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
def test_nobody_sees_a_traceback(serve: Serve, state: State, broken: Break, accept: str) -> None:
    client = serve(state, raise_server_exceptions=False)
    broken(RuntimeError("secret"))
    answer = client.get("/pictures/" + "0" * 64, headers={"accept": accept})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_mistake_is_said_without_its_path(client: TestClient, broken: Break) -> None:
    broken(StoreError("there is no way to /srv/ada/secret/judged.db; make its folder first"))
    answer = client.get("/pictures/" + "0" * 64)
    assert answer.status_code == 400
    assert answer.json() == {"detail": "there is no way to judged.db; make its folder first"}


def test_words_lose_their_paths() -> None:
    assert (
        without_paths("no file /a/b/c.png; check 3/4 and http://x/y/z") == "no file c.png; check 3/4 and http://x/y/z"
    )
    assert without_paths("~/ada/pictures/x.db is damaged") == "x.db is damaged"
