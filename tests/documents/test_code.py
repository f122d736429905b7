"""Code in the documents runs as it stands, and shell lines name commands and files that are there."""

import re
import shlex
from pathlib import Path

import pytest
from PIL import Image
from skimage import data
from typer.testing import CliRunner

from whylight.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/methods").glob("*.md")),
    *sorted((ROOT / "docs/metrics").glob("*.md")),
]


def blocks(language: str) -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for number, code in enumerate(
            re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
        ):
            found.append((f"{page.relative_to(ROOT)}-{number}", code))
    return found


@pytest.fixture
def _beside_a_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(data.chelsea()).save(tmp_path / "photo.jpg")
    Image.fromarray(data.chelsea()).save(tmp_path / "cat.jpg")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_beside_a_photo")
@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in blocks("python")])
def test_python_blocks_run(code: str) -> None:
    exec(compile(code, "document", "exec"), {"__name__": "document"})  # noqa: S102 (it is our own text)


LINK = r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)"
SHELL_LINES = sorted(
    {
        line.partition("#")[0].strip()
        for _, code in blocks("bash")
        for line in code.replace("\\\n", " ").splitlines()  # a line that goes on in the next
    }
    - {""}
)


@pytest.mark.parametrize("line", [line for line in SHELL_LINES if line.startswith("scripts/")])
def test_scripts_are_there(line: str) -> None:
    assert (ROOT / line.split(maxsplit=1)[0]).stat().st_mode & 0o100


@pytest.mark.parametrize("line", [line for line in SHELL_LINES if line.startswith("whylight ")])
def test_command_lines_are_understood(line: str) -> None:
    """Options that do not exist are usage errors; ``--help`` at the end keeps the command from running."""
    result = CliRunner().invoke(app, [*shlex.split(line)[1:], "--help"])
    assert result.exit_code == 0, result.output


def test_links_between_documents_lead_somewhere() -> None:
    links = [(page, target) for page in PAGES for target in re.findall(LINK, page.read_text(encoding="utf-8"))]
    broken = [f"{page.relative_to(ROOT)}: {target}" for page, target in links if not (page.parent / target).exists()]
    assert broken == []
