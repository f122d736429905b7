"""One part per file, and the command line's names are the files' names."""

import dataclasses

import pytest

from whylight import registry
from whylight.method import Method


@pytest.mark.parametrize("name", registry.names("methods"))
def test_a_file_defines_one_method(name: str) -> None:
    part = registry.find("methods", name)
    module = registry.modules("methods")[name]
    methods = [
        value
        for value in vars(__import__(module, fromlist=["_"])).values()
        if isinstance(value, type) and issubclass(value, Method) and value.__module__ == module
    ]
    assert methods == [part]
    assert part.__name__.lower() == name.replace("_", "")


@pytest.mark.parametrize("name", registry.names("methods"))
def test_a_method_is_a_frozen_value(name: str) -> None:
    part = registry.find("methods", name)
    assert dataclasses.is_dataclass(part)
    assert part.__dataclass_params__.frozen  # type: ignore[attr-defined]  # typeshed does not know it
    assert part.__dataclass_params__.eq  # type: ignore[attr-defined]  # typeshed does not know it


@pytest.mark.parametrize("name", registry.names("methods"))
def test_a_method_is_summed_up_in_one_sentence(name: str) -> None:
    summary = registry.summary("methods", name)
    assert 20 <= len(summary) <= 250
    assert ":" in summary
    assert summary.endswith((".", ":"))
