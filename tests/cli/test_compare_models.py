"""``whylight compare`` with several models: whose label is explained, what is said of pairs, and how often each is right."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import whylight
from whylight import classifiers, datasets
from whylight.classifier import Classifier
from whylight.dataset import Dataset, Sample
from whylight.types import Images, Logits

from .conftest import Run

QUICK = ("--method", "occlusion:window=16,stride=16")
Compare = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Shelf(Dataset):
    """Twelve pictures in three classes, by the convolution's second, third and fourth label; one is broken."""

    @property
    def labels(self) -> tuple[str, ...]:
        return ("Bee", "cat", "dog")

    def __len__(self) -> int:
        return 12

    def __getitem__(self, place: int) -> Sample:
        if place == 7:
            raise whylight.PictureError("it is broken")
        pixels = np.random.default_rng(place).integers(0, 20 * (place + 1), (32, 32, 3), dtype=np.uint8)
        return Sample(f"n{place}", Image.fromarray(pixels), place % 3, str(place))


class Turned(nn.Module):
    """Answers the next label."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Images) -> Logits:
        logits: Logits = self.network(images).roll(1, dims=1)
        return logits


@pytest.fixture
def compare(run: Run, convolution: Classifier, monkeypatch: pytest.MonkeyPatch) -> Compare:
    """Runs with models that are named: ``plain``, its copy ``same``, ``turned`` (always another label) and ``other`` (a list
    of labels of its own), on the data set ``shelf``; gives the results."""
    assert convolution.module is not None
    turned = Turned(convolution.module).eval()
    models = {
        "plain": replace(convolution, name="plain"),
        "same": replace(convolution, name="same"),
        "turned": replace(convolution, name="turned", predict=turned, module=turned),
        "other": replace(convolution, name="other", labels=("v", "w", "x", "y", "z")),
    }
    monkeypatch.setattr(classifiers, "load", lambda text, *, device: models[text])
    monkeypatch.setattr(datasets, "open_dataset", lambda text, root: Shelf(), raising=False)

    def compare(*words: object, code: int = 1) -> dict[str, Any]:
        answer = run("compare", *QUICK, "--quiet", *words)
        assert answer.exit_code == code, answer.stderr
        found: dict[str, Any] = json.loads(Path("whylight-compare/results.json").read_text(encoding="utf-8"))
        return found

    return compare


def explained(results: dict[str, Any]) -> list[list[str]]:
    """The labels that the models explain, picture by picture."""
    return [
        [answer["target"]["label"] for answer in item["answers"]] for item in results["items"] if "error" not in item
    ]


def test_each_models_own_label_and_those_that_differ_are_told_apart(compare: Compare, convolution: Classifier) -> None:
    results = compare("--data", "shelf", "-m", "plain", "-m", "turned")
    assert all(first != second for first, second in explained(results))
    models = results["models"]
    assert models["explained"] == "each model's own most probable label"
    assert models["same_label"] == 0
    assert models["other_labels"]["pictures"] == results["agreement"]["pictures"] == 11
    assert models["predictions"] == [{"first": "plain", "second": "turned", "alike": 0, "pictures": 11, "share": 0.0}]
    again = compare("--data", "shelf", "-m", "plain", "-m", "same")
    assert again["models"]["other_labels"] is None
    assert again["models"]["predictions"][0]["share"] == 1
    assert again["pairs"][0]["mean"] == pytest.approx(1)
    assert again["pairs"][0]["conclusion"] == "same_place"


def test_one_models_label_for_all(compare: Compare) -> None:
    for name in ("top1:turned", "top1:2"):
        results = compare("--data", "shelf", "-m", "plain", "-m", "turned", "--target", name)
        assert all(first == second for first, second in explained(results))
        said = [item["answers"][1]["predicted"] for item in results["items"] if "error" not in item]
        assert [labels[0] for labels in explained(results)] == said
        assert results["models"]["explained"] == "what turned finds most probable"
        assert results["models"]["names"] == ["plain", "turned"]  # as they were named, though the second went first


def test_the_true_label(compare: Compare) -> None:
    results = compare("--data", "shelf", "-m", "plain", "-m", "turned", "--target", "label")
    truth = [item["true_label"].lower() for item in results["items"] if "error" not in item]
    assert [first for first, _ in explained(results)] == truth
    assert {row["class"] for row in results["classes"]} == {"Bee", "cat", "dog"}
    counts = {row["class"]: row["n"] for row in results["classes"] if row["similarity"] == "spearman"}
    assert counts == {"Bee": 4, "cat": 3, "dog": 4}
    assert results["agreement"]["similarities"]["pearson"]["n_class"][0][1] == 11


def test_scores_are_those_of_the_answers(compare: Compare, convolution: Classifier) -> None:
    shelf = Shelf()
    samples = [shelf[place] for place in range(12) if place != 7]
    images = torch.stack([convolution.fit(sample.picture)[0] for sample in samples])
    truth = torch.tensor([1 + (sample.label or 0) for sample in samples])  # a bee is the convolution's second label
    plain = convolution.logits(images).argmax(dim=1)
    results = compare("--data", "shelf", "--limit", 3, "--score", "all", "-m", "plain", "-m", "turned", code=0)
    scores = results["scores"]
    assert (scores["scope"], scores["pictures"], scores["left_out"]) == ("all", 11, 1)
    wanted = [int((answers == truth).sum()) for answers in (plain, (plain + 1) % 5)]
    assert [model["right"] for model in scores["models"]] == wanted
    assert scores["tests"][0]["only_first"] - scores["tests"][0]["only_second"] == wanted[0] - wanted[1]
    for model in scores["models"]:
        assert sum(cell["pictures"] for cell in model["confusion"]) == 11
        assert sum(row["support"] for row in model["labels"]) == 11
    few = compare("--data", "shelf", "--limit", 3, "-m", "plain", "-m", "turned", code=0)["scores"]
    assert (few["scope"], few["pictures"]) == ("limit", 3)


def test_a_model_without_the_datas_labels_is_said_and_not_scored(compare: Compare) -> None:
    results = compare("--data", "shelf", "-m", "plain", "-m", "other")
    assert results["scores"]["without_these_labels"] == ["other"]
    assert [model["model"] for model in results["scores"]["models"]] == ["plain"]
    assert results["scores"]["tests"] == []


def test_models_with_other_labels_cannot_explain_the_true_one(run: Run, compare: Compare) -> None:
    answer = run("compare", *QUICK, "--data", "shelf", "-m", "plain", "-m", "other", "--target", "label")
    assert answer.exit_code == 2
    assert "no label of shelf is one of other, so it has none of them to explain" in answer.stderr
    assert answer.stderr.count("error: ") == 1
    assert not Path("whylight-compare").exists()


def test_several_methods_of_several_models(compare: Compare) -> None:
    results = compare("--data", "shelf", "--limit", 4, "-m", "plain", "-m", "same", "--method", "saliency", code=0)
    methods = ("occlusion:window=16,stride=16", "saliency")
    assert results["agreement"]["names"] == [f"{model} · {method}" for model in ("plain", "same") for method in methods]
    assert {pair["who"] for pair in results["pairs"]} == {f"plain and same by {method}" for method in methods}


def test_figures_and_words(run: Run, compare: Compare) -> None:
    answer = run("compare", *QUICK, "--data", "shelf", "-m", "plain", "-m", "turned", "-m", "same")
    assert "explained: each model's own most probable label" in answer.stdout
    assert "plain and same look at the same place: rank correlation 1.00 (1.00 to 1.00), by chance" in answer.stdout
    assert "The models explain different labels of all 11 pictures." in answer.stdout
    out = Path("whylight-compare")
    figures = {"agreement.png", "side-by-side.png", "confusion-1.png", "confusion-2.png", "confusion-3.png"}
    assert {path.name for path in out.iterdir()} == {"results.json", "report.html"} | figures
    html = (out / "report.html").read_text(encoding="utf-8")
    for words in ("Do the models look at the same place?", "Confusion matrix", "McNemar", "Where two models explain"):
        assert words in html
    run("compare", *QUICK, "--data", "shelf", "-m", "plain", "-m", "same", "--target", "bee")
    assert not (out / "confusion-3.png").exists()  # what an earlier run left is cleared away


def test_the_manual_explains_every_key_of_models(compare: Compare) -> None:
    results = compare("--data", "shelf", "-m", "plain", "-m", "turned")
    manual = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
    models, scores, item = results["models"], results["scores"], results["items"][0]
    model = scores["models"][0]
    rows = (models["predictions"][0], models["other_labels"], results["pairs"][0], results["classes"][0], item)
    parts = (models, scores, model, model["labels"][0], model["confusion"][0], scores["tests"][0], item["answers"][0])
    for part in (*rows, *parts, results["agreement"]["entries"][0]):
        for key in part:
            assert f"`{key}`" in manual, f"docs/command-line.md does not explain {key}"
