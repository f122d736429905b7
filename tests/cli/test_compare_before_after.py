"""``whylight compare --before … --after …``: what is gained, what is changed, and what is said of it."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from skimage.metrics import peak_signal_noise_ratio
from torch import Tensor, nn

from whylight import classifiers, datasets
from whylight.classifier import Classifier
from whylight.classifiers.enhanced import enhanced
from whylight.comparison.before_after.degraded import degraded
from whylight.degradations.gaussian_noise import GaussianNoise
from whylight.frame import Resizing
from whylight.report import before_after_files
from whylight.types import Images

from .conftest import Run
from .test_compare_models import Shelf

Compare = Callable[..., dict[str, Any]]


class Inverted(nn.Module):
    """Dark becomes bright."""

    def forward(self, images: Tensor) -> Tensor:
        return 1 - images


@pytest.fixture
def _models(run: Run, convolution: Classifier, black_box: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that are named, in place of the one that ``run`` knows, and the data set ``shelf``, of which picture 7 is
    broken."""
    del run  # it has to come first
    plain = replace(convolution, name="plain")
    models = {
        "plain": plain,
        "same": replace(convolution, name="same"),
        "inverted": enhanced(plain, Inverted().eval(), "inverted"),
        "half": replace(convolution, name="half", resizing=Resizing((16, 16), None)),
        "box": black_box,
        "grey": replace(convolution, name="grey", resizing=Resizing((32, 32), None, channels=1)),
        "other": replace(convolution, name="other", labels=("v", "w", "x", "y", "z")),
    }
    monkeypatch.setattr(classifiers, "load", lambda text, *, device: models[text])
    monkeypatch.setattr(datasets, "open_dataset", lambda text, root: Shelf(), raising=False)


@pytest.fixture
def compare(run: Run, _models: None, monkeypatch: pytest.MonkeyPatch) -> Compare:
    """Runs without drawing the figures, which takes longer than all the rest; gives the results."""
    monkeypatch.setattr(before_after_files, "_figures", lambda document, drawn: iter(()))

    def compare(*words: object, code: int = 1) -> dict[str, Any]:
        answer = run("compare", "--quiet", *words)
        assert answer.exit_code == code, answer.stderr
        found: dict[str, Any] = json.loads(Path("whylight-compare/results.json").read_text(encoding="utf-8"))
        return found

    return compare


@pytest.fixture
def shelf(convolution: Classifier) -> tuple[Images, Tensor]:
    """The pictures that can be read, and the label of each as the classifier counts."""
    samples = [Shelf()[place] for place in range(12) if place != 7]
    labels = torch.tensor([1 + (sample.label or 0) for sample in samples])
    return torch.stack([convolution.fit(sample.picture)[0] for sample in samples]), labels


WHOLE = ("--data", "shelf", "--limit", 4, "--score", "all", "--after", "inverted")


def test_gains_are_those_of_the_answers(
    compare: Compare, convolution: Classifier, shelf: tuple[Images, Tensor]
) -> None:
    images, truth = shelf
    before, after = (convolution.logits(each).argmax(dim=1) == truth for each in (images, 1 - images))
    found = compare(*WHOLE, code=0)["before_after"]
    gain = found["gain"]
    fixed, broken = int((after & ~before).sum()), int((before & ~after).sum())
    assert (gain["pictures"], gain["fixed"], gain["broken"]) == (11, fixed, broken)
    assert (gain["before"]["right"], gain["after"]["right"]) == (int(before.sum()), int(after.sum()))
    assert gain["p"] == pytest.approx(binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0)
    assert gain["gain"] == pytest.approx((fixed - broken) / 11)
    assert gain["low"] <= gain["gain"] <= gain["high"]
    names = [f"n{place}" for place in range(12) if place != 7]
    assert {row["picture"] for row in found["fixed"]} == {names[at] for at in range(11) if after[at] and not before[at]}
    assert {row["picture"] for row in found["broken"]} == {
        names[at] for at in range(11) if before[at] and not after[at]
    }
    assert sum(row["fixed"] for row in found["by_class"]) == fixed
    assert {row["label"] for row in found["by_class"]} == {"Bee", "cat", "dog"}
    assert {row["variant"] for row in found["variants"]} >= {"blur_1", "blur_2", "shuffled_signs", "other_picture"}
    assert found["verdict"] in {"no_gain", "not_asked"}


