"""What somebody else put into the folder of ``--out`` is never written over; what an earlier run wrote is."""

from pathlib import Path

import pytest

from whylight import classifiers

from .conftest import Run

QUICK = ("explain", "--method", "grad_cam", "--out", "out")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["results.json", "report.html", "chelsea.grad_cam.png", "chelsea.grad_cam.npz"])
@pytest.mark.parametrize("text", ["mine", '{"accuracy": 0.9}', "[1]"])
def test_a_foreign_file_is_refused_before_any_work(run: Run, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text(text)
    answer = run(*QUICK)
    assert answer.exit_code == 2
    assert answer.stderr == (
        f"error: out/{name} would be written over, which no earlier run of whylight lists as its own; "
        "move it away or name another folder with --out\n"
    )
    assert contents(tmp_path / "out") == {name: text.encode()}


def test_the_page_and_the_results_are_looked_for_before_the_model(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifiers, "load", lambda *_, **__: pytest.fail("the model was loaded"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.html").write_text("mine")
    assert "out/report.html would be written over" in run(*QUICK).stderr


def test_foreign_files_of_several_targets_are_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for name in ("chelsea.grad_cam.top2.npz", "chelsea.grad_cam.targets.png"):
        (tmp_path / "out" / name).write_text("mine")
    answer = run(*QUICK, "--target", "top2")
    assert answer.exit_code == 2
    assert "out/chelsea.grad_cam.targets.png and 1 more would be written over" in answer.stderr


def test_unrelated_files_stay_and_an_earlier_run_is_replaced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.png").write_text("mine")
    assert run(*QUICK).exit_code == 0
    first = contents(tmp_path / "out")
    assert run(*QUICK).exit_code == 0
    assert contents(tmp_path / "out").keys() == first.keys()
    assert first["notes.png"] == b"mine"


def test_a_foreign_picture_beside_an_earlier_run_is_refused(run: Run, tmp_path: Path) -> None:
    assert run(*QUICK).exit_code == 0
    (tmp_path / "out" / "chelsea.occlusion.png").write_text("mine")
    before = contents(tmp_path / "out")
    assert "out/chelsea.occlusion.png would be" in run("explain", "--method", "occlusion", "--out", "out").stderr
    assert contents(tmp_path / "out") == before
