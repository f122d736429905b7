"""``--prepare``: pictures in the classifier's form, with the steps shown and doubts said."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from .conftest import Run

METHOD = ("--method", "occlusion:window=16,stride=16")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A dark shirt on a light ground, tall and tight: what the classifier is given reaches beyond it."""
    picture = Image.new("RGB", (120, 260), (238, 236, 230))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((20, 20, 99, 239), fill=(60, 40, 90))
    picture.save(tmp_path / "shirt.png")
    return tmp_path / "shirt.png"


def results(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "whylight-out" / "results.json").read_text(encoding="utf-8"))
    return found


def test_the_steps_and_numbers_are_kept(run: Run, photo: Path, tmp_path: Path) -> None:
    answer = run("explain", photo, *METHOD, "--prepare", "garment")
    assert answer.exit_code == 0, answer.stderr
    (item,) = results(tmp_path)["items"]
    assert results(tmp_path)["plan"]["prepare"] == {"name": "garment", "levels": "auto"}
    assert item["files"]["steps"] == "shirt.steps.png"
    with Image.open(tmp_path / "whylight-out" / "shirt.steps.png") as steps:
        assert steps.width > 800
    assert item["preparation"]["numbers"]["area"] == pytest.approx(80 * 220 / (120 * 260), rel=0.05)
    left, top, right, bottom = item["preparation"]["box"]
    assert left < 0
    assert right > 120
    assert 10 < top < 24
    assert 236 < bottom < 250
    with np.load(tmp_path / "whylight-out" / "shirt.occlusion_window_16_stride_16.npz") as maps:
        assert maps["picture_map"].shape == (260, 120)
    page = (tmp_path / "whylight-out" / "report.html").read_text(encoding="utf-8")
    assert "How the picture was prepared" in page


def test_an_undecided_answer_is_said_everywhere(run: Run, photo: Path, tmp_path: Path) -> None:
    """The stand-in for a classifier is hardly sure of anything."""
    answer = run("explain", photo, *METHOD, "--prepare", "garment")
    (item,) = results(tmp_path)["items"]
    assert "low_confidence" in item["flags"]
    assert any("the classifier is undecided" in doubt for doubt in item["preparation"]["doubts"])
    assert "low confidence: " in answer.stdout
    assert "low confidence" in (tmp_path / "whylight-out" / "report.html").read_text(encoding="utf-8")


def test_without_it_nothing_changes(run: Run, photo: Path, tmp_path: Path) -> None:
    run("explain", photo, *METHOD)
    (item,) = results(tmp_path)["items"]
    assert "preparation" not in item
    assert "low_confidence" not in item["flags"]
    assert results(tmp_path)["plan"]["prepare"] is None


def test_transparency_is_respected(run: Run, photo: Path, tmp_path: Path) -> None:
    """Only the transparent part tells the garment from its background, which has the same colour."""
    shape = Image.new("L", (120, 260), 0)
    ImageDraw.Draw(shape).rectangle((30, 30, 89, 229), fill=255)
    picture = Image.new("RGB", (120, 260), (60, 40, 90))
    picture.putalpha(shape)
    picture.save(photo)
    assert run("explain", photo, *METHOD, "--prepare", "garment").exit_code == 0
    (item,) = results(tmp_path)["items"]
    assert item["preparation"]["numbers"]["area"] == pytest.approx(60 * 200 / (120 * 260), rel=0.02)


def test_mistakes_are_told_in_one_sentence(run: Run, photo: Path) -> None:
    answer = run("explain", photo, *METHOD, "--prepare", "garmant")
    assert answer.exit_code == 2
    assert "there is no preparation 'garmant'; did you mean garment?" in answer.stderr
    Image.new("RGB", (100, 100), "beige").save(photo)
    answer = run("explain", photo, *METHOD, "--prepare", "garment")
    assert "got one of a single colour" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_preparations_are_listed(run: Run) -> None:
    assert "garment" in run("list", "preparations").stdout
    assert "--prepare garment:levels=auto" in run("list", "preparations", "garment").stdout
