"""``whylight evaluate`` on planted pictures: what it writes, prints and answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from whylight import registry
from whylight.cli import _evaluation_parts
from whylight.cli.main import app

QUICK = [
    *("--method", "saliency", "--method", "occlusion:window=16,stride=16"),
    *("--metric", "deletion:steps=4", "--metric", "gini", "--workers", "1"),
]
PLANTED = ("--data", "planted:count=12", "--limit", "12")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``evaluate(…)`` in an empty folder; the answer has ``exit_code``, ``stdout`` and ``stderr``."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, ["evaluate", *(str(word) for word in words)])


def results(folder: str = "whylight-evaluation") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(folder) / "results.json").read_text(encoding="utf-8"))
    return found


def keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys(inner)}
    return {key for inner in value for key in keys(inner)} if isinstance(value, list) else set()


def test_a_table_an_advice_and_files(evaluate: Any) -> None:
    answer = evaluate(*PLANTED, *QUICK)
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert "planted on 12 pictures of planted:count=12" in answer.stdout
    for words in ("deletion:steps=4 ↓", "gini ↑", "random_map", "centred_gaussian", "edge_map", "saliency"):
        assert words in answer.stdout
    assert "For planted use " in answer.stdout.replace("\n", " ")
    assert "Open whylight-evaluation/report.html; beside it are results.json" in answer.stdout
    found = results()
    assert {path.name for path in Path("whylight-evaluation").iterdir()} >= {
        *("report.html", "results.json", "plan.json", "shards"),
        *("results.parquet", "curves.parquet", "timings.parquet", "failures.parquet"),
    }
    assert {row["method"] for row in found["controls"]} == set(_evaluation_parts.CONTROLS)
    assert {row["method"] for row in found["metrics"]} == {"saliency", "occlusion:window=16,stride=16"}
    assert {row["n"] for row in found["metrics"]} == {12}
    assert len(found["pairs"]) == 2 * 10
    assert (found["pictures"], found["items"], found["failures"]) == (12, [], [])
    assert found["run"] == {"device": "cpu", "workers": 1, "batch_size": None}
    assert [part["name"] for part in found["plan"]["methods"]] == ["saliency", "occlusion"]


def test_every_key_is_explained(evaluate: Any) -> None:
    evaluate(*PLANTED, *QUICK, "--limit", "2")
    found = results()
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    rows = [found[name] for name in ("run", "metrics", "controls", "pairs", "overall", "failures")]
    for key in {*found, *found["plan"], *(key for each in rows for key in keys(each))}:
        assert f"`{key}`" in page, f"docs/command-line.md does not explain {key}"


def test_what_is_known_of_planted_pictures_is_found(evaluate: Any) -> None:
    """The gradient method and the right control come out as they must: the bars are what the network sees."""
    words = ("--method", "grad_cam", "--metric", "relevance_rank", "--metric", "pointing_game", "--workers", "1")
    assert evaluate(*PLANTED, *words, "--target", "label", "--quiet").exit_code == 0
    found = results()
    assert {row["mean"] for row in found["metrics"]} == {1.0}
    assert {row["rank"] for row in found["metrics"]} == {1}
    assert found["warnings"] == []


def test_json_alone_on_stdout(evaluate: Any) -> None:
    answer = evaluate(*PLANTED, *QUICK, "--json", "--no-controls", "--limit", "3")
    assert json.loads(answer.stdout) == results()
    assert results()["controls"] == []
    assert results()["advice"].startswith("3 pictures are too few to tell these methods apart")


def test_quiet(evaluate: Any) -> None:
    answer = evaluate(*PLANTED, *QUICK, "--quiet", "--limit", "2")
    assert (answer.exit_code, answer.stdout, answer.stderr) == (0, "", "")


def test_a_folder_of_pictures_of_which_one_is_broken(evaluate: Any, tmp_path: Path) -> None:
    album = tmp_path / "album"
    album.mkdir()
    for number in range(3):
        Image.effect_noise((40, 30), 90).convert("RGB").save(album / f"{number}.png")
    (album / "broken.jpg").write_text("no picture")
    answer = evaluate("--data", album, *QUICK)
    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: ")
    assert "broken.jpg is not a picture in a format that is known here" in answer.stderr
    found = results()
    assert (found["pictures"], found["plan"]["model"]) == (3, "bundled")
    (failure,) = found["failures"]
    assert (failure["method"], failure["metric"]) == (None, None)


def test_pictures_that_are_all_broken(evaluate: Any, tmp_path: Path) -> None:
    album = tmp_path / "album"
    album.mkdir()
    (album / "a.jpg").write_text("no picture")
    answer = evaluate("--data", album, *QUICK)
    assert answer.exit_code == 2
    assert "none of 1 pictures of" in answer.stderr
    assert "the first reason: " in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["album"]


def test_a_method_that_fails_leaves_the_others(evaluate: Any) -> None:
    answer = evaluate(*PLANTED, *QUICK, "--method", "grad_cam:layer=nowhere", "--limit", "2")
    assert answer.exit_code == 1
    assert "error: grad_cam:layer=nowhere: planted:classes=4,size=64 has no layer 'nowhere'" in answer.stderr
    assert "(2 pictures)" in answer.stderr
    assert {row["n"] for row in results()["metrics"]} == {2}


def test_the_same_command_again_changes_nothing(evaluate: Any) -> None:
    evaluate(*PLANTED, *QUICK, "--limit", "3")
    before = results()
    assert evaluate(*PLANTED, *QUICK, "--limit", "3").exit_code == 0
    assert results() == before


def test_the_defaults_are_there_and_named_in_the_manual() -> None:
    page = (ROOT / "docs" / "evaluate.md").read_text(encoding="utf-8")
    parts = _evaluation_parts
    known = {
        "methods": (*parts.METHODS, *parts.METHODS_OF_BLACK_BOX),
        "metrics": (*parts.METRICS, *parts.METRICS_OF_TRUTH, *parts.METRICS_OF_NOTHING_NAMED),
        "controls": parts.CONTROLS,
    }
    for kind, names in known.items():
        assert set(names) <= set(registry.names(kind))
        assert all(f"`{name}`" in page for name in names)
