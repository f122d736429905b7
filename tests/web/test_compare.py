"""The page that compares: a grid of maps by several models and methods, their labels, and how far they agree."""

import io
import re
from dataclasses import replace

import pytest
import torch
from PIL import Image
from starlette.testclient import TestClient

from whylight.errors import TargetError
from whylight.store import Picture
from whylight.web.comparing import Question, compare_all, given, names_of
from whylight.web.jobs import Job
from whylight.web.settings import Settings
from whylight.web.state import State
from whylight.web.views.comparing import compared

METHODS = ("grad_cam", "occlusion:window=32,stride=32")
MODELS = ("planted:size=32", "planted:size=64")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Two networks of the same labels that see pictures of different sizes."""
    return replace(settings, models=MODELS)


def png(side: int = 40) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(file, "PNG")
    return file.getvalue()


def done(state: State, question: Question, row: Picture) -> Job:
    """The question's job, when it is over."""
    job = state.jobs.add("compares", lambda job: compare_all(state, row, question, "Ada", job), question.address)
    assert job.wait(60.0)
    return job


@pytest.fixture
def row(state: State) -> Picture:
    return given(state, b"", "", "data")


def test_a_grid_of_models_by_methods_with_what_each_sees(state: State, row: Picture) -> None:
    question = Question(row.key, MODELS, METHODS)
    assert done(state, question, row).standing == "done"
    found = compared(state, question)
    assert [line.model for line in found.lines] == list(MODELS)
    assert found.found == 4
    for line in found.lines:
        classifier = state.models[line.model]
        image, _ = classifier.fit(state.dataset[row.place or 0].picture)
        chances = classifier.probabilities(image[None])[0]
        assert line.chance == pytest.approx(float(chances.max()), abs=1e-6)
        assert line.sees == classifier.labels[int(chances.argmax())]
        assert [cell and cell.row.method for cell in line.cells] == list(METHODS)
        assert all(cell is not None and cell.row.label == line.sees for cell in line.cells)


def test_agreement_is_that_of_the_maps_in_the_store(state: State, row: Picture) -> None:
    question = Question(row.key, MODELS[1:], METHODS)  # one window of 32 pixels fills the smaller input
    done(state, question, row)
    found = compared(state, question)
    (line,) = found.lines
    maps = [torch.from_numpy(state.store.array(cell.row.evidence)).flatten() for cell in line.cells if cell]  # type: ignore[arg-type]
    ranks = [each.unique(return_inverse=True)[1].double() for each in maps]
    counts = [rank.long().bincount() for rank in ranks]  # level pixels share the mean of their ranks
    shared = [(count.cumsum(0) - (count - 1) / 2)[rank.long()] for rank, count in zip(ranks, counts)]
    expected = float(torch.corrcoef(torch.stack(shared))[0, 1])
    spearman = found.likeness[0]
    assert spearman.name == "spearman"
    assert spearman.rows[0][0] == METHODS[0]
    assert spearman.rows[0][1][0] is None
    assert spearman.rows[0][1][1] == spearman.rows[1][1][0]
    told = spearman.rows[0][1][1]
    assert told is not None
    assert float(told[0].replace("−", "-")) == pytest.approx(expected, abs=0.0051)


def test_one_label_for_all_is_what_the_first_model_sees(state: State, row: Picture) -> None:
    question = Question(row.key, MODELS[::-1], METHODS[:1], "first")
    done(state, question, row)
    found = compared(state, question)
    seen = found.lines[0].sees
    assert [cell.row.label for line in found.lines for cell in line.cells if cell] == [seen, seen]


def test_a_label_by_its_name(state: State, row: Picture) -> None:
    labels = state.models.first.labels
    question = Question(row.key, MODELS, METHODS[:1], label=labels[2])
    done(state, question, row)
    assert {cell.row.label for line in compared(state, question).lines for cell in line.cells if cell} == {labels[2]}


def test_what_a_model_calls_a_label() -> None:
    imagenet = ("tench", *(f"a{index}" for index in range(1, 999)), "toilet tissue")
    assert names_of("cat", ("dog", "cat"), ("cat", "car")) == ("cat",)
    assert names_of("automobile", ("automobile",), ("Car", "cat")) == ("Car",)
    kinds = names_of("cat", ("dog", "cat"), imagenet)
    assert {"a281", "a283"} <= set(kinds)  # tabby, Persian cat
    assert names_of(kinds[0], imagenet, ("dog", "cat")) == ("cat",)
    with pytest.raises(TargetError, match="no label means 'cat'"):
        names_of("cat", ("cat", "dog"), ("car", "dog"))


def test_a_label_that_nobody_knows_is_told(state: State, row: Picture) -> None:
    question = Question(row.key, MODELS, METHODS[:1], label="submarine")
    job = done(state, question, row)
    assert job.standing == "failed"
    assert "planted:size=32: no label means 'submarine'" in job.problem
    assert compared(state, question).found == 0


def test_the_page_from_the_drop_to_the_matrix(client: TestClient, state: State) -> None:
    fields = {"models": list(MODELS), "methods": list(METHODS), "target": "own"}
    answer = client.post("/compare", data=fields, files={"file": ("../../red.png", png())})
    assert answer.status_code == 200
    address = answer.headers["hx-push-url"]
    job = state.jobs.of(address)
    assert job is None or job.wait(60.0)
    text = client.get(address).text
    assert "<h1>red.png</h1>" in text
    assert text.count('<img class="photo"') == 4
    assert "How far the maps agree" in text
    assert re.search(r"<q>[^<]+ bar</q>", text)
    for name in ("supports", "photo"):
        source = re.search(rf"/explanations/[0-9a-f]+/{name}", text)
        assert source is not None
        assert client.get(source[0]).headers["content-type"] == "image/webp"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"picture": "data"}, 400),
        ({"picture": "data", "models": MODELS[:1], "methods": ["rm -rf"]}, 400),
        ({"picture": "data", "models": ["/etc/passwd"], "methods": METHODS}, 400),
        ({"models": MODELS, "methods": METHODS}, 400),
        ({"picture": "../../etc/passwd", "models": MODELS, "methods": METHODS}, 404),
        ({"picture": "data", "models": MODELS, "methods": METHODS, "target": "both"}, 422),
        ({"picture": "data", "models": list(MODELS) * 40, "methods": METHODS}, 422),
    ],
)
def test_posts_that_mean_nothing(client: TestClient, fields: dict[str, object], status: int) -> None:
    answer = client.post("/compare", data=fields, headers={"HX-Request": "true"})
    assert answer.status_code == status, answer.text
    assert "\n" not in answer.text.strip()


def test_addresses_that_mean_nothing(client: TestClient, row: Picture) -> None:
    assert client.get(f"/compare/{row.key}").status_code == 200
    assert client.get(f"/compare/{'f' * 64}").status_code == 404
    assert client.get("/compare/..%2f..%2fetc").status_code in (404, 422)
    assert client.get(f"/compare/{row.key}?models=nothing&methods=lime").status_code == 400
    asked = Question(row.key, MODELS, METHODS).address
    assert "Nothing was found for this question yet" in client.get(asked).text


def test_a_map_that_is_the_same_everywhere_is_left_out(state: State, row: Picture) -> None:
    question = Question(row.key, MODELS, METHODS)  # one window of 32 pixels fills the smaller input
    done(state, question, row)
    found = compared(state, question)
    assert found.silent == 1
    assert len(found.names) == 3
    assert "planted:size=32 · occlusion:window=32,stride=32" not in found.names
