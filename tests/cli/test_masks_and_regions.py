"""``whylight explain`` on masks, regions and several labels: what it adds to files, results, report and table."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from whylight.classifier import Classifier
from whylight.cli import _work
from whylight.regions import regions

from .conftest import Run

MASK = "f_tc:iterations=3,start=half"


def items_in(folder: Path) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads((folder / "results.json").read_text(encoding="utf-8"))["items"]
    return items


def report_in(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "whylight-out"


def test_regions_are_in_results_and_report(run: Run, out: Path) -> None:
    assert run("explain", "--method", "occlusion:window=8,stride=8").exit_code == 0
    (item,) = items_in(out)
    assert item["regions"]
    assert [region["number"] for region in item["regions"]] == list(range(1, len(item["regions"]) + 1))
    assert max(sum(region["sign"] == sign for region in item["regions"]) for sign in ("hinders", "supports")) <= 3
    for region in item["regions"]:
        left, top, right, bottom = region["picture_box"]
        assert 0 <= left < right <= 451
        assert 0 <= top < bottom <= 300
    assert report_in(out).count("<li class=") == len(item["regions"])
    assert 'class="layer marks"' in report_in(out)


def test_without_regions_no_pass_is_spent_on_them(run: Run, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_work, "regions", pytest.fail)
    assert run("explain", "--method", "grad_cam", "--no-regions").exit_code == 0
    (item,) = items_in(out)
    assert item["regions"] is None
    assert "Region 1" not in report_in(out)
    assert 'class="layer marks"' not in report_in(out)


def test_regions_of_several_pictures_are_found_together(
    run: Run, album: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def counted(explanation: Any, *, most: int) -> Any:
        calls.append(len(explanation))
        return regions(explanation, most=most)

    monkeypatch.setattr(_work, "regions", counted)
    run("explain", album, "--method", "grad_cam")
    assert calls == [2]
    assert [item["regions"] is not None for item in items_in(out) if "error" not in item] == [True, True]


def test_a_mask_tells_what_it_did(run: Run, convolution: Classifier, out: Path) -> None:
    answer = run("explain", "--method", MASK, "--target", "dog")
    assert answer.exit_code == 0, answer.stderr
    assert "→" in answer.stdout
    (item,) = items_in(out)
    details = item["details"]
    assert item["marks"] == "hinders"
    assert details["loser_label"] == convolution.labels[int(details["loser"])]
    assert details["predicted_label"] == convolution.labels[int(details["predicted"])]
    page = report_in(out)
    for words in ("With the mask", "mean of the others", "What the classifier saw in the end", "label that loses most"):
        assert words in page
    assert "others_mean_before" not in page
    assert '<label><input type="checkbox" class="show-supports"' not in page


@pytest.mark.parametrize("method", ["grad_cam", MASK])
def test_several_labels_get_one_figure_beside_their_own(method: str, run: Run, album: Path, out: Path) -> None:
    run("explain", album, "--method", method, "--target", "top3")
    items = [item for item in items_in(out) if "error" not in item]
    assert len(items) == 6
    for first in (0, 3):
        (name,) = {item["files"]["targets"] for item in items[first : first + 3]}
        assert name.endswith(".targets.png")
        with Image.open(out / name) as figure:
            assert figure.width >= 900
    listed = {name for item in items for name in item["files"].values()}
    assert {path.name for path in out.iterdir()} == listed | {"results.json", "report.html"}
    assert report_in(out).count('class="compared"') == 2


def test_two_labels_stand_against_each_other(run: Run, convolution: Classifier, out: Path) -> None:
    answer = run("explain", "--method", MASK, "--target", "dog", "--target", "0")
    assert answer.exit_code == 0, answer.stderr
    first, second = items_in(out)
    assert (first["target"]["label"], second["target"]["index"]) == ("dog", 0)
    assert first["files"]["overlay"].endswith(".dog.png")
    assert first["rival"]["label"] == convolution.labels[0]
    assert second["rival"]["label"] == "dog"
    assert second["rival"]["before"] == pytest.approx(first["probability"], abs=1e-5)
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert document["plan"]["target"] == ["dog", "0"]


def test_one_label_gets_none(run: Run, out: Path) -> None:
    run("explain", "--method", "grad_cam")
    assert set(items_in(out)[0]["files"]) == {"overlay", "maps"}
    assert 'class="compared"' not in report_in(out)
