"""One part per file, and the command line's names are the files' names."""

import dataclasses

import pytest

from whylight import registry
from whylight.dataset import Dataset
from whylight.degradation import Degradation
from whylight.enhancer import Enhancer
from whylight.method import Method
from whylight.metric import Metric
from whylight.preparation import Preparation

BASES: dict[str, type] = {
    "methods": Method,
    "metrics": Metric,
    "controls": Method,
    "datasets": Dataset,
    "preparations": Preparation,
    "enhancers": Enhancer,
    "degradations": Degradation,
}
PARTS = [(kind, name) for kind in BASES for name in registry.names(kind)]


def test_every_kind_of_part_is_looked_at() -> None:
    assert {kind: base.__name__ for kind, base in BASES.items()} == registry.KINDS


def test_no_two_parts_share_a_name() -> None:
    asked = [name for kind, name in PARTS if kind != "datasets"]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_a_file_defines_one_part(kind: str, name: str) -> None:
    part = registry.find(kind, name)
    module = registry.modules(kind)[name]
    parts = [
        value
        for value in vars(__import__(module, fromlist=["_"])).values()
        if isinstance(value, type) and issubclass(value, BASES[kind]) and value.__module__ == module
    ]
    assert parts == [part]
    assert part.__name__.lower() == name.replace("_", "")


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_a_part_is_a_frozen_value(kind: str, name: str) -> None:
    part = registry.find(kind, name)
    assert dataclasses.is_dataclass(part)
    assert part.__dataclass_params__.frozen  # type: ignore[attr-defined]  # typeshed does not know it
    assert part.__dataclass_params__.eq  # type: ignore[attr-defined]  # typeshed does not know it


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_a_part_is_summed_up_in_one_sentence(kind: str, name: str) -> None:
    summary = registry.summary(kind, name)
    assert 20 <= len(summary) <= 250
    assert ":" in summary
    assert summary.endswith((".", ":"))
