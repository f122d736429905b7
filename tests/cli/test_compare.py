"""``whylight compare``: what it writes, prints and answers."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.stats import spearmanr

import whylight
from whylight import classifiers, datasets
from whylight.classifier import Classifier
from whylight.cli._comparison_members import short_names
from whylight.dataset import Dataset, Sample
from whylight.frame import Resizing

from .conftest import QUICK, Run


def results_in(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return results


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(8):
        Image.effect_noise((40, 30 + number), 60 + 10 * number).convert("RGB").save(folder / f"{number}.png")
    return folder


def test_everything_is_written_and_nothing_else(run: Run, photos: Path, tmp_path: Path) -> None:
    answer = run("compare", photos, *QUICK, "--method", "saliency")
    assert answer.exit_code == 0, answer.stderr
    assert answer.stderr == ""
    assert "grad_cam" in answer.stdout
    assert "by chance" in answer.stdout
    assert "Open whylight-compare/report.html" in answer.stdout
    out = tmp_path / "whylight-compare"
    assert {path.name for path in out.iterdir()} == {"results.json", "report.html", "agreement.png"}
    results = results_in(out)
    assert [Path(item["picture"]).name for item in results["items"]] == [f"{number}.png" for number in range(8)]
    assert results["agreement"]["names"] == ["grad_cam", "occlusion:window=16,stride=16", "saliency"]
    assert [method["name"] for method in results["plan"]["methods"]] == ["grad_cam", "occlusion", "saliency"]


def test_the_numbers_are_those_of_the_maps(run: Run, convolution: Classifier, photos: Path, tmp_path: Path) -> None:
    run("compare", photos, *QUICK)
    found = results_in(tmp_path / "whylight-compare")
    maps = {}
    for text in ("grad_cam", "occlusion:window=16,stride=16"):
        images = [convolution.fit(whylight.read_picture(path))[0][None] for path in sorted(photos.iterdir())]
        explained = [whylight.explain(convolution, whylight.read_method(text), image) for image in images]
        maps[text] = [each.maps.flatten().numpy() for each in explained]
    first, second = maps.values()
    wanted = [spearmanr(a, b)[0] for a, b in zip(first, second, strict=True)]
    assert [item["agreement"]["spearman"] for item in found["items"]] == pytest.approx(wanted, abs=1e-4)
    numbers = found["agreement"]["similarities"]["spearman"]
    assert numbers["mean"][0][1] == pytest.approx(np.mean(wanted), abs=1e-4)
    chance = [spearmanr(first[i], second[j])[0] for i in range(8) for j in range(8) if i != j]
    assert numbers["chance"][0][1] == pytest.approx(np.mean(chance), abs=0.1)


def test_one_picture_has_no_chance_level_and_says_so(run: Run) -> None:
    answer = run("compare", *QUICK)
    assert answer.exit_code == 0
    assert "One picture is too few to tell agreement from chance" in answer.stdout
    assert results_in(Path("whylight-compare"))["agreement"]["similarities"]["pearson"]["chance"][0][1] is None


def test_json_is_all_that_stdout_holds_and_quiet_prints_nothing(run: Run, photos: Path) -> None:
    answer = run("compare", photos, "--json", "--limit", 3, *QUICK)
    assert json.loads(answer.stdout) == results_in(Path("whylight-compare"))
    assert len(json.loads(answer.stdout)["items"]) == 3
    assert run("compare", photos, "--quiet", "--out", "b", *QUICK).stdout == ""


def test_what_fails_is_listed_and_the_rest_compared(run: Run, album: Path) -> None:
    answer = run("compare", album, "nowhere.png", *QUICK)
    assert answer.exit_code == 1
    assert answer.stderr.count("error: ") == 3
    results = results_in(Path("whylight-compare"))
    assert results["agreement"]["pictures"] == 2
    assert len([item for item in results["items"] if "error" in item]) == 3
    assert "nowhere.png" in Path("whylight-compare/report.html").read_text(encoding="utf-8")


def test_a_method_that_never_works_does_not_keep_the_others_from_being_compared(run: Run, photos: Path) -> None:
    answer = run("compare", photos, "--method", "grad_cam:layer=gone", *QUICK)
    assert answer.exit_code == 1
    assert "gone" in answer.stderr
    assert results_in(Path("whylight-compare"))["agreement"]["names"] == ["grad_cam", "occlusion:window=16,stride=16"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--method", "grad_cam"), "at least two methods or models to compare; got one method"),
        (("--target", "top3"), "explains one label of each picture, and --target top3 asks for 3"),
        (("a.png", "--data", "coco"), "expected pictures or --data; got both"),
        (("--target", "label"), "--target label explains the true label, which files do not have"),
        (("--target", "top1:nobody"), "names no model that is compared; they are 1 (bundled)"),
        (("--target", "top1:2"), "names no model that is compared; they are 1 (bundled)"),
        (("--score", "all"), "--score all scores a whole data set; name it with --data"),
        (("--data", "nowhere"), "nowhere"),
        (("nowhere.png",), "there is no file or folder nowhere.png"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(
    run: Run, words: tuple[str, ...], sentence: str
) -> None:
    answer = run("compare", *words)
    assert answer.exit_code == 2
    assert sentence in answer.stderr
    assert answer.stderr.count("error: ") == 1
    assert not Path("whylight-compare").exists()


def test_somebody_elses_figure_is_never_written_over(run: Run) -> None:
    Path("whylight-compare").mkdir()
    Path("whylight-compare/agreement.png").write_text("mine")
    answer = run("compare", *QUICK)
    assert answer.exit_code == 2
    assert "agreement.png would be written over" in answer.stderr
    assert Path("whylight-compare/agreement.png").read_text() == "mine"


def test_two_models_are_compared_over_the_picture(
    run: Run, convolution: Classifier, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second classifier is the first one at half the size: its maps are the same, but for resizing."""
    half = replace(convolution, name="half", resizing=Resizing((16, 16), None))
    monkeypatch.setattr(classifiers, "load", lambda text, *, device: half if text == "half" else convolution)
    words = ("--method", "occlusion:window=8,stride=8", "--target", "bee")
    answer = run("compare", photos, "--model", "whole", "--model", "half", *words)
    assert answer.exit_code == 0, answer.stderr
    found = results_in(Path("whylight-compare"))
    assert found["plan"]["models"] == ["convolution", "half"]
    assert found["agreement"]["names"] == ["convolution", "half"]
    assert [entry["method"] for entry in found["agreement"]["entries"]] == ["occlusion:window=8,stride=8"] * 2
    assert {item["target"]["label"] for item in found["items"]} == {"bee"}


