"""``whylight list``: every part there is, and every setting of one."""

import os
import subprocess
import sys
from dataclasses import fields
from typing import Literal

import pytest

from whylight import registry
from whylight.classifiers import networks, prefixes
from whylight.cli.list import reflowed, values
from whylight.verdict import FLAGS

from .conftest import Run


@pytest.mark.parametrize(
    ("kind", "names"),
    [("methods", registry.names("methods")), ("models", prefixes()), ("flags", FLAGS), ("networks", networks.names())],
)
def test_every_name_is_listed(run: Run, kind: str, names: tuple[str, ...]) -> None:
    answer = run("list", kind)
    assert answer.exit_code == 0
    shown = {line.split()[0] for line in answer.stdout.splitlines() if line.strip()}
    assert set(names) <= shown


@pytest.mark.parametrize("name", registry.names("methods"))
def test_every_setting_is_shown_with_its_default(run: Run, name: str) -> None:
    answer = run("list", "methods", name)
    assert answer.exit_code == 0, answer.stderr
    for setting in fields(registry.find("methods", name)):
        assert any(line.split()[:1] == [setting.name] for line in answer.stdout.splitlines())
    assert "<factory>" not in answer.stdout


def test_one_model(run: Run) -> None:
    answer = run("list", "models", "onnx")
    assert "--model onnx:model.onnx" in answer.stdout
    assert "timm" not in answer.stdout


def test_a_type_in_words() -> None:
    assert values(Literal["a", "b"]) == "a | b"
    assert values(int | None) == "a whole number | none"
    assert values(tuple[float, ...]) == "(a number, …)"


def test_paragraphs_flow_and_formulas_stay() -> None:
    assert reflowed("one\ntwo\n\n    x = 1\n    y = 2\n\n``three``") == "one two\n\n    x = 1\n    y = 2\n\nthree"


@pytest.mark.parametrize(
    ("words", "example"),
    [
        (("datasets", "coco"), "--data coco:split=val2017"),
        (("methods", "grad_cam"), "--method grad_cam:relu=false"),
        (("metrics", "gini"), None),
    ],
)
def test_the_example_of_a_part_names_a_setting_with_a_value(
    run: Run, words: tuple[str, str], example: str | None
) -> None:
    said = run("list", *words).stdout
    assert ("for example" in said) == (example is not None)
    assert example is None or said.rstrip().endswith(example)


@pytest.mark.parametrize("words", [("list", "metrics"), ("--version",)])
def test_a_reader_that_has_read_enough_is_no_mistake(words: tuple[str, ...]) -> None:
    """As in ``whylight list metrics | head -1``."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        ended = subprocess.run(  # noqa: S603 - its own program
            [sys.executable, "-m", "whylight", *words],
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (0, b"")
