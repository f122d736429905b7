"""Asking the Hugging Face hub without a long wait where there is no network.

Its library tries a request five times, for nearly a minute in all, before it gives up. Where not even the hub's name can
be looked up it is told to be offline: files that were fetched before are still found, and the rest fails at once.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from urllib.parse import urlparse
from urllib.request import getproxies


@contextmanager
def without_waiting() -> Iterator[None]:
    """Inside the block the hub's library does not wait for a network that is not there."""
    constants: Any = import_module("huggingface_hub.constants")
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or not reachable(constants.ENDPOINT)
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def reachable(address: str) -> bool:
    """Whether a request to the address may succeed: its host has an address, or a proxy looks it up."""
    if getproxies():
        return True
    try:
        socket.getaddrinfo(urlparse(address).hostname, 443)
    except OSError:
        return False
    return True
