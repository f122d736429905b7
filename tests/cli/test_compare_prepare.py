"""``whylight compare --prepare``: several models on a user's own photos, with the steps shown and doubts said."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw
from torch import nn

from whylight import classifiers, datasets
from whylight.classifier import Classifier
from whylight.dataset import Dataset, Sample
from whylight.frame import Resizing
from whylight.preparation import Prepared, Remembered
from whylight.preparations.garment import Garment
from whylight.types import Images, Logits

from .conftest import Run

QUICK = ("--method", "occlusion:window=16,stride=16", "--prepare", "garment")
SIZES = ((60, 130), (100, 110))


def garment(size: tuple[int, int], colour: int = 60) -> Image.Image:
    """A dark shirt on a light ground."""
    picture = Image.new("RGB", size, (238, 236, 230))
    ImageDraw.Draw(picture).rectangle((10, 10, size[0] - 11, size[1] - 11), fill=(colour, 40, 90))
    return picture


class Sure(nn.Module):
    """Is decided where the network is not."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Images) -> Logits:
        logits: Logits = 8 * self.network(images)
        return logits


@dataclass(frozen=True)
class Shop(Dataset):
    """Eight photos of shirts, tiny for the sake of time."""

    @property
    def labels(self) -> tuple[str, ...]:
        return ("bee", "cat")

    def __len__(self) -> int:
        return 8

    def __getitem__(self, place: int) -> Sample:
        return Sample(f"n{place}", garment((60, 64 + 4 * place)), place % 2, str(place))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    for number, size in enumerate(SIZES):
        garment(size).save(tmp_path / "photos" / f"shirt {number}.png")
    return tmp_path / "photos"


