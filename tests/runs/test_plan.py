"""A plan as data and back, the names of its parts, and what differs between two."""

import json
from dataclasses import replace

import pytest

from whylight import registry
from whylight.errors import RunError
from whylight.runs.names import short, spelled
from whylight.runs.plan import differences, from_plain

from .conftest import PLAN


def test_a_plan_survives_json() -> None:
    assert from_plain(json.loads(json.dumps(PLAN.to_plain()))) == PLAN


@pytest.mark.parametrize("plain", [{}, [], {"data": "x"}, {**PLAN.to_plain(), "more": 1}])
def test_anything_else_is_no_plan(plain: object) -> None:
    with pytest.raises(RunError, match="expected a plan of whylight evaluate"):
        from_plain(plain)


@pytest.mark.parametrize(
    "text",
    [
        "saliency",
        "rise:samples=20,seed=3",
        "captum:Saliency(abs=False)",
        "lime:fill=grey,samples=7",
        "f_tc:fills=(blur,mean)",
        "smooth_grad:of=grad_cam,samples=4",
        "smooth_grad:of=(grad_cam:layer=(a,b))",
    ],
)
def test_a_name_reads_as_the_same_part(text: str) -> None:
    part = registry.read("methods", text)
    name = spelled(part)
    assert registry.read("methods", name) == part
    assert spelled(registry.read("methods", name)) == name


def test_a_name_says_what_is_not_the_default() -> None:
    assert spelled(registry.read("methods", "rise:samples=4000")) in {"rise", "rise:samples=4000"}
    assert spelled(registry.read("methods", "rise:seed=7")) == "rise:seed=7"
    assert spelled(registry.read("methods", "rise:seed=7"), seed=7) == "rise"
    assert spelled(registry.read("methods", "smooth_grad:of=(rise:samples=9),samples=3")) == (
        "smooth_grad:of=(rise:samples=9),samples=3"
    )


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("torchvision:resnet18,weights=a/b.safetensors", "torchvision:resnet18"),
        ("planted:classes=4,size=64", "planted"),
        ("python:package.module:factory", "python:package.module:factory"),
        ("bundled", "bundled"),
        ("my (network", "my (network"),
    ],
)
def test_a_model_is_called_by_its_name_alone(model: str, name: str) -> None:
    assert short(model) == name


def test_parts_of_another_plan_are_spelled_as_on_the_command_line() -> None:
    inner = {"name": "grad_cam", "layer": None, "relu": False}
    other = replace(PLAN, methods=(*PLAN.methods, {"name": "smooth_grad", "of": inner, "samples": 5}))
    assert differences(PLAN, other) == [
        "methods now have smooth_grad:of=(grad_cam:layer=none,relu=false),samples=5",
    ]


def test_differences_are_said_one_by_one() -> None:
    other = replace(
        PLAN, model="timm:x", seed=4, methods=(*PLAN.methods[:1], {"name": "rise"}), metrics=PLAN.metrics[::-1]
    )
    assert differences(PLAN, PLAN) == []
    assert differences(PLAN, other) == [
        "model was convolution, now timm:x",
        "methods had occlusion:window=8,stride=8 and now have rise",
        "metrics are in another order",
        "seed was 0, now 4",
    ]


def test_how_many_pictures() -> None:
    assert [replace(PLAN, limit=limit).count for limit in (None, 4, 99)] == [10, 4, 10]
