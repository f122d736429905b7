"""A server in a thread with settings of a test's own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.conftest import Served

from whylight.web.settings import Settings


@contextmanager
def listening(settings: Settings) -> Iterator[Served]:
    """Serves until the block ends."""
    import uvicorn

    from whylight.web.app import create_app
    from whylight.web.state import opened

    with socket.create_server(("127.0.0.1", 0)) as place, opened(settings) as state:
        server = uvicorn.Server(uvicorn.Config(create_app(state), log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True)
        thread.start()
        yield Served(f"http://127.0.0.1:{place.getsockname()[1]}", settings.store)
        server.should_exit = True
        thread.join(timeout=20)
