"""Engines by their names."""

import socket
import sys

import pytest
import torch

from whylight.errors import MissingExtraError, RunError, SpecError
from whylight.runs.engines import choose
from whylight.runs.job import Tell
from whylight.runs.local import Local
from whylight.runs.on_ray import Ray


class Nothing:
    """A job that nobody comes to."""

    count = 1

    def load(self) -> None: ...

    def finish(self, parts: None, number: int, tell: Tell) -> None: ...

    def steps(self, parts: None, number: int) -> int:
        return 1

    def is_finished(self, number: int) -> bool:
        return False

    def finished(self) -> list[int]:
        return []


def test_the_local_engine() -> None:
    assert choose("local", "cpu") == Local("cpu")
    assert choose("local", "cuda:1").device == "cuda:1"
    assert choose("local").device == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("text", ["spark", "ray:", "raymond", "local:2", ""])
def test_an_engine_that_there_is_not(text: str) -> None:
    with pytest.raises(RunError, match=f"there is no engine '{text}'; there is local, ray, ray:ADDRESS"):
        choose(text)


def test_cards_are_of_ray() -> None:
    with pytest.raises(SpecError, match="--gpus is of --engine ray"):
        choose("local", gpus=1.0)


@pytest.mark.parametrize(
    ("text", "device", "gpus", "engine"),
    [
        ("ray", "auto", None, Ray()),
        ("ray:auto", "cpu", None, Ray("auto")),
        ("ray:10.0.0.7:6379", "auto", 0.25, Ray("10.0.0.7:6379", "cuda", 0.25)),
        ("ray", "cuda", None, Ray(None, "cuda", 1.0)),
        ("ray", "mps", None, Ray(None, "mps")),
    ],
)
def test_the_ray_engine(text: str, device: str, gpus: float | None, engine: Ray) -> None:
    pytest.importorskip("ray", reason="Ray is not installed")
    assert choose(text, device, gpus) == engine
    assert engine.own_device == "cpu"


def test_settings_of_ray_that_contradict_each_other() -> None:
    pytest.importorskip("ray", reason="Ray is not installed")
    with pytest.raises(SpecError, match=r"expected --gpus or --device cpu; got 0\.5 and cpu"):
        choose("ray", "cpu", 0.5)
    with pytest.raises(SpecError, match="Ray chooses among the cards, so --device cuda:1 cannot be"):
        choose("ray", "cuda:1")


def test_a_cluster_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said at once, and not after Ray's minutes."""
    pytest.importorskip("ray", reason="Ray is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    engine = choose(f"ray:{address}")
    with (
        pytest.raises(RunError, match=rf"there is no Ray cluster at {address} .*refused.*start one with `ray start"),
        engine.crew(Nothing(), None, range(1), 1, lambda _: None),
    ):
        pass


def test_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"--engine ray needs the package ray.*whylight\[ray\]"):
        choose("ray")
