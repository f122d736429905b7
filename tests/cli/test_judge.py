"""``whylight judge`` with keys from a pipe: shown, kept, undone, gone on with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from whylight.cli.main import app
from whylight.feedback.candidates import Candidate
from whylight.feedback.session import Session
from whylight.store import Filter, Store

Judge = Callable[..., Any]
FIRST = Candidate(1, "grad_cam")


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """``judge("u d q", …)`` in an empty folder, with planted pictures and quick methods."""
    monkeypatch.chdir(tmp_path)
    quick = ("--method", "grad_cam", "--method", "occlusion:window=32,stride=32")
    words = ("judge", "--data", "planted:count=3,size=32", "--person", "Ada", *quick)
    return lambda keys, *more: CliRunner().invoke(app, [*words, *more], input=keys)


def test_what_is_said_is_kept(judge: Judge) -> None:
    answer = judge("d\nup\nq\n")
    assert answer.exit_code == 0, repr(answer.exception)
    assert "1 up and 1 down in this session; 2 verdicts stand in whylight.db" in answer.stdout
    assert answer.stdout.count("▶") == 3
    assert "red horizontal bar" in answer.stdout
    assert "explanation 2 of 8" in answer.stdout
    with Store("whylight.db") as store:
        assert [each.record.said.up for each in store.since()] == [False, True]  # type: ignore[union-attr]
        assert {each.record.person for each in store.history()} == {"Ada"}


def test_the_overlay_is_a_picture(judge: Judge) -> None:
    answer = judge("q")
    path = Path("whylight-judge/shown.png")
    assert f"overlay: {path}" in answer.stdout
    with Image.open(path) as overlay:
        assert overlay.width > 400


def test_ctrl_c_keeps_what_was_said(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(session: Session) -> Candidate:
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "_choose", lambda session, *_: stopped(session) if session.store.count() else FIRST)
    answer = judge("d u u")
    assert answer.exit_code == 130
    assert "stopped" in answer.stdout
    assert "0 up and 1 down in this session" in answer.stdout


def test_undo_skip_and_other_keys(judge: Judge) -> None:
    answer = judge("z d z x s q")
    assert answer.exit_code == 0, repr(answer.exception)
    assert "there is nothing to undo" in answer.stdout
    assert "undone" in answer.stdout
    assert "'x' is no key here" in answer.stdout
    with Store("whylight.db") as store:
        assert store.count() == 0
        assert store.count(Filter(undone=True)) == 1


def test_the_end_of_the_input_is_the_end_and_the_next_session_goes_on(judge: Judge) -> None:
    assert judge("u").exit_code == 0
    answer = judge("u u u u u")
    assert answer.exit_code == 0
    assert "every picture is judged" in answer.stdout
    assert "2 up and 0 down in this session; 3 verdicts" in answer.stdout
    again = judge("")
    assert again.exit_code == 0
    assert "every picture is judged" in again.stdout


def test_without_learning_the_next_label_comes(judge: Judge) -> None:
    answer = judge("d d d d q", "--no-learning", "--store", "plain.db")
    shown = [line for line in answer.stdout.splitlines() if line.startswith("explanation")]
    assert [line.split(" · ")[1] for line in shown] == ["grad_cam"] * 4 + ["occlusion:window=32,stride=32"]
    with Store("plain.db") as store:
        assert [each.explanation.rank for each in store.since()] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--store", "mysql://a:secret@b/c"), "expected a store as a file"),
        (("--store", "nowhere/at/all.db"), "make its folder first"),
        (("--method", "limes"), "there is no method 'limes'"),
        (("--person", " "), "the name of a person"),
        (("--data", "nowhere"), "there is no data set and no folder"),
    ],
)
def test_mistakes_end_as_one_sentence(judge: Judge, words: tuple[str, ...], sentence: str) -> None:
    answer = judge("u", *words)
    assert answer.exit_code == 2
    assert answer.stderr.startswith("error: ")
    assert sentence in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert "secret" not in answer.stderr
