"""What ``whylight evaluate`` shows on a terminal: a bar while it works, tables that fit, and no flood of warnings."""

from dataclasses import replace

import pytest
from rich.console import Console

from whylight.cli import _evaluation_bar, _evaluation_table
from whylight.cli._evaluating import failure_line
from whylight.cli._evaluation_bar import bar, said
from whylight.cli._evaluation_table import MOST_WARNINGS, print_summary
from whylight.cli._tables import print_failures
from whylight.runs.plan import Plan
from whylight.runs.summary import Failure, Line, Overall, Summary

PLAN = Plan("da[ta]", "m", ({"name": "lime"},), (), ({"name": "gini"},), pictures=9)


def line(metric: str, method: str, mean: float = 0.5, n: int = 8, rank: int | None = 2) -> Line:
    return Line(metric, "m", method, method == "random_map", mean, mean - 0.1, mean + 0.1, n, None, rank)


def summary_of(*lines: Line, warnings: tuple[str, ...] = ()) -> Summary:
    overall = (Overall("lime", control=False, mean_rank=1.25, wins=1),)
    return Summary(PLAN, 8, lines, (), overall, warnings, "Use lime.", ())


def test_nothing_is_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with bar(quiet=False) as tell, said("drawing", quiet=False):
        tell(1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_a_terminal_goes_to_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        _evaluation_bar, "Console", lambda stderr: Console(stderr=stderr, force_terminal=True, width=100)
    )
    with bar(quiet=False) as tell:
        tell(50, 200)
        tell(100, 200)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "maps and scores" in printed.err
    assert "50%" in printed.err
    with said("drawing the report", quiet=False):
        pass
    assert "drawing the report" in capsys.readouterr().err
    with bar(quiet=True) as tell, said("drawing", quiet=True):
        tell(1, 2)
    assert capsys.readouterr() == ("", "")


def test_methods_stand_in_the_order_of_their_places(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary(
        summary_of(line("gini", "random_map"), line("gini", "lime", rank=1), line("entropy", "random_map", n=3))
    )
    shown = capsys.readouterr().out
    assert shown.startswith("m on 8 of 9 pictures of da[ta]")
    rows = [row.split() for row in shown.splitlines() if "±" in row and "interval" not in row]
    assert [row[0] for row in rows] == ["lime", "random_map"]
    assert rows[0] == ["lime", "1.2", "0.5", "±", "0.1", "1", "–"]
    assert "entropy could be measured on 3 of 8 pictures" in shown
    assert "gini could" not in shown
    assert shown.rstrip().endswith("Use lime.")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_tables_fit_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_evaluation_table, "console", lambda: Console(width=width, highlight=False))
    print_summary(summary_of(*(line(f"metric{number}", "lime") for number in range(7))))
    shown = capsys.readouterr().out
    assert all(f"metric{number}" in shown for number in range(7))
    assert shown.count("0.5 ± 0.1  2") == 7
    assert max(map(len, shown.splitlines())) <= width


def test_many_warnings_are_not_all_printed(capsys: pytest.CaptureFixture[str]) -> None:
    many = tuple(f"method{number} is no better" for number in range(30))
    print_summary(replace(summary_of(line("gini", "lime")), warnings=many))
    shown = capsys.readouterr().out
    assert shown.count("is no better") == MOST_WARNINGS
    assert "… and 18 more warnings in results.json" in shown


def test_a_failure_names_its_picture(capsys: pytest.CaptureFixture[str]) -> None:
    failed = Failure("dog.jpg", None, None, "it is empty (0 bytes); copy it again")
    print_failures([failure_line(failed)])
    assert "dog.jpg" in capsys.readouterr().err