@pytest.fixture
def compare(run: Run, convolution: Classifier, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs with models that are named: ``plain`` hardly decides, ``sure`` always does, ``wide`` has a larger input."""
    assert convolution.module is not None
    sure = Sure(convolution.module).eval()
    models = {
        "plain": replace(convolution, name="plain"),
        "sure": replace(convolution, name="sure", predict=sure, module=sure),
        "wide": replace(convolution, name="wide", resizing=Resizing((56, 56), None)),
    }
    monkeypatch.setattr(classifiers, "load", lambda text, *, device: models[text])
    monkeypatch.setattr(datasets, "open_dataset", lambda text, root: Shop(), raising=False)
    return lambda *words: run("compare", *QUICK, *words)


def results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("whylight-compare/results.json").read_text(encoding="utf-8"))
    return found


def test_the_models_are_given_what_was_prepared(
    compare: Callable[..., Any], convolution: Classifier, photos: Path
) -> None:
    answer = compare(photos, "-m", "plain", "-m", "sure")
    assert answer.exit_code == 0, answer.stderr
    found = results()
    assert found["plan"]["prepare"] == {"name": "garment", "levels": "auto"}
    prepared = [Garment()(garment(size)) for size in SIZES]
    images = torch.stack([convolution.fit(each.picture)[0] for each in prepared])
    wanted = convolution.probabilities(images).max(dim=1)
    for at, item in enumerate(found["items"]):
        assert item["answers"][0]["predicted"] == convolution.labels[int(wanted.indices[at])]
        assert item["answers"][0]["probability"] == pytest.approx(float(wanted.values[at]), abs=1e-5)
        assert item["preparation"]["box"] == [round(edge, 1) for edge in prepared[at].frame.box]
        assert item["preparation"]["numbers"] == pytest.approx(prepared[at].numbers)
        assert item["preparation"]["warnings"] == list(prepared[at].warnings)


def test_the_steps_of_every_photo_are_shown_and_the_manual_explains_every_key(
    compare: Callable[..., Any], photos: Path
) -> None:
    answer = compare(photos, "-m", "plain", "-m", "sure")
    for number, item in enumerate(results()["items"]):
        assert item["files"]["steps"] == f"shirt_{number}.steps.png"
        with Image.open(Path("whylight-compare") / item["files"]["steps"]) as steps:
            assert steps.width > 800
    page = Path("whylight-compare/report.html").read_text(encoding="utf-8")
    assert page.count("How the picture was prepared") == 2
    assert "the steps of the preparation (.steps.png)" in answer.stdout
    manual = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
    item = results()["items"][0]
    for key in (*item, *item["preparation"], *item["answers"][0], *item["files"]):
        assert f"`{key}`" in manual, f"docs/command-line.md does not explain {key}"


def test_doubts_are_said_of_each_model_by_name(compare: Callable[..., Any], photos: Path) -> None:
    """A warning of the preparation is one of the picture, and said once; only one of the models is undecided."""
    answer = compare(photos, "-m", "plain", "-m", "sure")
    assert [len(item["preparation"]["warnings"]) for item in results()["items"]] == [0, 1]
    for item in results()["items"]:
        warnings, (plain, sure) = item["preparation"]["warnings"], item["answers"]
        assert plain["doubts"][:-1] == sure["doubts"] == warnings
        assert plain["doubts"][-1].startswith("the classifier is undecided (")
        assert item["preparation"]["doubts"][:-1] == warnings
        assert item["preparation"]["doubts"][-1].startswith("plain is undecided (")
        name = item["picture"]
        (line,) = [line for line in answer.stdout.split("low confidence in ")[1:] if line.startswith(name)]
        assert "plain is undecided" in " ".join(line.split())
    page = Path("whylight-compare/report.html").read_text(encoding="utf-8")
    assert "low confidence</b> in 2 of 2 pictures" in page
    assert "sure is undecided" not in page


def test_agreement_is_measured_within_what_the_models_are_given(compare: Callable[..., Any], photos: Path) -> None:
    """How much of the photo lies around the garment changes no similarity, also where the inputs differ in size."""
    compare(photos / "shirt 0.png", "-m", "plain", "-m", "wide")
    close = results()["items"][0]
    wider = Image.new("RGB", (180, 250), (238, 236, 230))
    wider.paste(garment(SIZES[0]), (60, 60))
    wider.save(photos / "shirt 0.png")
    compare(photos / "shirt 0.png", "-m", "plain", "-m", "wide")
    assert results()["items"][0]["agreement"] == pytest.approx(close["agreement"], abs=0.02)


def test_of_a_data_set_only_the_shown_pictures_have_steps(compare: Callable[..., Any]) -> None:
    answer = compare("--data", "shop", "-m", "plain", "-m", "sure", "--score", "all")
    assert answer.exit_code == 0, answer.stderr
    steps = sorted(path.name for path in Path("whylight-compare").glob("*.steps.png"))
    items = results()["items"]
    assert len(items) == 8
    assert sorted(item["files"]["steps"] for item in items if "steps" in item["files"]) == steps
    assert len(steps) == 6
    assert all("preparation" in item for item in items)


def test_each_picture_is_prepared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Image.Image] = []
    prepare = Garment.__call__

    def counted(self: Garment, picture: Image.Image) -> Prepared:
        calls.append(picture)
        return prepare(self, picture)

    monkeypatch.setattr(Garment, "__call__", counted)
    remembered = Remembered(Garment())
    pictures = [garment((60, 64)), garment((60, 64)), garment((60, 64), colour=10)]
    first, again, other = (remembered(picture) for picture in pictures)
    assert again is first
    assert len(calls) == 2
    assert first.steps == ()
    assert first.picture.tobytes() == prepare(Garment(), pictures[0]).picture.tobytes()
    assert other.frame == first.frame


def test_without_it_nothing_changes(run: Run, compare: Callable[..., Any], photos: Path) -> None:
    run("compare", photos, "--method", "occlusion:window=16,stride=16", "-m", "plain", "-m", "sure")
    (item, _) = results()["items"]
    assert results()["plan"]["prepare"] is None
    assert "preparation" not in item
    assert "doubts" not in item["answers"][0]
    assert not list(Path("whylight-compare").glob("*.steps.png"))


def test_mistakes_and_foreign_files(compare: Callable[..., Any], run: Run, photos: Path) -> None:
    answer = run("compare", photos, "--prepare", "garmant", "-m", "plain", "-m", "sure")
    assert answer.exit_code == 2
    assert "there is no preparation 'garmant'; did you mean garment?" in answer.stderr
    Image.new("RGB", (100, 100), "beige").save(photos / "plain.png")
    answer = compare(photos, "-m", "plain", "-m", "sure")
    assert answer.exit_code == 1
    assert "got one of a single colour" in answer.stderr
    assert results()["agreement"]["pictures"] == 2
    Path("mine").mkdir()
    Path("mine/shirt_0.steps.png").write_bytes(b"mine")
    answer = compare(photos, "-m", "plain", "-m", "sure", "--out", "mine")
    assert answer.exit_code == 2
    assert "shirt_0.steps.png would be written over" in answer.stderr
