"""The program itself: help, version, and nothing heavy before it is needed."""

import subprocess
import sys

import pytest

import whylight

from .conftest import Run

HEAVY = ("torch", "numpy", "matplotlib", "skimage", "PIL", "jinja2")


def test_help_without_a_command(run: Run) -> None:
    answer = run()
    assert answer.exit_code == 0, repr(answer.exception)
    assert "explain" in answer.stdout
    assert "list" in answer.stdout


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"whylight {whylight.__version__}\n"


@pytest.mark.parametrize("words", [("--help",), ("explain", "--help"), ("list", "--help")])
def test_help_shows_examples_and_ends_well(run: Run, words: tuple[str, ...]) -> None:
    answer = run(*words)
    assert answer.exit_code == 0, repr(answer.exception)
    assert "whylight" in answer.stdout
    assert "Exit codes" in answer.stdout or "list" in words


def test_help_of_explain_names_every_option(run: Run) -> None:
    shown = run("explain", "--help").stdout
    for option in ("--model", "--method", "--target", "--out", "--seed", "--device", "--batch-size", "--precision",
                   "--strict", "--json", "--quiet"):  # fmt: skip
        assert option in shown


@pytest.mark.parametrize("words", [["--help"], ["explain", "--help"], ["--version"], ["list", "methods"]])
def test_nothing_heavy_is_imported_before_it_is_needed(words: list[str]) -> None:
    code = (
        "import sys\nfrom whylight.cli.main import app\n"
        f"try: app({words!r})\nexcept SystemExit: pass\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert answer.stderr == "[]\n"


def test_python_m_is_the_program() -> None:
    answer = subprocess.run([sys.executable, "-m", "whylight", "--version"], capture_output=True, text=True, check=True)
    assert answer.stdout == f"whylight {whylight.__version__}\n"
