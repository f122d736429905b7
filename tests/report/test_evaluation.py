"""The page of an evaluation: every number of the summary, curves, pictures, and hostile names."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.methods.gradient.saliency import Saliency
from whylight.plots.scores import measured
from whylight.report import evaluation, evaluation_pictures
from whylight.runs import rows
from whylight.runs.plan import Plan
from whylight.runs.summary import Failure, Line, Overall, Pair, Summary

from .test_report import EVIL, parsed

PLAN = Plan(EVIL, EVIL, ({"name": "saliency"},), ({"name": "random_map"},), ({"name": "deletion"},), pictures=9)
METRICS = ("deletion", "insertion", "gini")


def summary_of(methods: Sequence[str], metrics: Sequence[str] = METRICS, pictures: int = 9) -> Summary:
    """A made-up summary of methods, the last of which is a control."""
    random = np.random.default_rng(0)
    lines, pairs = [], []
    for metric in metrics:
        means = random.uniform(-1, 1, len(methods))
        for place, method in enumerate(methods):
            rank = 1 + int((means > means[place]).sum())
            mean = float(means[place])
            control = place == len(methods) - 1
            lines.append(Line(metric, EVIL, method, control, mean, mean - 0.1, mean + 0.1, pictures, True, rank))
            pairs += [Pair(metric, method, other, 0.123, 0.012, 0.234, 0.0345) for other in methods[place + 1 :]]
    overall = tuple(Overall(method, method == methods[-1], 1.5, 1) for method in methods)
    failures = (Failure(EVIL, None, None, "it is <b>broken</b>"), *[Failure("a", "b", "c", "same reason")] * 3)
    warnings = tuple(f"{EVIL} warning {number}" for number in range(7))
    return Summary(PLAN, pictures, tuple(lines), tuple(pairs), overall, warnings, f"use {EVIL}", failures)


def write_rows(folder: Path, methods: Sequence[str], scores: np.ndarray, *, curves: bool = True) -> None:
    """The files of a run. ``scores``: (metric, picture, method)."""
    found, drawn = [], []
    for metric, name in enumerate(METRICS):
        for place in range(scores.shape[1]):
            for number, method in enumerate(methods):
                row = {
                    "place": place, "picture": f"{place}.png", "key": str(place), "label": "cat", "target": "ant",
                    "target_index": 0, "probability": 0.5, "model": EVIL, "method": method, "control": False,
                    "metric": name, "score": float(scores[metric, place, number]),
                }  # fmt: skip
                found.append(row)
                middle = 0.5 / (number + 1)
                steps = [1.0, middle, 0.0] if place % 2 else [1.0, (1 + middle) / 2, middle, middle / 2, 0.0]
                drawn.append({**row, "curve": "area", "values": steps if place else [float("nan")] * 3})
    pq.write_table(pa.Table.from_pylist(found, rows.RESULTS), folder / "results.parquet")
    pq.write_table(pa.Table.from_pylist([], rows.TIMINGS), folder / "timings.parquet")
    if curves:
        pq.write_table(pa.Table.from_pylist(drawn, rows.CURVE_ROWS), folder / "curves.parquet")


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


@pytest.mark.parametrize("methods", [1, 20])
@pytest.mark.parametrize("metrics", [1, 20])
def test_it_is_well_formed_safe_and_fetches_nothing(methods: int, metrics: int) -> None:
    names = [f"{EVIL} {number}" for number in range(methods)]
    html = evaluation.render(summary_of(names, [f"{EVIL}:{number}" for number in range(metrics)], pictures=1))
    found = parsed(html)
    assert all(address.startswith("#") for address in found.addresses)
    assert not re.search(r"https?://|//cdn|@import|url\((?!data:)", html)
    assert [tag for tag, _ in found.tags].count("script") == 0
    assert "it is &lt;b&gt;broken&lt;/b&gt;" in html
    assert [tag for tag, _ in found.tags].count("h1") == 1


def test_the_advice_comes_first_and_every_number_is_there() -> None:
    summary = summary_of(("one", "two", "random_map"))
    html = evaluation.render(summary)
    text = text_of(html)
    assert text.index("use &lt;script&gt;") < text.index("All methods, the best first") < text.index("Metric by metric")
    for line in summary.lines:
        for value in (line.mean, line.low, line.high):
            assert measured(value) in text
    assert all(warning.replace(EVIL, "").strip() in text for warning in summary.warnings)
    for words in (
        "higher is better",
        "0.123",
        "0.0120 to 0.234",
        "0.034",
        "1.5",
        "control",
        "same reason",
        "a and 2 more",
    ):
        assert words in text
    assert html.count("against the others</summary>") == len(METRICS)


def test_bars_stand_where_the_numbers_say() -> None:
    summary = replace(summary_of(("one", "random_map"), ["deletion"]), pairs=())
    lines = (
        replace(summary.lines[0], mean=0.5, low=0.25, high=0.75, rank=2, higher_is_better=False),
        replace(summary.lines[1], mean=0.25, low=0.0, high=1.0, rank=1, higher_is_better=False),
    )
    html = evaluation.render(replace(summary, lines=lines))
    bars = re.findall(
        r'<i style="left: ([\d.]+)%; width: ([\d.]+)%"></i><b style="left: ([\d.]+)%; width: ([\d.]+)%">', html
    )
    assert [[float(number) for number in bar] for bar in bars] == [[0, 25, 0, 100], [0, 50, 25, 50]]
    assert re.findall(r'<u style="left: ([\d.]+)%">', html) == ["25.0", "25.0"]
    assert "lower is better" in html


def test_a_metric_that_is_neither_good_nor_bad_has_no_places() -> None:
    summary = summary_of(("one", "two"), ["deletion"])
    lines = tuple(replace(line, rank=None, higher_is_better=None) for line in summary.lines)
    html = evaluation.render(replace(summary, lines=lines, overall=()))
    assert "neither good nor bad" in html
    assert "<u style" not in html
    assert '<td class="right rank"' not in html


def test_it_is_written_with_curves_and_without(tmp_path: Path) -> None:
    methods = ("one", "two", "random_map")
    summary = summary_of(methods)
    bare = evaluation.write_evaluation(tmp_path, summary).read_text(encoding="utf-8")
    assert "<h2>Curves</h2>" not in bare
    write_rows(tmp_path, methods, np.random.default_rng(1).uniform(size=(3, 9, 3)))
    path = evaluation.write_evaluation(tmp_path, summary)
    assert path == tmp_path / "report.html"
    html = path.read_text(encoding="utf-8")
    parsed(html)
    assert html.count('class="line"') == 3 * 3
    first = re.findall(r'class="line" d="M([^"]*)"', html)[1]
    points = [[float(number) for number in point.split(",")] for point in first.split()]
    assert points[0] == [0, 0]
    assert points[25] == [50, 75]
    assert points[-1] == [100, 100]


def test_best_and_worst_pictures_are_those_of_the_scores(tmp_path: Path, convolution: Classifier) -> None:
    methods = ("one", "two", "random_map")
    scores = np.zeros((3, 9, 3))
    scores[0, :, 0] = [3, 9, 1, 7, np.nan, 2, 8, 4, 5]
    scores[0, :, 1] = np.nan
    write_rows(tmp_path, methods, scores)
    asked: list[tuple[int, str]] = []

    def picture_of(place: int, method: str) -> evaluation_pictures.Shown:
        asked.append((place, method))
        picture = Image.new("RGB", (40, 30), "green")
        image, frame = convolution.fit(picture)
        return evaluation_pictures.Shown(picture, frame, explain(convolution, Saliency(), image[None]))

    html = evaluation.write_evaluation(tmp_path, summary_of(methods), picture_of).read_text(encoding="utf-8")
    parsed(html)
    assert asked == [(1, "one"), (6, "one"), (2, "one"), (5, "one")]
    captions = re.findall(r'<b>([\d.]+)</b> ant<div class="hint">(\d\.png)', html)
    assert captions == [("9.00", "1.png"), ("8.00", "6.png"), ("1.00", "2.png"), ("2.00", "5.png")]
    assert "by deletion" in html


def test_a_picture_that_is_gone_does_not_cost_the_report(tmp_path: Path) -> None:
    write_rows(tmp_path, ("one", "random_map"), np.ones((3, 2, 2)), curves=False)

    def picture_of(place: int, method: str) -> evaluation_pictures.Shown:
        raise OSError("it is gone")

    page = evaluation.write_evaluation(tmp_path, summary_of(("one", "random_map")), picture_of)
    assert "<h4>Best</h4>" not in page.read_text(encoding="utf-8")


def test_one_picture_is_the_best_and_no_worst(tmp_path: Path, convolution: Classifier) -> None:
    write_rows(tmp_path, ("one", "random_map"), np.ones((3, 1, 2)), curves=False)

    def picture_of(place: int, method: str) -> evaluation_pictures.Shown:
        image, frame = convolution.fit(Image.new("RGB", (40, 30)))
        return evaluation_pictures.Shown(
            Image.new("RGB", (40, 30)), frame, explain(convolution, Saliency(), image[None])
        )

    html = evaluation.write_evaluation(tmp_path, summary_of(("one", "random_map"), pictures=1), picture_of)
    page = html.read_text(encoding="utf-8")
    assert "<h4>Best</h4>" in page
    assert "<h4>Worst</h4>" not in page


def test_targets_are_those_of_the_run(tmp_path: Path) -> None:
    write_rows(tmp_path, ("one",), torch.ones(3, 4, 1).numpy())
    assert evaluation_pictures.targets_in(tmp_path) == dict.fromkeys(range(4), 0)
