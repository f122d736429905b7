"""What may not stand in the tree: code run by loading weights, paths of one machine, addresses of package hosts."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.~}/])/(work|farm|tmp|home|root)/\w",
    "an address that pip looks in": r"--(find-links|index-url|extra-index-url|trusted-host)\b",
}
CODE_BY_LOADING = (
    r"\bimport (pickle|dill|joblib|cloudpickle)\b|\bpickle\.loads?\b|\btorch\.load\((?!.*weights_only=True)"
)


def tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def lines_with(pattern: str, paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        if path.suffix in {".png", ".jpg", ".npz", ".safetensors", ".woff2"} or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if re.search(pattern, line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    return found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_tree_is_free_of(what: str) -> None:
    assert lines_with(FORBIDDEN[what], tracked()) == []


def test_loading_weights_runs_no_code() -> None:
    assert lines_with(CODE_BY_LOADING, tracked("src/*.py")) == []


def test_files_are_small() -> None:
    large = {path.name: path.stat().st_size for path in tracked() if path.stat().st_size > 4 * 2**20}
    assert large == {}
