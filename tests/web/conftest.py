"""A server over planted pictures with quick methods, asked without a network."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from whylight.web.app import create_app
from whylight.web.settings import Settings
from whylight.web.state import State, opened

METHODS = ("grad_cam", "occlusion:window=32,stride=32")
HOST = "http://127.0.0.1"

Serve = Callable[..., TestClient]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Three planted pictures of 32 × 32 and the network that sees what was planted."""
    return Settings(
        data="planted:count=3,size=32",
        models=("planted:size=32",),
        methods=METHODS,
        store=str(tmp_path / "judged.db"),
        person="Ada",
    )


@pytest.fixture
def state(settings: Settings) -> Iterator[State]:
    """What the server holds."""
    with opened(settings) as found:
        yield found


@pytest.fixture
def serve() -> Iterator[Serve]:
    """``serve(state, …)`` is a browser before a server; every call is another browser."""
    with ExitStack() as stack:

        def begin(state: State, **changed: Any) -> TestClient:
            plain = {"base_url": HOST, "raise_server_exceptions": True, **changed}
            client = stack.enter_context(TestClient(create_app(state), **plain))
            client.get("/static/icon.svg")
            client.headers["x-csrf-token"] = token_of(client)
            return client

        yield begin


@pytest.fixture
def client(serve: Serve, state: State) -> TestClient:
    """A browser before the server."""
    return serve(state)


def token_of(client: TestClient) -> str:
    """What a page of this browser sends with its posts."""
    from whylight.web.browsers import COOKIE, csrf_of

    return csrf_of(client.cookies[COOKIE])
