"""Files and functions stay small, and every file says what it is about."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "whylight").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "core", "base", "engine", "handler", "misc"}


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def function_lengths(path: Path) -> dict[str, int]:
    """The lines of each function without its docstring."""
    lengths = {}
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            lengths[f"{label(path)}:{node.name}"] = (node.end_lineno or 0) - first.lineno + 1
    return lengths


def test_files_have_at_most_300_lines() -> None:
    lengths = {label(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES + TESTS}
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}


def test_functions_are_short() -> None:
    lengths = {name: lines for path in SOURCES for name, lines in function_lengths(path).items()}
    assert {name: lines for name, lines in lengths.items() if lines > 60} == {}
    ordered = sorted(lengths.values())
    assert ordered[len(ordered) // 2] <= 12
    assert ordered[int(len(ordered) * 0.9)] <= 30


def test_files_say_what_they_are_about() -> None:
    assert [label(path) for path in SOURCES if parsed(path).body and not ast.get_docstring(parsed(path))] == []


def test_names_of_files_say_something() -> None:
    for path in SOURCES + TESTS:
        words = {word for part in path.relative_to(ROOT).with_suffix("").parts for word in part.strip("_").split("_")}
        assert not (words & EMPTY_NAMES), label(path)


def test_names_of_classes_say_something() -> None:
    named = [
        f"{label(path)}:{node.name}"
        for path in SOURCES + TESTS
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
    ]
    assert [name for name in named if name.lower().endswith(("manager", "helper", "handler"))] == []


METHODS = [path for path in SOURCES if "methods" in path.parts and path.parent.name != "methods"]


@pytest.mark.parametrize("path", [path for path in METHODS if not path.name.startswith("_")], ids=label)
def test_a_method_is_tested_in_the_folder_of_its_family(path: Path) -> None:
    """Beside the contracts that all methods keep: a test that knows what this one should find."""
    folder = ROOT / "tests" / path.relative_to(ROOT / "src" / "whylight").parent
    tests = "".join(test.read_text(encoding="utf-8") for test in folder.glob("test_*.py"))
    assert re.search(rf"\b{path.stem}\b", tests), f"no file of {label(folder)} names {path.stem}"
