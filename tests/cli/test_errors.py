"""Mistakes on the command line: one sentence that says the way out, exit code 2, and nothing written."""

from pathlib import Path

import pytest

from whylight import classifiers
from whylight.errors import ModelError

from .conftest import Run

HINT = " (--help shows what can be given)"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["foo"], f"No such command 'foo'{HINT}"),
        (["explain", "--fooo"], f"No such option: --fooo{HINT}"),
        (["explain", "--batch-size", "0"], "Invalid value for '--batch-size'"),
        (["explain", "--seed", "x"], "Invalid value for '--seed'"),
        (["explain", "--precision", "int4"], "Invalid value for '--precision'"),
        (["explain", "--method", "limo"], "there is no method 'limo'; did you mean lime?"),
        (["explain", "--method", "lime:sample=3"], "lime has no setting 'sample'; it has segments, count, samples"),
        (["explain", "--method", "lime:samples=many"], "lime:samples must be a whole number; got 'many'"),
        (
            ["explain", "--target", "zebra"],
            "--target 'zebra' is no label of the classifier; it has ant; bee; cat; dog; emu",
        ),
        (["explain", "--target", "9"], "--target 9 is no label: the classifier has labels 0 to 4"),
        (["explain", "--target", "top9"], "--target top9 asks for more than the classifier's 5 labels"),
        (["explain", "nowhere"], "there is no file or folder nowhere; check the path"),
        (["list"], f"Missing argument 'KIND'{HINT}"),
        (
            ["list", "metods"],
            "expected methods, metrics, controls, datasets, preparations, enhancers, degradations, models, networks, flags; "
            "got 'metods', did you mean methods?",
        ),
        (["list", "methods", "limo"], "there is no method 'limo'; did you mean lime?"),
        (
            ["list", "models", "limo"],
            "there is nothing named 'limo' among the models; `whylight list models` shows all",
        ),
    ],
)
def test_a_mistake_is_one_sentence(run: Run, tmp_path: Path, words: list[str], sentence: str) -> None:
    answer = run(*words)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith(f"error: {sentence}")
    assert answer.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_out_is_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    answer = run("explain", "--out", "taken")
    assert answer.exit_code == 2
    assert answer.stderr == "error: --out must be a folder; taken is a file, so name another\n"
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_model_that_cannot_be_loaded(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(text: str | None, *, device: str) -> None:
        raise ModelError("the file\x1b[31m holds\na pickle")

    monkeypatch.setattr(classifiers, "load", load)
    answer = run("explain", "--model", "file:x")
    assert (answer.exit_code, answer.stderr) == (2, "error: the file [31m holds a pickle\n")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_before_anything_is_done(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(text: str | None, *, device: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(classifiers, "load", load)
    answer = run("explain")
    assert answer.exit_code == 130
    assert "Traceback" not in answer.stderr
    assert list(tmp_path.iterdir()) == []
