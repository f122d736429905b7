"""From the options of ``whylight serve`` to a server that answers until somebody stops it."""

import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from whylight import datasets
from whylight.cli._device import device_for
from whylight.cli._evaluating import DATA
from whylight.cli._evaluation_parts import default_model
from whylight.cli._explaining import read_methods
from whylight.cli._failures import ExitCode
from whylight.cli._judging import logged_in
from whylight.errors import DataError, MissingExtraError, SpecError
from whylight.web.settings import Settings, is_loopback

SHORTEST_TOKEN = 16


@dataclass(frozen=True)
class Request:
    """The options as they were given."""

    data: str | None
    data_root: Path | None
    models: tuple[str, ...]
    methods: tuple[str, ...]
    store: str
    runs: Path | None
    person: str | None
    host: str
    port: int
    token: str | None
    learning: bool
    seed: int
    device: str
    batch_size: int | None


def carry_out(request: Request) -> ExitCode:
    """Serves until Ctrl-C; returns the exit code."""
    uvicorn = _uvicorn()
    settings = settings_of(request)
    listening = listen(request.host, request.port)
    from whylight.web.app import create_app
    from whylight.web.state import opened

    with listening, opened(settings) as state:
        typer.echo(f"whylight serves {address_of(listening, settings)}  (Ctrl-C ends it)")
        config = uvicorn.Config(
            create_app(state),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=3,
        )
        server = uvicorn.Server(config)
        with suppress(KeyboardInterrupt):  # the way to end it
            server.run(sockets=[listening])
        typer.echo(f"ended; {state.store.count()} verdicts stand in {state.store.where}")
    return ExitCode.DONE


def settings_of(request: Request) -> Settings:
    """The settings; raises what a mistake in the options is."""
    read_methods(request.methods, None)
    dataset = datasets.open_dataset(request.data or DATA, request.data_root)
    if request.runs is not None and not request.runs.is_dir():
        raise DataError(f"--runs must be a folder with results of `whylight evaluate`; there is none at {request.runs}")
    return Settings(
        data=request.data or DATA,
        data_root=request.data_root,
        models=request.models or (default_model(dataset),),
        methods=request.methods,
        store=request.store,
        person=(request.person or logged_in()).strip(),
        learning=request.learning,
        seed=request.seed,
        runs=request.runs,
        device=device_for(request.device),
        batch_size=request.batch_size,
        host=request.host,
        token=token_for(request.host, request.token),
    )


def token_for(host: str, given: str | None) -> str | None:
    """The token that visitors need: the given one, a new one where other machines can ask, else none."""
    if given is not None and len(given) < SHORTEST_TOKEN:
        raise SpecError(f"--token must have at least {SHORTEST_TOKEN} characters; leave it out and one is made")
    return given or (None if is_loopback(host) else secrets.token_urlsafe(24))


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; raises SpecError where the address is not this machine's or the port is taken."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, reuse_port=False)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SpecError(f"cannot listen at {host}:{port} ({reason}); name another --port or --host") from error


def address_of(listening: socket.socket, settings: Settings) -> str:
    """What is to be opened in a browser."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/" + (f"?token={settings.token}" if settings.token else "")


def _uvicorn() -> Any:
    try:
        import fastapi  # noqa: F401 - looked at before anything is loaded
        import python_multipart  # noqa: F401 - likewise
        import uvicorn
    except ModuleNotFoundError as error:
        raise MissingExtraError("FastAPI with uvicorn", "web", "the page") from error
    return uvicorn
