"""The page of errors has every sentence that the tests of the command expect, and the exit codes."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from whylight.cli._failures import ExitCode

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


def _sentences() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sentences", ROOT / "tests" / "cli" / "sentences.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLE = _sentences()


@pytest.mark.parametrize("sentence", sorted({*TABLE.MODELS.values(), *TABLE.PICTURES.values()}))
def test_a_sentence_is_explained(sentence: str) -> None:
    assert sentence in PAGE


@pytest.mark.parametrize("code", ExitCode)
def test_an_exit_code_is_explained(code: ExitCode) -> None:
    assert f"| {code.value} | " in PAGE


def test_the_page_is_in_the_table_of_contents() -> None:
    assert "\nerrors\n" in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
