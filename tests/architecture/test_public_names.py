"""The public names: complete, each there, none gone, and nothing heavy behind the import."""

import ast
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import whylight

PUBLISHED = [
    "Access",
    "Agreement",
    "Classifier",
    "DataError",
    "Dataset",
    "Evidence",
    "Execution",
    "Explanation",
    "LayerError",
    "Measured",
    "Method",
    "MethodError",
    "Metric",
    "MetricError",
    "MissingExtraError",
    "ModelError",
    "PictureError",
    "RunError",
    "Sample",
    "SpecError",
    "Store",
    "StoreError",
    "TargetError",
    "Truth",
    "Verdict",
    "WhylightError",
    "__version__",
    "compare",
    "execution",
    "explain",
    "from_function",
    "from_module",
    "load",
    "overlay",
    "read_method",
    "read_picture",
    "sample_picture",
]
"""A name that stands here may not disappear without a word in the changelog; new ones are added."""


def test_the_published_names_are_all_there_and_no_others() -> None:
    assert sorted(whylight.__all__) == sorted(PUBLISHED)
    assert dir(whylight) == whylight.__all__


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_name_resolves(name: str) -> None:
    assert getattr(whylight, name) is not None


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(str(whylight.__file__)).read_text(encoding="utf-8"))
    homes = {
        alias.asname: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0
        for alias in node.names
        if alias.asname
    }
    assert homes == whylight._HOME_OF


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'whylight' has no attribute 'explian'"):
        _ = whylight.explian


def test_the_version_is_the_installed_one() -> None:
    assert whylight.__version__ == version("whylight")


def test_importing_whylight_loads_the_standard_library_at_most() -> None:
    code = "import sys; before = set(sys.modules); import whylight; print(*(set(sys.modules) - before))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    loaded = {name.partition(".")[0] for name in answer.stdout.split()}
    assert loaded - sys.stdlib_module_names == {"whylight"}
