"""The page Explain: a picture is sent, explained by what was chosen, kept, and shown side by side."""

import io
import re
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image
from starlette.testclient import TestClient
from tests.web.conftest import Serve
from tests.web.test_uploads import png_that_claims

from whylight.errors import MethodError
from whylight.feedback import showing
from whylight.web.jobs import Job
from whylight.web.settings import Settings
from whylight.web.state import State, opened

MODEL = "planted:size=32"
QUICK = ["grad_cam", "occlusion:window=32,stride=32"]


def a_file(name: str = "cat.png", colour: str = "red", size: tuple[int, int] = (40, 30)) -> tuple[str, bytes, str]:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return name, file.getvalue(), "application/octet-stream"


def ask(client: TestClient, **changed: object) -> tuple[int, str, str]:
    """Sends the form; returns the status, the text and the address of the results."""
    plain: dict[str, object] = {"models": [MODEL], "methods": QUICK, **changed}
    files = {"file": plain.pop("file")} if "file" in plain else None
    answer = client.post("/explain", data=plain, files=files)  # type: ignore[arg-type]
    return answer.status_code, answer.text, answer.headers.get("hx-push-url", "")


def results(client: TestClient, address: str) -> str:
    job = client.app.state.whylight.jobs.of(address)  # type: ignore[attr-defined]  # the application under the client
    assert job is None or job.wait(60.0)
    return client.get(address).text


def test_a_picture_is_explained_by_every_method_that_was_chosen(client: TestClient, state: State) -> None:
    status, _, address = ask(client, file=a_file())
    assert status == 200
    assert re.fullmatch(r"/explain/[0-9a-f]{64}", address)
    text = results(client, address)
    assert text.count('<figure class="viewer') == 2
    assert "Grad-CAM" in text
    assert "Occlusion" in text
    assert "40 × 30 pixels" in text
    keys = re.findall(r'data-key="(\w+)"', text)
    for layer in ("photo", "supports", "hinders"):
        assert client.get(f"/explanations/{keys[0]}/{layer}").status_code == 200
    row = state.store.load(keys[0])
    assert row.picture == address.removeprefix("/explain/")
    assert {each.record.person for each in state.store.since()} <= {"Ada"}


def test_the_same_again_is_kept_once(client: TestClient) -> None:
    _, _, address = ask(client, file=a_file())
    results(client, address)
    ask(client, picture=address.removeprefix("/explain/"), methods=[QUICK[0]])
    assert results(client, address).count('<figure class="viewer') == 2


def test_a_label_is_asked_for_by_rank_or_by_name(client: TestClient, state: State) -> None:
    labels = state.models.first.labels
    _, _, address = ask(client, file=a_file(), methods=["grad_cam"], rank=3)
    results(client, address)
    ask(client, picture=address.removeprefix("/explain/"), methods=["grad_cam"], label=labels[1])
    text = results(client, address)
    assert "3. label" in text
    assert f'<span class="label">{labels[1]}</span>' in text


def test_the_sample_needs_no_file(client: TestClient) -> None:
    status, _, address = ask(client, picture="sample")
    assert status == 200
    assert "chelsea.png" in results(client, address)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "choose a picture first"),
        ({"picture": "sample", "methods": []}, "at least one"),
        ({"picture": "sample", "models": []}, "at least one"),
        ({"picture": "sample", "models": ["file:/etc/passwd"]}, "does not offer"),
        ({"picture": "sample", "models": ["python:os:system"]}, "does not offer"),
        ({"picture": "sample", "methods": ["lime:samples=100000000"]}, "does not offer"),
        ({"picture": "sample", "methods": ["captum:Occlusion"]}, "does not offer"),
        ({"file": ("x.png", b"no picture", "image/png")}, "x.png is not a picture"),
        ({"file": ("bomb.png", png_that_claims(60_000, 60_000), "image/png")}, "pixels"),
    ],
    ids=lambda changed: str(changed)[:40],
)
def test_what_cannot_be_is_said(client: TestClient, state: State, changed: dict[str, object], words: str) -> None:
    status, text, _ = ask(client, **changed)
    assert status == 400
    assert words in text
    assert "/etc/" not in text


def test_a_picture_that_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get("/explain/" + "0" * 64).status_code == 404
    assert ask(client, picture="0" * 64)[0] == 404


def test_what_fails_leaves_the_rest(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    made = showing.make

    def fails(classifier: object, opened: object, candidate: object) -> object:
        if "occlusion" in str(candidate):
            raise MethodError("occlusion does not like /srv/ada/this.png")
        return made(classifier, opened, candidate)  # type: ignore[arg-type]

    monkeypatch.setattr("whylight.web.explaining.make", fails)
    _, _, address = ask(client, file=a_file())
    job = next(iter(client.app.state.whylight.jobs._known.values()))  # type: ignore[attr-defined]
    assert job.wait(60.0)
    assert (job.standing, job.problem) == ("failed", "occlusion does not like this.png")
    assert results(client, address).count('<figure class="viewer') == 1
    part = client.get(f"/jobs/{job.id}").text
    assert "occlusion does not like this.png" in part
    assert 'role="alert"' in part


@pytest.fixture
def two_models(serve: Serve, settings: Settings) -> Iterator[TestClient]:
    with opened(replace(settings, models=(MODEL, "planted:classes=3,size=32"))) as state:
        yield serve(state)


def test_models_stand_below_each_other(two_models: TestClient) -> None:
    assert two_models.get("/explain").text.count('name="models"') == 2
    _, _, address = ask(two_models, file=a_file(), models=[MODEL, "planted:classes=3,size=32"])
    text = results(two_models, address)
    assert text.count('<section class="by-model">') == 2
    assert text.count('<figure class="viewer') == 4


def test_a_name_that_is_code_stays_a_name(client: TestClient) -> None:
    _, text, address = ask(client, file=a_file("<script>alert(1)</script>.png"))
    shown = text + results(client, address)
    assert "<script>alert" not in shown
    assert "script&gt;.png" in shown


@pytest.mark.parametrize("address", ["/jobs/gone", "/jobs/gone/live"])
def test_a_job_of_an_earlier_server_loads_the_page_again(client: TestClient, address: str) -> None:
    answer = client.get(address, headers={"hx-request": "true"})
    assert answer.headers["hx-refresh"] == "true"
    assert client.get(address).status_code == 404


def test_a_page_asks_how_far_a_job_is_and_at_its_end_for_what_it_came_to(client: TestClient, state: State) -> None:
    gate = threading.Event()

    def waits(_: Job) -> None:
        assert gate.wait(20.0)

    job = state.jobs.add("slow", waits, "/explain")
    part, live = client.get(f"/jobs/{job.id}").text, client.get(f"/jobs/{job.id}/live").text
    assert 'id="job-cancel"' in part
    assert 'id="job-cancel"' not in live, "the button stays in the page while this is fetched"
    assert live.strip() in part
    assert f'hx-get="/jobs/{job.id}/live" hx-trigger="every 500ms"' in live
    gate.set()
    assert job.wait(20.0)
    over = client.get(f"/jobs/{job.id}/live").text
    assert f'hx-get="/jobs/{job.id}" hx-trigger="load" hx-target="#job"' in over
    assert "slow: ready" in client.get(f"/jobs/{job.id}").text


def test_what_methods_are_is_read_before_the_first_answer(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whylight.registry.summary", None)  # it parses, which one thread at a time can do
    assert "Grad-CAM" in client.get("/explain").text
    assert "Grad-CAM" in client.get("/compare").text
