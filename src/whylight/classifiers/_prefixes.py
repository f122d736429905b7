"""Which prefixes there are: a file of this folder that says ``PREFIX = "timm"`` loads ``timm:NAME``.

The files are read, not imported, so that a list of them costs nothing.
"""

import ast
from functools import cache
from importlib.resources import files
from pathlib import Path

FOLDER = Path(str(files("whylight") / "classifiers"))


@cache
def prefixes() -> dict[str, str]:
    """Every prefix and the module that loads it."""
    found = {}
    for path in sorted(FOLDER.glob("[!_]*.py")):
        prefix = _prefix(ast.parse(path.read_text(encoding="utf-8")))
        if prefix is not None:
            found[prefix] = f"whylight.classifiers.{path.stem}"
    return found


def summaries() -> dict[str, str]:
    """Every prefix and the first sentence of the file that loads it."""
    return {prefix: _summary(FOLDER / f"{module.rpartition('.')[2]}.py") for prefix, module in prefixes().items()}


def _prefix(tree: ast.Module) -> str | None:
    for line in tree.body:
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
            names = [target.id for target in line.targets if isinstance(target, ast.Name)]
            if names == ["PREFIX"]:
                return str(line.value.value)
    return None


def _summary(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.split("\n\n")[0].replace("\n", " ")
