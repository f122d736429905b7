"""The manual names everything that there is: methods with what they were checked against, flags, errors, options, models."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer

import whylight
from whylight import errors, registry
from whylight.classifiers import prefixes
from whylight.cli.main import app
from whylight.verdict import FLAGS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ERRORS = [name for name, value in vars(errors).items() if isinstance(value, type)]
COMMANDS: dict[str, Any] = vars(typer.main.get_command(app))["commands"]


def text(*names: str) -> str:
    return "\n".join((DOCS / name).read_text(encoding="utf-8") for name in names)


def entry(method: str) -> str:
    """The section of a method, wherever its family's page is."""
    pages = text(*(f"methods/{path.name}" for path in sorted((DOCS / "methods").glob("*.md"))))
    found = re.search(rf"^## {method}$(.*?)(?=^## |^\(|\Z)", pages, re.MULTILINE | re.DOTALL)
    assert found, f"docs/methods has no section «## {method}»"
    return found.group(1)


@pytest.mark.parametrize("method", registry.names("methods"))
def test_a_method_has_a_section_with_all_that_is_owed(method: str) -> None:
    section = entry(method)
    assert f"```{{method-entry}} {method}\n```" in section
    for label in ("Cost", "Checked against", "Differs from the paper"):
        assert re.search(rf"^- \*\*{label}\*\*: \S", section, re.MULTILINE), f"{method} lacks «- **{label}**: …»"


@pytest.mark.parametrize("method", registry.names("methods"))
def test_a_method_stands_in_the_table(method: str) -> None:
    assert f"| [`{method}`](" in text("methods/index.md")


MEASURES = (*registry.names("metrics"), *registry.names("controls"))


@pytest.mark.parametrize("name", MEASURES)
def test_a_metric_or_control_has_a_section_with_all_that_is_owed(name: str) -> None:
    pages = text(*(f"metrics/{path.name}" for path in sorted((DOCS / "metrics").glob("*.md"))))
    found = re.search(rf"^## {name}$(.*?)(?=^## |^\(|\Z)", pages, re.MULTILINE | re.DOTALL)
    assert found, f"docs/metrics has no section «## {name}»"
    owed = ("Settings", "Traps", "Checked against" if name in registry.names("metrics") else "What it is for")
    for label in owed:
        assert re.search(rf"^- \*\*{label}\*\*: \S", found.group(1), re.MULTILINE), f"{name} lacks «- **{label}**: …»"


@pytest.mark.parametrize("metric", registry.names("metrics"))
def test_a_metric_stands_in_the_table(metric: str) -> None:
    assert re.search(rf"^\| \[`{metric}`\]\(", text("metrics/index.md"), re.MULTILINE)


@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_is_explained(flag: str) -> None:
    assert f"| `{flag}` | " in text("concepts.md")


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_explained(error: str) -> None:
    assert f"`{error}`" in text("concepts.md")


@pytest.mark.parametrize("prefix", [prefix for prefix in prefixes() if prefix != "bundled"])
def test_a_kind_of_model_is_explained(prefix: str) -> None:
    assert f"{prefix}:" in text("models.md")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_command_and_its_options_are_explained(command: str) -> None:
    page = text("command-line.md")
    assert f"## whylight {command}" in page
    assert f"```{{command-help}} {command}\n```" in page
    for parameter in COMMANDS[command].params:
        for option in parameter.opts:
            if option.startswith("--") and option != "--help":
                assert f"`{option}" in page, f"docs/command-line.md does not explain {option} of {command}"


@pytest.mark.parametrize("name", sorted(set(whylight.__all__) - set(ERRORS) - {"__version__"}))
def test_a_public_name_is_in_the_reference(name: str) -> None:
    assert re.search(rf"^\.\. auto\w+:: whylight\.{name}$", text("python.md"), re.MULTILINE)