@pytest.mark.parametrize(
    ("models", "short"),
    [
        (["a:b,weights=c"], ["b"]),
        (["bundled", "file:nets/cnn.safetensors", "svm:nets/hybrid,layer=a"], ["bundled", "cnn", "hybrid"]),
        (["timm:resnet50.a1_in1k", "torchvision:vgg16"], ["resnet50.a1_in1k", "vgg16"]),
        (["a:b,weights=c", "d:b,weights=c"], ["a:b", "d:b"]),
        (["a:b,weights=c", "a:b,weights=d"], ["a:b,weights=c", "a:b,weights=d"]),
        (["file:one/net", "file:two/net"], ["file:one/net", "file:two/net"]),
        (["a:b", "a:b"], ["a:b (1)", "a:b (2)"]),
    ],
)
def test_models_are_named_as_shortly_as_tells_them_apart(models: list[str], short: list[str]) -> None:
    assert short_names(models) == short


@dataclass(frozen=True)
class Album(Dataset):
    """Six pictures, of which number 4 is broken."""

    @property
    def labels(self) -> tuple[str, ...]:
        return ("a",)

    def __len__(self) -> int:
        return 6

    def __getitem__(self, place: int) -> Sample:
        if place == 4:
            raise whylight.PictureError("it is broken")
        return Sample(f"n{place}", Image.effect_noise((32, 32), 20 + 10 * place).convert("RGB"), 0, str(place))


def test_pictures_of_a_data_set_are_drawn_by_the_seed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "open_dataset", lambda text, root: Album(), raising=False)
    names = []
    for seed in (0, 0, 1):
        run("compare", "--data", "album", "--limit", 3, "--seed", seed, *QUICK)
        names.append([item["picture"] for item in results_in(Path("whylight-compare"))["items"]])
    assert names[0] == names[1] != names[2]
    answer = run("compare", "--data", "album", *QUICK)
    assert answer.exit_code == 1
    assert "it is broken" in answer.stderr
    results = results_in(Path("whylight-compare"))
    assert sorted(item["picture"] for item in results["items"] if "error" not in item) == ["n0", "n1", "n2", "n3", "n5"]
    assert results["plan"]["data"] == "album"


def test_the_page_has_every_number(run: Run, photos: Path) -> None:
    run("compare", photos, *QUICK)
    html = Path("whylight-compare/report.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]*>", " ", html)
    found = results_in(Path("whylight-compare"))
    for numbers in found["agreement"]["similarities"].values():
        for key in ("mean", "chance", "low", "high"):
            assert f"{numbers[key][0][1]:.2f}".replace("-", "−").replace("−0.00", "0.00") in text
    for item in found["items"]:
        assert item["picture"] in text


def test_the_manual_explains_every_key_of_the_results(run: Run, photos: Path) -> None:
    run("compare", photos, *QUICK)
    found = results_in(Path("whylight-compare"))
    numbers = found["agreement"]["similarities"]
    manual = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
    for part in (found, found["items"][0], found["agreement"], numbers, *numbers.values()):
        for key in part:
            assert f"`{key}`" in manual, f"docs/command-line.md does not explain {key}"
