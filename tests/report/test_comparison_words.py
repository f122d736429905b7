"""What a comparison of models says in sentences."""

import math
from typing import Any

import pytest
import torch

from whylight.report import comparison_scores
from whylight.report.comparison_scores import Answered
from whylight.report.comparison_words import (
    apart_sentence,
    certainty,
    middle,
    of_scores,
    p_value,
    pair_sentence,
    predictions,
)


def pair(conclusion: str, **changed: Any) -> dict[str, Any]:
    numbers = {"mean": 0.81, "low": 0.7, "high": 0.9, "chance": 0.35, "class_chance": 0.5}
    return {"who": "CNN and CNN+SVM", "conclusion": conclusion} | numbers | changed


def test_a_pair_in_one_sentence() -> None:
    assert pair_sentence(pair("same_place")) == (
        "CNN and CNN+SVM look at the same place: rank correlation 0.81 (0.70 to 0.90), by chance 0.35, within a class 0.50."
    )
    said = pair_sentence(pair("no_more_than_chance", class_chance=math.nan))
    assert said.startswith("CNN and CNN+SVM are not measurably more alike than chance: ")
    assert "within a class" not in said
    assert pair_sentence(pair("nothing")) == "CNN and CNN+SVM marked nothing in the same picture."
    assert "on too few pictures to tell from chance" in pair_sentence(pair("too_few", chance=math.nan))


def test_predictions_of_two_and_of_more() -> None:
    rows = [{"alike": 42, "pictures": 50, "share": 0.84}, {"alike": 5, "pictures": 50, "share": 0.1}]
    assert (
        predictions({"predictions": rows[:1]}) == "The models find the same label most probable in 42 of 50 pictures."
    )
    assert "in 10\N{NO-BREAK SPACE}% to 84\N{NO-BREAK SPACE}% of the pictures" in predictions({"predictions": rows})


def test_pictures_with_different_labels() -> None:
    other = {"other_labels": {"pictures": 3}}
    assert apart_sentence(other | {"same_label": 5}) == (
        "All numbers come from the 5 pictures with one label for all; the 3 others are told apart."
    )
    assert apart_sentence(other | {"same_label": 0}) == "The models explain different labels of all 3 pictures."


def test_what_a_model_says_and_what_is_explained() -> None:
    answer = {"predicted": "cat", "probability": 0.9, "target": {"label": "cat"}, "target_probability": 0.9}
    assert certainty(answer) == ("cat 90\N{NO-BREAK SPACE}%",)
    other = answer | {"target": {"label": "dog"}, "target_probability": 0.2}
    assert certainty(other) == ("cat 90\N{NO-BREAK SPACE}%", "explained: dog 20\N{NO-BREAK SPACE}%")
    assert certainty(other | {"predicted": None}) == ("explained: dog",)


def test_the_middle_is_told_where_maps_are_like_it() -> None:
    found: dict[str, Any] = {"default": "a", "similarities": {"a": {"centred": [0.1, 0.2]}}}
    assert middle(found) == []
    found["similarities"]["a"]["centred"] = [0.4, math.nan, 0.7]
    assert middle(found) == ["The maps are like a bump in the middle of the picture as well: 0.40 to 0.70."]


@pytest.mark.parametrize(("p", "words"), [(1.0, "= 1.000"), (0.0124, "= 0.012"), (0.0009, "< 0.001"), (0.0, "< 0.001")])
def test_small_ps(p: float, words: str) -> None:
    assert p_value(p) == words


LABELS = ("ant", "bee")
TRUTH = torch.tensor([0] * 10 + [1] * 10 + [-1])


def scored(*answers: torch.Tensor) -> dict[str, Any]:
    names = ("first", "second")
    found = comparison_scores.scores(
        [Answered(name, LABELS, one) for name, one in zip(names, answers)], TRUTH, LABELS, "all"
    )
    assert found is not None
    return found


def test_models_that_differ_are_named() -> None:
    right = TRUTH.clone().clamp_min(0)
    told = of_scores(scored(1 - right, right))
    assert told[0].startswith("Right in 20 pictures: second 100.0\N{NO-BREAK SPACE}%")
    assert told[1] == "first and second differ in how often they are right (McNemar, p < 0.001)."
    assert of_scores(scored(right, right))[1].startswith("No two of them differ")
    assert of_scores(None) == []


def test_a_square_holds_every_answer() -> None:
    answers = TRUTH.clone().clamp_min(0)
    answers[:3] = 1
    model = scored(answers)["models"][0]
    assert comparison_scores.square(model) == (["ant", "bee"], [[7, 3], [0, 10]])
    assert [(cell["label"], cell["answer"], cell["pictures"]) for cell in comparison_scores.confused(model, 5)] == [
        ("ant", "bee", 3)
    ]


def test_labels_of_one_name_stay_two() -> None:
    """As ImageNet's two cranes."""
    found = comparison_scores.scores(
        [Answered("net", ("crane", "crane"), torch.tensor([0, 1, 1]))],
        torch.tensor([0, 0, 1]),
        ("crane", "crane"),
        "limit",
    )
    assert found is not None
    assert comparison_scores.square(found["models"][0]) == (["crane", "crane"], [[1, 1], [0, 1]])


def test_answers_that_are_none_of_the_labels_have_a_column() -> None:
    found = comparison_scores.scores(
        [Answered("net", ("ant", "bee", "emu"), torch.tensor([0, 2, 1]))], torch.tensor([0, 0, 1]), LABELS, "limit"
    )
    assert found is not None
    assert comparison_scores.square(found["models"][0]) == (["ant", "bee", None], [[1, 0, 1], [0, 1, 0]])
    assert found["models"][0]["accuracy"] == pytest.approx(2 / 3)


def test_all_models_are_scored_on_the_same_pictures() -> None:
    first, second = TRUTH.clone().clamp_min(0), TRUTH.clone().clamp_min(0)
    first[0], second[1] = -1, -1
    found = scored(first, second)
    assert (found["pictures"], found["left_out"]) == (18, 3)


def test_nothing_is_scored_without_labels() -> None:
    answers = [Answered("net", LABELS, torch.tensor([0, 1]))]
    assert comparison_scores.scores(answers, torch.tensor([-1, -1]), LABELS, "limit") is None
    assert comparison_scores.scores(answers, torch.tensor([0, 1]), ("x", "y"), "limit") is None
