"""Progress: two bars on a terminal, nothing elsewhere."""

import pytest
from rich.console import Console

from whylight.cli import _progress


def test_nothing_is_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with _progress.bars(3, quiet=False) as shown:
        shown.begin("lime")
        shown.done(1)
        assert shown.passes is None
    assert capsys.readouterr() == ("", "")


def test_bars_on_a_terminal_go_to_stderr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(_progress, "Console", lambda stderr: Console(stderr=stderr, force_terminal=True, width=100))
    with _progress.bars(3, quiet=False) as shown:
        shown.begin("smooth_grad:of=[rise]")
        assert shown.passes is not None
        shown.passes(5, 10)
        shown.done(2)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "smooth_grad:of=[rise]" in printed.err


def test_quiet_draws_nothing_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(_progress, "Console", lambda stderr: Console(stderr=stderr, force_terminal=True))
    with _progress.bars(3, quiet=True) as shown:
        shown.done(3)
    assert capsys.readouterr() == ("", "")
