"""A run in one process: four files, gone on with after a stop, the same bytes in the end."""

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch

from whylight.errors import PictureError, RunError
from whylight.runs import folder, merging, run, shards
from whylight.runs.plan import Plan
from whylight.runs.setup import Parts, Setup

from .conftest import BROKEN, PLAN, Album, MakeParts

STEADY = (merging.RESULTS, merging.CURVES, merging.FAILURES)


def setup_of(path: Path, plan: Plan = PLAN) -> Setup:
    return Setup(path, plan)


def stop_at(count: int, error: type[BaseException] = KeyboardInterrupt) -> Callable[[int, int], None]:
    def progress(done: int, _whole: int) -> None:
        if done >= count:
            raise error

    return progress


@pytest.fixture
def parts(make_parts: MakeParts) -> Parts:
    """The plan's parts."""
    return make_parts(PLAN)


def test_the_four_files(parts: Parts, tmp_path: Path) -> None:
    outcome = run.carry_out(setup_of(tmp_path / "out"), parts, workers=1)
    assert outcome == run.Outcome(3, 3, workers=1)
    results = pq.read_table(tmp_path / "out" / merging.RESULTS).to_pylist()
    places = [place for shard in shards.cut(PLAN) for place in shard]
    assert BROKEN in places
    assert [row["place"] for row in results] == [place for place in places if place != BROKEN for _ in range(6)]
    assert {row["metric"] for row in results} == {"gini", "passes"}
    timings = pq.read_table(tmp_path / "out" / merging.TIMINGS).to_pylist()
    assert {row["metric"] for row in timings if row["score"] is not None} == {"runtime"}
    assert {row["metric"] for row in timings} == {None, "gini", "passes", "runtime"}
    (failure,) = pq.read_table(tmp_path / "out" / merging.FAILURES).to_pylist()
    assert (failure["place"], failure["error"]) == (BROKEN, "3.png is damaged or incomplete")


@pytest.mark.parametrize("steps", [1, 40, 75])
def test_a_stopped_run_goes_on_to_the_same_bytes(parts: Parts, tmp_path: Path, steps: int) -> None:
    run.carry_out(setup_of(tmp_path / "whole"), parts, workers=1)
    stopped = run.carry_out(setup_of(tmp_path / "again"), parts, 1, stop_at(steps))
    assert stopped.stopped
    assert stopped.finished == steps // 36
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "again").glob("shards/*.parquet")}
    assert len(kept) == stopped.finished
    told: list[tuple[int, int]] = []
    outcome = run.carry_out(setup_of(tmp_path / "again"), parts, 1, lambda *numbers: told.append(numbers))
    assert (outcome.finished, outcome.stopped) == (3, False)
    assert told[0] == (36 * len(kept), 96)
    assert told[-1] == (96, 96)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    for name in STEADY:
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_finished_run_is_not_done_again(parts: Parts, tmp_path: Path) -> None:
    run.carry_out(setup_of(tmp_path), parts, workers=1)
    before = {path.name: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    run.carry_out(setup_of(tmp_path), parts, workers=1)
    assert {path.name: path.read_bytes() for path in tmp_path.rglob("*.parquet")} == before


def test_a_disk_that_is_full_keeps_what_is_finished(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = shards.write

    def full(path: Path, number: int, found: object) -> None:
        if number == 1:
            raise OSError(28, "No space left on device")
        write(path, number, found)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(shards, "write", full)
    with pytest.raises(OSError, match="No space left"):
        run.carry_out(setup_of(tmp_path / "out"), parts, workers=1)
    assert shards.finished(tmp_path / "out", 3) == [0]
    monkeypatch.undo()
    assert run.carry_out(setup_of(tmp_path / "out"), parts, workers=1).finished == 3


def test_nothing_is_left_of_a_run_that_finished_nothing(parts: Parts, tmp_path: Path) -> None:
    assert run.carry_out(setup_of(tmp_path / "out"), parts, 1, stop_at(1)).finished == 0
    with pytest.raises(PictureError):
        run.carry_out(setup_of(tmp_path / "out"), parts, 1, stop_at(1, PictureError))
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_hold_all_rows(parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row groups are written as soon as they are full, in the same order."""
    run.carry_out(setup_of(tmp_path / "one"), parts, workers=1)
    monkeypatch.setattr(merging, "GROUP", 20)
    run.carry_out(setup_of(tmp_path / "many"), parts, workers=1)
    one, many = (pq.ParquetFile(tmp_path / name / merging.RESULTS) for name in ("one", "many"))
    assert (one.num_row_groups, many.num_row_groups) == (1, 2)
    assert one.read().equals(many.read())


def test_another_plan_in_the_same_folder_is_refused(parts: Parts, tmp_path: Path) -> None:
    run.carry_out(setup_of(tmp_path), parts, workers=1)
    other = replace(PLAN, limit=7, metrics=({"name": "entropy"}, *PLAN.metrics[1:]))
    with pytest.raises(RunError) as raised:
        run.carry_out(setup_of(tmp_path, other), parts, workers=1)
    assert str(raised.value) == (
        f"{tmp_path} holds the evaluation of another plan: metrics had gini and now have entropy; limit was 8, now 7. "
        "Name another folder with --out, or remove this one"
    )


def test_another_version_in_the_same_folder_is_refused(parts: Parts, tmp_path: Path) -> None:
    run.carry_out(setup_of(tmp_path), parts, workers=1)
    plan = tmp_path / folder.PLAN
    plan.write_text(plan.read_text().replace(f'"whylight": "{version("whylight")}"', '"whylight": "0.0.1"'))
    with pytest.raises(RunError, match=r"another plan: it was begun by whylight 0\.0\.1, this is \d"):
        run.carry_out(setup_of(tmp_path), parts, workers=1)
    plan.write_text("{")
    with pytest.raises(RunError, match=r"plan\.json is missing or damaged; start again in another folder"):
        run.carry_out(setup_of(tmp_path), parts, workers=1)


def test_a_folder_with_something_else_is_refused(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(RunError, match=r"holds what no evaluation wrote, such as thesis\.tex; name an empty or new"):
        run.carry_out(setup_of(tmp_path), parts, workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(RunError, match=r"--out must be a folder; .*thesis\.tex is a file"):
        folder.check(tmp_path / "thesis.tex")


def test_results_do_not_depend_on_the_threads_of_the_caller(parts: Parts, tmp_path: Path) -> None:
    torch.set_num_threads(2)
    run.carry_out(setup_of(tmp_path / "two"), parts, workers=1)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)
    run.carry_out(setup_of(tmp_path / "one"), parts, workers=1)
    two, one = ((tmp_path / name / merging.RESULTS).read_bytes() for name in ("two", "one"))
    assert two == one


def test_only_broken_pictures(make_parts: MakeParts, tmp_path: Path) -> None:
    broken = make_parts(PLAN, dataset=Album(10, tuple(range(10))))
    assert run.carry_out(setup_of(tmp_path), broken, workers=1).finished == 3
    assert pq.read_table(tmp_path / merging.RESULTS).num_rows == 0
    assert pq.read_table(tmp_path / merging.FAILURES).num_rows == 8
