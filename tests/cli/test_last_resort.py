"""What nobody foresaw is one sentence too, leaves nothing behind, and shows its traceback to who asks for it."""

import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from whylight import classifiers
from whylight.classifier import Classifier
from whylight.cli import _output
from whylight.errors import ModelError

from .conftest import Run

SENTENCE = (
    "error: unexpected mistake: ZeroDivisionError: by nothing; "
    "run with --debug (or WHYLIGHT_DEBUG=1) for the traceback\n"
)


@pytest.fixture
def broken(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind ``run``, whose classifier it takes away."""

    def load(text: str | None, *, device: str) -> None:
        raise ZeroDivisionError("by\nnothing")

    monkeypatch.setattr(classifiers, "load", load)


@pytest.mark.usefixtures("broken")
def test_what_nobody_foresaw_is_one_sentence(run: Run, tmp_path: Path) -> None:
    answer = run("explain")
    assert (answer.exit_code, answer.stdout, answer.stderr) == (2, "", SENTENCE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("words", [("--debug", "explain"), ("explain", "--debug")])
def test_the_traceback_is_there_for_who_asks(run: Run, words: tuple[str, ...]) -> None:
    answer = run(*words)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr.startswith("Traceback (most recent call last)")
    assert answer.stderr.endswith(SENTENCE)
    assert "Traceback" not in run("explain").stderr


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(("value", "shown"), [("1", True), ("0", False)])
def test_the_traceback_by_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch, value: str, *, shown: bool
) -> None:
    monkeypatch.setenv("WHYLIGHT_DEBUG", value)
    assert ("Traceback" in run("explain").stderr) == shown


def test_the_traceback_of_a_foreseen_mistake(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(text: str | None, *, device: str) -> None:
        raise ModelError("no such model")

    monkeypatch.setattr(classifiers, "load", load)
    assert run("explain").stderr == "error: no such model\n"
    assert "Traceback" in run("explain", "--debug").stderr


def test_a_mistake_at_the_end_leaves_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def render(*_: object) -> str:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(_output, "render", render)
    answer = run("explain", "--method", "grad_cam")
    assert (answer.exit_code, answer.stderr) == (2, SENTENCE)
    assert list(tmp_path.iterdir()) == []


def test_what_a_model_prints_goes_to_stderr(run: Run, convolution: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(text: str | None, *, device: str) -> Classifier:
        sys.stdout.write("loading\n")
        return convolution

    assert convolution.module is not None
    convolution.module.register_forward_pre_hook(lambda *_: print("passing"))  # noqa: T201
    monkeypatch.setattr(classifiers, "load", load)
    answer = run("explain", "--method", "grad_cam", "--json")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["items"][0]["method"] == "grad_cam"
    assert answer.stderr.startswith("loading\npassing\n")


def test_equal_methods_are_run_once(run: Run, tmp_path: Path) -> None:
    Image.new("RGB", (32, 32), "red").save(tmp_path / "red.png")
    methods = ("grad_cam", "grad_cam:", "grad_cam:relu=false", "grad_cam:relu=true")
    answer = run("explain", "red.png", "--json", *(word for method in methods for word in ("--method", method)))
    results = json.loads(answer.stdout)
    assert [item["method"] for item in results["items"]] == ["grad_cam", "grad_cam:relu=true"]
    assert [method["relu"] for method in results["plan"]["methods"]] == [False, True]