def test_pictures_and_maps_are_measured(compare: Compare, shelf: tuple[Images, Tensor]) -> None:
    images, _ = shelf
    results = compare(*WHOLE, code=0)
    found = results["before_after"]
    wanted = [peak_signal_noise_ratio(one, 1 - one, data_range=1) for one in images.double().numpy()]
    assert found["quality"][0]["psnr"]["mean"] == pytest.approx(np.mean(wanted), rel=1e-5)
    assert found["quality"][0]["psnr"]["quantiles"]["0.5"] == pytest.approx(np.median(wanted), rel=1e-5)
    difference = (1 - 2 * images).double()
    means = [channel["mean"] for channel in found["difference"]["channels"]]
    assert means == pytest.approx(difference.mean(dim=(0, 2, 3)).tolist(), abs=1e-6)
    with np.load("whylight-compare/difference.npz") as maps:
        assert np.abs(maps["mean"] - difference.mean(dim=0).numpy()).max() < 1e-6
        assert maps["classes"].tolist() == ["Bee", "cat", "dog"]
    assert results["pairs"][0]["who"] == "before and after"
    item, names = results["items"][0], [f"n{at}" for at in range(12) if at != 7]
    assert item["psnr"] == pytest.approx(wanted[names.index(item["picture"])], rel=1e-5)
    assert item["target"]["label"] == item["true_label"].lower()
    assert [layer["layer"] for layer in found["layers"]] == ["0", "3"]


@pytest.mark.usefixtures("_models")
def test_everything_is_written_and_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = run("compare", *WHOLE, "--transfer", "half")
    assert answer.exit_code == 0, answer.stderr
    for words in (
        "all pictures",
        "blurred by 1 pixel",
        "PSNR",
        "half",
        "look at the same place",
        "Open whylight-compare",
    ):
        assert words in answer.stdout or words == "look at the same place"
    out = Path("whylight-compare")
    figures = {"difference", "difference-classes", "spectrum", "attention", "layer-1", "layer-2"}
    names = {path.name for path in out.iterdir()}
    assert {"results.json", "report.html", "difference.npz"} | {f"{name}.png" for name in figures} <= names
    html = (out / "report.html").read_text(encoding="utf-8")
    for words in ("What does the enhancer change?", "McNemar", "What the classifier wants to see", "Other classifiers"):
        assert words in html
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert set(results["items"][0]["files"].values()) <= names
    monkeypatch.setattr(before_after_files, "_figures", lambda document, drawn: iter(()))
    run("compare", "--data", "shelf", "--limit", 4, "--after", "same", "--before", "plain")
    assert not (out / "difference.npz").exists()  # what an earlier run left is cleared away


def test_other_classifiers_are_scored_with_and_without(
    compare: Compare, convolution: Classifier, shelf: tuple[Images, Tensor]
) -> None:
    images, truth = shelf
    rows = compare(*WHOLE, "--transfer", "same", code=0)["before_after"]["transfer"]
    assert [row["first"] for row in rows] == ["same"]
    wanted = [int((convolution.logits(each).argmax(dim=1) == truth).sum()) for each in (images, 1 - images)]
    assert [rows[0]["before"]["right"], rows[0]["after"]["right"]] == wanted
    pairs = ("--before", "plain", "--before", "same", "--after", "inverted", "--after", "inverted")
    more = compare("--data", "shelf", "--score", "all", "--limit", 3, *pairs, code=0)["before_after"]["transfer"]
    assert [(row["first"], row["second"]) for row in more] == [("same", "inverted")]
    assert [more[0]["before"]["right"], more[0]["after"]["right"]] == wanted


def test_two_classifiers_without_an_enhancer(compare: Compare) -> None:
    results = compare("--data", "shelf", "--before", "plain", "--after", "same")
    found = results["before_after"]
    assert found["unchanged"] == "same has no enhancer, so that both classifiers see the same pictures"
    assert (found["quality"], found["difference"], found["variants"], found["verdict"]) == ([], None, [], None)
    assert (found["gain"]["fixed"], found["gain"]["broken"]) == (0, 0)
    assert results["pairs"][0]["mean"] == pytest.approx(1)
    assert found["layers"][0]["change"] == pytest.approx(0)
    assert "same has no enhancer" in Path("whylight-compare/report.html").read_text(encoding="utf-8")


def test_classifiers_of_other_sizes(compare: Compare) -> None:
    found = compare("--data", "shelf", "--before", "half", "--after", "inverted")["before_after"]
    assert found["quality"][0]["of"] == "after"
    assert found["layers"] == []


