"""Further sections of the page on learning: a planted rule about segments, and the versions of a model."""

import json
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from whylight.cli.learn import learn
from whylight.store import Picture, SegmentVote, StoredExplanation, Stroke, Verdict
from whylight.web.settings import Settings
from whylight.web.state import State
from whylight.web.views.learning_model import DEFAULT, model
from whylight.web.views.learning_segments import parts_of, segments_learned
from whylight.web.views.runs import find_runs

COUNTS = {"both": 80, "only_before": 1, "only_after": 9, "neither": 10, "pictures": 100, "before": 0.81, "after": 0.89}


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "runs").mkdir()
    return replace(settings, runs=tmp_path / "runs")


def spoken_of(state: State) -> int:
    """Explanations of which something was said that counts."""
    return sum(len(part) for part in parts_of(state))


def halves(state: State, place: int) -> str:
    """An explanation of a real picture, cut into its left and its right half."""
    sample = state.dataset[place]
    state.store.add_picture(Picture(sample.key, sample.name, *sample.picture.size, state.settings.data, place))
    plan = {"place": place}
    row = StoredExplanation(
        sample.key, state.models.key_of("planted:size=32"), plan, "lime", 0, state.models.first.labels[0], 1, 0.5
    )
    cut = np.zeros((32, 32), np.int32)
    cut[:, 16:] = 1
    return state.store.add(row, evidence=np.ones((32, 32), np.float32), segments=cut)


def test_a_planted_rule_is_told_in_words(client: TestClient, state: State) -> None:
    for place in range(3):
        key = halves(state, place)
        state.store.note(key, SegmentVote(0, belongs=True), person="Ada")
        right = Stroke(matters=False, width=0.4, points=((0.75, 0.0), (0.75, 1.0)))
        state.store.note(key, right, person="Ben")
    section = segments_learned(state)
    assert section.sentences == (
        "Learned from 6 explanations.",
        "Of 6 held-out segments that somebody spoke of, it knows 100%; always saying what is said most knows 50%.",
    )
    assert section.tables[0].rows[0][0] == "to the left"
    text = client.get("/learning").text
    assert "Learned from 3 strokes of the brush, 3 votes on segments and 0 verdicts" in text
    assert 'hx-get="/learning/segments"' in text
    assert "to the left" in client.get("/learning/segments").text


def test_thumbs_alone_measure_nothing(state: State) -> None:
    state.store.note(halves(state, 0), Verdict(up=True), person="Ada")
    assert "Too little was painted or voted" in segments_learned(state).sentences[1]


def test_a_reset_of_segments_counts_for_them_alone(client: TestClient, state: State) -> None:
    state.store.note(halves(state, 0), SegmentVote(0, belongs=True), person="Ada")
    assert spoken_of(state) == 1
    client.post("/learning/segments/reset", headers={"HX-Request": "true"})
    assert spoken_of(state) == 0
    assert "Nobody has said anything" in client.get("/learning/segments").text
    assert state.store.counts_since("candidates") is None


def test_pictures_of_other_data_are_left_out(state: State) -> None:
    key = halves(state, 0)
    state.store.note(key, SegmentVote(0, belongs=True), person="Ada")
    object.__setattr__(state, "settings", replace(state.settings, data="elsewhere"))
    assert spoken_of(state) == 0


def version(number: int, **changes: Any) -> dict[str, Any]:
    shares = {"before": [0.5, 0.6, 0.4], "after": [0.1, 0.2, 0.1]}
    return {
        "number": number,
        "parent": number - 1,
        "at": "2026-01-31T12:00:00+00:00",
        "accepted": True,
        "tolerance": 0.005,
        "corrections": {"learned": 30, "held_out": 12},
        "check": {"data": "photos", **COUNTS},
        "test": None,
        "changes_itself": None,
        "attribution": {"areas": [0.1, 0.1, 0.1], "methods": {"occlusion": shares}},
        **changes,
    }


def write(folder: Path, *versions: dict[str, Any], current: int, changes: list[dict[str, Any]]) -> None:
    """What ``whylight learn --what model`` leaves behind."""
    for each in versions:
        (folder / f"{each['number']:04d}").mkdir(parents=True)
        (folder / f"{each['number']:04d}/version.json").write_text(json.dumps(each))
    plain = {"whylight": "0", "model": "file:/srv/ada/net", "current": current, "changes": changes}
    (folder / "learned.json").write_text(json.dumps(plain))


def test_no_version_and_where_it_was_looked_for(client: TestClient, state: State) -> None:
    assert model(state).sentences == (
        "No version of a model is there yet; whylight learn --what model makes them from strokes.",
        "Looked for in whylight-learned, in the folder where the server was started and below the folder of --runs.",
    )
    object.__setattr__(state, "settings", replace(state.settings, runs=None))
    assert "--runs FOLDER names another place." in client.get("/learning").text


def test_versions_stand_where_learning_leaves_them(
    client: TestClient, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Path(signature(learn).parameters["out"].default) == DEFAULT
    monkeypatch.chdir(tmp_path)
    write(tmp_path / DEFAULT, version(1), current=1, changes=[])
    object.__setattr__(state, "settings", replace(state.settings, runs=tmp_path))  # which holds it, too
    (table,) = model(state).tables
    assert table.caption == "Versions in whylight-learned"
    assert "In whylight-learned version 1 is in use" in client.get("/learning").text


def test_the_versions_of_a_model(client: TestClient, state: State) -> None:
    root = state.settings.runs
    assert root is not None
    reverted = [{"at": "", "from": 2, "to": 1, "why": "reverted"}]
    write(root / "decoys", version(1), version(2, accepted=False), current=1, changes=reverted)
    section = model(state)
    assert section.sentences[0].startswith("In decoys version 1 is in use, and 1 was taken back")
    assert "Version 2 is not accepted: accuracy 81.0% before and 89.0% after" in section.sentences[1]
    assert [row[:2] for row in section.tables[0].rows] == [
        ("1 (from the beginning)", "in use"),
        ("2 (from 1)", "not accepted"),
    ]
    text = client.get("/learning").text
    assert "Versions in decoys" in text
    assert "/srv/ada" not in text


@pytest.mark.parametrize("content", ["", "{}", '{"model": "a", "current": "b", "changes": []}', "[" * 5000])
def test_damaged_versions_do_no_harm(client: TestClient, state: State, content: str) -> None:
    root = state.settings.runs
    assert root is not None
    (root / "odd").mkdir()
    (root / "odd/learned.json").write_text(content)
    answer = client.get("/learning")
    assert answer.status_code == 200
    assert "The versions in odd cannot be read" in answer.text
    assert str(root) not in answer.text


def test_what_was_learned_is_a_run_too(state: State) -> None:
    root = state.settings.runs
    assert root is not None
    (root / "learned").mkdir()
    plain = {"what": "model", "sentences": ["Version 1 is accepted."], "accepted": True}
    (root / "learned/results.json").write_text(json.dumps(plain))
    (run,) = find_runs(root)
    assert (run.told.kind, run.told.sentences) == ("learning", ("Version 1 is accepted.",))
    assert run.told.numbers == (("Learned", "model"), ("Accepted", "yes"))
