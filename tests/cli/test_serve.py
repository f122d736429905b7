"""``whylight serve``: what it says where it cannot begin, and the address that it prints where it can."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from whylight.cli._serving import Request, address_of, listen, settings_of, token_for
from whylight.cli.main import app
from whylight.errors import SpecError

QUICK = ("--data", "planted:count=2,size=32", "--method", "grad_cam", "--port", "0")
Serve = Callable[..., Any]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """``serve("--port", …)`` in an empty folder, with a server that ends at once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("uvicorn.Server.run", lambda self, sockets: None)
    return lambda *words: CliRunner().invoke(app, ["serve", *QUICK, *words])


def test_it_says_where_it_is(serve: Serve) -> None:
    answer = serve()
    assert answer.exit_code == 0, repr(answer.exception)
    assert answer.stdout.startswith("whylight serves http://127.0.0.1:")
    assert "token" not in answer.stdout
    assert "0 verdicts stand in whylight.db" in answer.stdout


def test_another_address_comes_with_a_token(serve: Serve) -> None:
    one, other = (serve("--host", "0.0.0.0").stdout.splitlines()[0] for _ in range(2))  # noqa: S104 - nothing answers
    assert "/?token=" in one
    assert one.partition("?token=")[2] != other.partition("?token=")[2]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--token", "short"), "--token must have at least 16 characters"),
        (("--runs", "nowhere"), "--runs must be a folder"),
        (("--data", "nowhere"), "there is no data set and no folder 'nowhere'"),
        (("--model", "nowhere:x"), "nowhere"),
        (("--method", "nowhere"), "there is no method 'nowhere'"),
        (("--store", "redis://x"), "expected a store"),
        (("--host", "no.such.host.example"), "cannot listen at no.such.host.example"),
    ],
    ids=lambda words: str(words)[:30],
)
def test_a_mistake_is_one_sentence(serve: Serve, words: tuple[str, ...], sentence: str) -> None:
    answer = serve(*words)
    assert answer.exit_code != 0
    said = str(answer.exception) + answer.output
    assert sentence in said
    assert "Traceback" not in answer.output


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SpecError, match=rf"cannot listen at 127.0.0.1:{port}"):
            listen("127.0.0.1", port)


def test_only_this_machine_needs_no_token() -> None:
    assert token_for("127.0.0.1", None) is None
    assert token_for("localhost", None) is None
    assert token_for("127.0.0.1", "a-token-that-is-long") == "a-token-that-is-long"
    assert len(token_for("192.0.2.1", None) or "") >= 24


def test_the_address_can_be_opened() -> None:
    request = Request(
        data="planted:count=2,size=32",
        data_root=None,
        models=(),
        methods=(),
        store="x.db",
        runs=None,
        person=" Ada ",
        host="127.0.0.1",
        port=0,
        token=None,
        learning=True,
        seed=0,
        device="cpu",
        batch_size=None,
    )
    settings = settings_of(request)
    assert settings.person == "Ada"
    assert settings.models == ("planted:classes=4,size=32",)
    with listen("127.0.0.1", 0) as listening:
        assert address_of(listening, settings) == f"http://127.0.0.1:{listening.getsockname()[1]}/"
