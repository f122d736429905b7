"""Where there is no network, the hub's library fails at once instead of trying for a minute."""

import socket
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from whylight.classifiers import _hub, load
from whylight.errors import ModelError

ADDRESS = "https://hub.example"


def no_address(*_: Any) -> None:
    raise socket.gaierror(-2, "Name or service not known")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_hub, "getproxies", dict)


def test_a_name_that_cannot_be_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    assert not _hub.reachable(ADDRESS)
    monkeypatch.setattr(_hub, "getproxies", lambda: {"https": "http://proxy:3128"})
    assert _hub.reachable(ADDRESS)


def test_a_name_that_can(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port: asked.append((host, port)))
    assert _hub.reachable(ADDRESS)
    assert asked == [("hub.example", 443)]


@pytest.mark.skipif(find_spec("huggingface_hub") is None, reason="huggingface_hub is not installed")
@pytest.mark.parametrize("before", [True, False])
def test_the_library_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch, before: bool) -> None:
    constants = import_module("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", before)
    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    with suppress(KeyError), _hub.without_waiting():
        assert constants.HF_HUB_OFFLINE
        raise KeyError
    assert before == constants.HF_HUB_OFFLINE


@pytest.mark.skipif(
    find_spec("timm") is None or find_spec("transformers") is None, reason="timm or transformers is not installed"
)
@pytest.mark.parametrize("text", ["timm:resnet10t", "hf:some/model-that-nobody-has"])
def test_zoos_without_a_network_and_without_a_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, text: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    monkeypatch.setattr(import_module("huggingface_hub.constants"), "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"cannot be fetched \(.+\); give (local ones|a local folder): ") as caught:
        load(text)
    assert "\n" not in str(caught.value)
