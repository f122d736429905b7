"""Mistakes with ``whylight evaluate``: one sentence that says the way out, exit code 2, and nothing written."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from whylight.cli.main import app

QUICK = ("--data", "planted:count=4", "--method", "saliency", "--metric", "gini", "--workers", "1", "--quiet")


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``evaluate(…)`` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, ["evaluate", *(str(word) for word in words)])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--limit", "0"], "Invalid value for '--limit'"),
        (["--workers", "0"], "Invalid value for '--workers'"),
        (["--target", "cat"], "Invalid value for '--target'"),
        (["--engine", "spark"], "there is no engine 'spark'; there is local, ray, ray:ADDRESS"),
        (["--gpus", "0.5"], "--gpus is of --engine ray"),
        (["--engine", "ray", "--device", "cuda:1"], "Ray chooses among the cards"),
        (["--engine", "ray", "--device", "cpu", "--gpus", "0.5"], "expected --gpus or --device cpu"),
        (["--metric", "delition"], "there is no metric 'delition'; did you mean deletion"),
        (["--metric", "gini:x=1"], "gini has no setting 'x'"),
        (["--control", "randommap"], "there is no control 'randommap'; did you mean random_map"),
        (["--method", "limo"], "there is no method 'limo'; did you mean lime?"),
        (["--control", "edge_map", "--no-controls"], "expected --control or --no-controls; got both"),
        (["--data", "imagenot"], "there is no data set and no folder 'imagenot'; did you mean imagenet"),
        (["--data", "nothing"], "there is no picture in the folder nothing"),
        (["--data", "planted:count=0"], "planted: expected a count above 0"),
        (["--model", "nowhere"], "expected a model as prefix:name"),
        (["--device", "quantum"], "the device 'quantum' cannot be used here"),
    ],
)
def test_a_mistake_is_one_sentence(evaluate: Any, tmp_path: Path, words: list[str], sentence: str) -> None:
    (tmp_path / "nothing").mkdir()
    answer = evaluate(*QUICK, *words)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr.startswith(f"error: {sentence}")
    assert answer.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["nothing"]


def test_metrics_of_truth_need_data_that_have_it(evaluate: Any, tmp_path: Path) -> None:
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "a.png").touch()
    answer = evaluate(*QUICK, "--data", "album", "--metric", "pointing_game")
    assert answer.exit_code == 2
    assert answer.stderr.startswith(
        "error: pointing_game compares with where the evidence is known to be, but album has neither masks nor boxes; "
    )


def test_true_labels_that_the_model_does_not_know(evaluate: Any) -> None:
    answer = evaluate(*QUICK, "--model", "bundled", "--target", "label")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("error: no label of planted:count=4 is one of bundled, so there is no true label")


def test_another_plan_in_the_same_folder(evaluate: Any, tmp_path: Path) -> None:
    assert evaluate(*QUICK).exit_code == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    answer = evaluate(*QUICK, "--method", "grad_cam", "--seed", "3")
    assert answer.exit_code == 2
    assert "holds the evaluation of another plan: methods now have grad_cam" in answer.stderr
    assert "seed was 0, now 3" in answer.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()} == before


def test_a_folder_with_something_else(evaluate: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("words")
    answer = evaluate(*QUICK, "--out", "mine")
    assert answer.stderr == (
        "error: mine holds what no evaluation wrote, such as thesis.tex; name an empty or new folder with --out\n"
    )
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.tex"]


def test_a_full_disk(evaluate: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from whylight.runs import shards

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "00000.parquet")

    monkeypatch.setattr(shards, "write", full)
    answer = evaluate(*QUICK)
    assert (answer.exit_code, answer.stderr) == (2, "error: No space left on device (00000.parquet)\n")
    assert list(tmp_path.iterdir()) == []