def test_degraded_pictures(compare: Compare, convolution: Classifier) -> None:
    noise = ("--degrade", "gaussian_noise:sigma=0.2")
    results = compare(*WHOLE, *noise, code=0)
    assert results["plan"]["degrade"] == {"name": "gaussian_noise", "sigma": 0.2}
    quality = {(row["of"], row["beside"]): row for row in results["before_after"]["quality"]}
    assert set(quality) == {("after", "before"), ("before", "clean"), ("after", "clean")}
    noisy, pictures = degraded(convolution, GaussianNoise(0.2)), [Shelf()[at].picture for at in range(12) if at != 7]
    wanted = [
        peak_signal_noise_ratio(convolution.fit(each)[0].numpy(), noisy.fit(each)[0].numpy(), data_range=1)
        for each in pictures
    ]
    assert quality["before", "clean"]["psnr"]["mean"] == pytest.approx(np.mean(wanted), rel=1e-4)
    assert torch.equal(noisy.fit(pictures[0])[0], noisy.fit(pictures[0])[0])
    seen = convolution.logits(torch.stack([noisy.fit(each)[0] for each in pictures])).argmax(dim=1)
    right = int((seen == torch.tensor([1 + at % 3 for at in range(12) if at != 7])).sum())
    assert results["before_after"]["gain"]["before"]["right"] == right


def test_files_have_no_true_labels(compare: Compare, run: Run, album: Path) -> None:
    results = compare(album, "--after", "inverted")
    found = results["before_after"]
    assert (found["gain"], found["variants"], found["verdict"], found["pictures"]) == (None, [], None, 2)
    assert results["plan"]["target"] == "before"
    assert len([item for item in results["items"] if "error" not in item]) == 2
    assert {Path(item["picture"]).name for item in results["items"] if "error" in item} == {"empty.png", "words.jpg"}
    assert "which answers are right is not known" in Path("whylight-compare/report.html").read_text(encoding="utf-8")


def test_a_black_box_shows_no_attention(compare: Compare) -> None:
    results = compare("--data", "shelf", "--before", "box", "--after", "inverted")
    assert "is a black box" in results["before_after"]["attention_absent"]
    assert (results["agreement"], results["pairs"], results["before_after"]["layers"]) == (None, [], [])
    assert all(math.isfinite(item["psnr"]) for item in results["items"] if "error" not in item)
    assert [item["error"] for item in results["items"] if "error" in item] == ["it is broken"]


def test_one_label_for_both(compare: Compare) -> None:
    for target in ("top1", "top1:after", "bee"):
        results = compare("--data", "shelf", "--after", "inverted", "--target", target)
        items = [item for item in results["items"] if "error" not in item]
        side = {"top1": "before", "top1:after": "after"}.get(target)
        wanted = [item[side]["predicted"] if side else "bee" for item in items]
        assert [item["target"]["label"] for item in items] == wanted


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--before", "plain"), "--before needs the classifier to compare with; name it with --after"),
        (("--transfer", "plain"), "--transfer needs the classifier to compare with"),
        (("--after", "same"), "same has no enhancer, so there is no classifier behind it"),
        (("--after", "inverted", "-m", "plain"), "expected --model or --before and --after; got both"),
        (("--before", "plain", "--before", "same", "--after", "inverted"), "expected one --before for each --after"),
        (("--before", "plain", "--after", "same", "--transfer", "half"), "--transfer puts the enhancer of same before"),
        (("--after", "inverted", "--transfer", "grey"), "makes pictures of 3 channels and grey takes 1"),
        (("--after", "inverted", "--transfer", "other"), "other is only scored, and shelf tell no true label"),
        (("--after", "inverted", "--method", "grad_cam", "--method", "saliency"), "explained by one method; got 2"),
        (("--after", "inverted", "--degrade", "fog"), "there is no degradation 'fog'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run: Run, compare: Compare, words: tuple[str, ...], sentence: str) -> None:
    answer = run("compare", "--data", "shelf", *words)
    assert answer.exit_code == 2
    assert sentence in answer.stderr
    assert answer.stderr.count("error: ") == 1
    assert not Path("whylight-compare").exists()


def test_json_is_all_that_stdout_holds(run: Run, compare: Compare) -> None:
    answer = run("compare", *WHOLE, "--json")
    assert json.loads(answer.stdout) == json.loads(Path("whylight-compare/results.json").read_text(encoding="utf-8"))


def test_the_manual_explains_every_key(compare: Compare) -> None:
    results = compare(*WHOLE, "--transfer", "same", code=0)
    manual = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
    found, item = results["before_after"], results["items"][0]
    listed = [*found["fixed"], *found["broken"], item]
    parts = [
        found,
        found["gain"],
        found["gain"]["before"],
        found["by_class"][0],
        *listed,
        item["before"],
        item["files"],
    ]
    parts += [found["quality"][0], found["quality"][0]["psnr"], found["difference"], found["difference"]["channels"][0]]
    parts += [found["difference"]["classes"][0], found["difference"]["spectrum"], found["variants"][0]]
    parts += [found["transfer"][0], found["layers"][0], found["layers"][0]["changed_most"][0]]
    for key in {*(key for part in parts for key in part), *before_after_files.FIGURES, *item["files"]}:
        assert f"`{key}`" in manual, f"docs/command-line.md does not explain {key}"
