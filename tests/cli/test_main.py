"""The program itself: help, version, and nothing heavy before it is needed."""

import subprocess
import sys

import pytest
import typer

import whylight
from whylight.cli import main

from .conftest import Run

HEAVY = {
    *("torch", "torchvision", "timm", "transformers", "onnxruntime", "captum", "sklearn", "skops", "tensorboard"),
    *("numpy", "scipy", "skimage", "pandas", "pyarrow", "matplotlib", "PIL", "safetensors", "jaxtyping", "jinja2"),
    *("ray", "sqlalchemy", "alembic", "psycopg", "fastapi", "starlette", "uvicorn"),
}
COMMANDS = ("explain", "compare", "evaluate", "concepts", "judge", "serve", "learn", "list")
GROUPS = {"train": ("classifier", "enhancer", "infodisent", "svm"), "store": ("export", "import")}
HELP = [
    (),
    *((name,) for name in (*COMMANDS, *GROUPS)),
    *((name, one) for name, all_ in GROUPS.items() for one in all_),
]


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


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    asked = [*([*words, "--help"] for words in HELP), ["--version"], ["list", "methods"]]
    code = (
        "import sys\nfrom whylight.cli.main import app\n"
        f"for words in {asked}:\n"
        "    try: app(words)\n"
        "    except SystemExit: pass\n"
        f"    if found := {HEAVY!r} & set(sys.modules): sys.exit(f'{{words}}: {{sorted(found)}}')\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert answer.stderr == ""


def test_the_help_of_every_command_is_looked_at() -> None:
    assert {*COMMANDS, *GROUPS} == registered(main.app)
    assert {name: set(ones) for name, ones in GROUPS.items()} == {
        str(group.name): registered(group.typer_instance) for group in main.app.registered_groups
    }


def registered(program: typer.Typer | None) -> set[str]:
    """The names of a program's commands and groups."""
    assert program is not None
    commands = {str(each.name) for each in program.registered_commands}
    return commands | {str(each.name) for each in program.registered_groups}


def test_python_m_is_the_program() -> None:
    answer = subprocess.run([sys.executable, "-m", "whylight", "--version"], capture_output=True, text=True, check=True)
    assert answer.stdout == f"whylight {whylight.__version__}\n"
