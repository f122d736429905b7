"""``whylight explain --engine``: a Parquet data set of maps, and one sentence for every mistake."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from .conftest import QUICK, Run

ROOT = Path(__file__).parents[2]
ENGINE = ("--engine", "local", "--workers", "1")


def results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("whylight-out/results.json").read_text(encoding="utf-8"))
    return found


def keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys(inner)}
    return {key for inner in value for key in keys(inner)} if isinstance(value, list) else set()


def test_a_folder_in_which_two_pictures_are_broken(run: Run, album: Path) -> None:
    answer = run("explain", album, *QUICK, *ENGINE, "--target", "top2")
    assert answer.exit_code == 1
    assert answer.stdout.startswith("8 maps of 2 pictures in whylight-out/maps (Parquet)")
    assert "is empty (0 bytes)" in answer.stderr
    assert "words.jpg is not a picture" in answer.stderr
    found = ds.dataset("whylight-out/maps", partitioning="hive").to_table()
    assert found.num_rows == 10
    assert set(found["method"].to_pylist()) == {None, "grad_cam", "occlusion:window=16,stride=16"}
    assert {path.name for path in Path("whylight-out").iterdir()} >= {"maps", "pictures", "plan.json", "results.json"}
    assert (results()["pictures"], results()["maps"], results()["failures"]) == (2, 8, 2)
    assert results()["run"] == {"engine": "local", "device": "cpu", "workers": 1, "batch_size": None}


def test_the_same_command_again_does_nothing_again(run: Run, album: Path) -> None:
    words = ("explain", album / "b.jpg", *QUICK, *ENGINE, "--json")
    first = run(*words)
    assert first.exit_code == 0
    before = {path: path.stat().st_mtime_ns for path in Path("whylight-out").rglob("*.parquet")}
    second = run(*words)
    assert json.loads(second.stdout) == json.loads(first.stdout) == results()
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_list(run: Run, album: Path) -> None:
    pq.write_table(pa.table({"note": ["x"], "file": [str(album / "b.jpg")]}), "list.parquet")
    assert run("explain", "list.parquet", *QUICK, *ENGINE, "--quiet").exit_code == 0
    answer = run("explain", "list.parquet", *QUICK, *ENGINE, "--column", "note", "--out", "other")
    assert answer.exit_code == 2
    assert "there is no file" in answer.stderr
    assert not Path("other").exists()


def test_every_column_and_key_is_explained(run: Run, album: Path) -> None:
    run("explain", album, *QUICK, *ENGINE, "--quiet")
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    known = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    found = results()
    columns = ds.dataset("whylight-out/maps").schema.names
    for key in {*columns, *found, *found["plan"], *keys(found["run"]), *keys(found["reasons"]), *keys(found["lost"])}:
        assert f"`{key}`" in page or f"`{key}`" in known, f"docs/scale.md does not explain {key}"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["a.parquet"], "a.parquet is a list of pictures, which --engine local and --engine ray can work with"),
        (["s3://bucket/album"], "s3://bucket/album is no path of this machine, which --engine local"),
        (["cat.jpg", "--out", "gs://bucket/out"], "gs://bucket/out is no path of this machine"),
        (["cat.jpg", "--workers", "2"], "--workers is of --engine; name one, as in --engine local"),
        (["cat.jpg", "--gpus", "0.5"], "--gpus is of --engine; name one"),
        (["cat.jpg", "--column", "path"], "--column is of --engine; name one"),
        (["--engine", "local"], "expected pictures, folders, Parquet lists or addresses behind --engine; got none"),
        (["cat.jpg", "--engine", "spark"], "there is no engine 'spark'; there is local, ray, ray:ADDRESS"),
        (["cat.jpg", "--engine", "local"], "there is no file or folder cat.jpg; check the path"),
        (["quantum://cat", "--engine", "local"], "addresses that begin with quantum:// cannot be read here"),
    ],
)
def test_a_mistake_is_one_sentence(run: Run, tmp_path: Path, words: list[str], sentence: str) -> None:
    answer = run("explain", *words, *QUICK)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr.startswith(f"error: {sentence}")
    assert answer.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
