"""The page on runs: real results in short, reports in a place of their own, and no way out of the folder."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from whylight.cli.main import app
from whylight.web.settings import Settings
from whylight.web.state import State
from whylight.web.views.runs import Told, find_runs, id_of, told

QUICK = ("--data", "planted:count=6,size=32", "--method", "grad_cam", "--method", "saliency", "--quiet")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An evaluation and a comparison, as the commands leave them."""
    root = tmp_path_factory.mktemp("runs")
    metrics = ("--metric", "gini", "--metric", "pointing_game", "--workers", "1")
    for name, words in (("first/evaluation", ("evaluate", *metrics)), ("agree", ("compare", "-m", "planted:size=32"))):
        answer = CliRunner().invoke(app, [words[0], *QUICK, *words[1:], "--out", str(root / name)])
        assert answer.exit_code == 0, answer.output
    os.utime(root / "agree/results.json", (2e9, 2e9))
    (root / "first/empty").mkdir()
    return root


@pytest.fixture
def settings(settings: Settings, root: Path | None) -> Settings:
    return replace(settings, runs=root)


@pytest.fixture
def root(tmp_path: Path) -> Path | None:
    return tmp_path / "runs"


def minimal(folder: Path, **more: Any) -> Path:
    """Results of an explanation without any item."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {"whylight": "0", "plan": {"model": "m", "methods": []}, "items": [], **more}
    (folder / "results.json").write_text(json.dumps(plain))
    return folder


@pytest.mark.slow
class TestRealRuns:
    """On what the commands write."""

    @pytest.fixture
    def root(self, written: Path) -> Path:
        return written

    def test_the_newest_first_with_their_headlines(self, written: Path) -> None:
        agree, evaluation = find_runs(written)
        assert (agree.name, agree.told.kind) == ("agree", "comparison")
        assert (evaluation.name, evaluation.told.kind) == ("first/evaluation", "evaluation")
        results = json.loads((written / "first/evaluation/results.json").read_text())
        assert evaluation.told.sentences == (results["advice"],)
        assert dict(evaluation.told.numbers)["Pictures"] == "6"
        assert agree.told.sentences[0].startswith("Agreement of grad_cam and saliency")
        assert agree.has_report

    def test_the_pages(self, client: TestClient, written: Path) -> None:
        text = client.get("/runs").text
        assert text.index(">agree<") < text.index(">first/evaluation<")
        assert str(written) not in text
        id = id_of(written, written / "agree")  # noqa: A001 - as in addresses
        page = client.get(f"/runs/{id}").text
        assert f'<iframe src="/runs/{id}/report.html" sandbox="allow-scripts' in page
        answer = client.get(f"/runs/{id}/report.html")
        assert answer.text == (written / "agree/report.html").read_text()
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox allow-scripts")
        assert "allow-same-origin" not in policy
        assert "frame-ancestors 'self'" in policy
        assert client.get(f"/runs/{id}/results.json").json()["plan"]["methods"]


def test_without_a_folder_the_page_says_how(client: TestClient) -> None:
    assert "The folder of runs is gone" in client.get("/runs").text


@pytest.mark.parametrize("root", [None])
def test_without_a_setting_the_page_says_how(client: TestClient, root: None) -> None:
    assert "whylight serve --runs FOLDER" in client.get("/runs").text
    assert client.get(f"/runs/{'0' * 16}").status_code == 404


def test_nothing_leads_out_of_the_folder(client: TestClient, state: State, tmp_path: Path) -> None:
    root = state.settings.runs
    assert root is not None
    secret = minimal(tmp_path / "secret", advice="classified")
    (secret / "secret.png").write_bytes(b"classified")
    inside = minimal(root / "mine")
    (inside / "way.png").symlink_to(secret / "secret.png")
    (inside / "notes.txt").write_text("mine alone")
    (root / "link").symlink_to(secret)
    (root / "results").mkdir()
    (root / "results/results.json").symlink_to(secret / "results.json")
    assert [run.name for run in find_runs(root)] == ["mine"]
    at = f"/runs/{id_of(root, inside)}"
    assert client.get(f"{at}/results.json").status_code == 200
    ways = ("..%2f..%2fsecret%2fsecret.png", "%2e%2e", "way.png", "notes.txt", "..", "results.json%00.png", ".")
    for way in (*ways, "%2fetc%2fpasswd", "..%5csecret.png"):
        answer = client.get(f"{at}/{way}")
        assert "classified" not in answer.text
        assert answer.status_code == 404 or (way in ("..", ".") and "classified" not in answer.text), way
    assert client.get("/runs/..%2f..%2fetc").status_code in (404, 422)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "null", "{", "[" * 9000, '{"items": 3}', '{"plan": 1, "overall": [], "items": []}', '"\\ud800"'],
)
def test_results_of_somebody_else_do_no_harm(client: TestClient, state: State, content: str) -> None:
    root = state.settings.runs
    assert root is not None
    (root / "odd").mkdir(parents=True)
    (root / "odd/results.json").write_text(content)
    answer = client.get("/runs")
    assert answer.status_code == 200
    assert "cannot be read by this version" in answer.text


def test_names_are_shown_and_never_run(client: TestClient, state: State) -> None:
    root = state.settings.runs
    assert root is not None
    minimal(root / "<script>alert(1)<", plan={"model": "file:/srv/ada/secret/net.safetensors,labels=a.txt"})
    text = client.get("/runs").text
    assert "<script>alert" not in text
    assert "file:net.safetensors,labels=a.txt" in text
    assert "/srv/ada" not in text


def test_results_of_an_explanation_in_short() -> None:
    item = {"picture": "a.png", "method": "lime", "probability": 0.91, "flags": ["low_fit"], "target": {"label": "cat"}}
    failed = {"picture": "b.png", "error": "no picture", "flags": []}
    found = told({"plan": {"model": "hf:google/vit"}, "items": [item, failed]})
    assert found == Told(
        "explanation",
        ("Explained: cat 91\N{NO-BREAK SPACE}%.",),
        (("Model", "hf:google/vit"), ("Pictures", "1"), ("Methods", "lime"), ("Flags", "1"), ("Failed", "1")),
    )
