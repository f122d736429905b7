"""``{method-entry} NAME``: a method's page entry made from its own file: idea, formula, source, settings, what it needs."""

import ast
import inspect
import re
from dataclasses import MISSING, fields
from textwrap import dedent
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from whylight import registry
from whylight.method import Method

NEEDS = {
    "OUTPUTS": "outputs only: works on a black box",
    "GRADIENTS": "gradients of a torch network",
    "FEATURES": "the layers of a torch network",
}


class MethodEntry(SphinxDirective):
    """Everything that the method's file says, so that the manual cannot say something else."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Paragraphs of the module's docstring, then the settings and the access."""
        name = self.arguments[0]
        part: Any = registry.find("methods", name)
        module = inspect.getmodule(part)
        made = [block(text) for text in paragraphs(inspect.getdoc(module) or "")]
        made.append(labelled("Settings", settings(name, part)))
        made += [prose(text) for base in part.__mro__ if (text := own_docstring(base))]
        made.append(labelled("Needs", NEEDS[part.needs.name]))
        return made


def paragraphs(docstring: str) -> list[str]:
    """The blocks between empty lines."""
    return [text for text in re.split(r"\n\s*\n", docstring) if text.strip()]


def block(text: str) -> nodes.Element:
    """An indented block is a formula and stays as it is; anything else is prose."""
    if text.startswith(" "):
        formula = dedent(text)
        return nodes.literal_block(formula, formula, language="text")
    return prose(text)


def prose(text: str) -> nodes.paragraph:
    """A paragraph in which only double backticks mean something."""
    paragraph = nodes.paragraph()
    for position, piece in enumerate(re.split(r"``(.+?)``", " ".join(text.split()))):
        paragraph += nodes.literal(piece, piece) if position % 2 else nodes.Text(piece)
    return paragraph


def labelled(label: str, text: str) -> nodes.paragraph:
    """A paragraph that begins with a bold word."""
    paragraph = prose(text)
    paragraph.insert(0, [nodes.strong(label, label), nodes.Text(": ")])
    return paragraph


def settings(name: str, part: Any) -> str:
    """The description that the command line takes, with every setting at its default."""
    given = [f"{setting.name}={default(setting)}" for setting in fields(part)]
    return f"``{name}:{','.join(given)}``" if given else f"``{name}``, none to choose"


def default(setting: Any) -> str:
    """A default as it is written on the command line; `…` where one must be given."""
    if setting.default is MISSING:
        return "…" if setting.default_factory is MISSING else written(setting.default_factory())
    return written(setting.default)


def written(value: Any) -> str:
    """A value as it is written on the command line."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, Method):
        return registry.name_of(value)
    return "(" + ",".join(map(written, value)) + ")" if isinstance(value, tuple) else str(value)


def own_docstring(part: type) -> str:
    """The docstring that a method's class was given by hand, not the signature that dataclass writes."""
    if not part.__module__.startswith("whylight.methods."):
        return ""
    tree = ast.parse(inspect.getsource(part).lstrip())
    first = tree.body[0]
    return (ast.get_docstring(first) or "") if isinstance(first, ast.ClassDef) else ""


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_directive("method-entry", MethodEntry)
    return {"parallel_read_safe": True}
