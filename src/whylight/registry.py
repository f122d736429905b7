"""The folder is the registry: a file in ``methods/*/`` is a method, and its name is the file's name; likewise ``metrics``,
and ``datasets``, ``controls``, ``preparations``, ``enhancers`` and ``degradations``, which have no families.

``describe`` writes a part as plain data and ``build`` makes it again, so that a command line, a form, a row and another
machine share one description. ``read`` does the same from text (``rise:samples=500``).
"""

import ast
import importlib
import math
import pkgutil
import types
import typing
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from whylight import spec
from whylight.errors import SpecError

if TYPE_CHECKING:
    import whylight.method  # named in a signature only: reading a list of parts must not load torch

KINDS = {
    "methods": "Method",
    "metrics": "Metric",
    "controls": "Method",
    "datasets": "Dataset",
    "preparations": "Preparation",
    "enhancers": "Enhancer",
    "degradations": "Degradation",
}
"""A folder of parts, and the class that they are."""


@cache
def modules(kind: str) -> dict[str, str]:
    """The name of every part of a kind and the module that defines it; nothing heavy is imported."""
    found: dict[str, str] = {}
    root = Path(str(files("whylight") / kind))
    families = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("_"))
    for folder in (root, *families):
        for module in pkgutil.iter_modules([str(folder)]):
            if not (module.name.startswith("_") or module.ispkg):
                inside = "" if folder == root else f"{folder.name}."
                found[module.name] = f"whylight.{kind}.{inside}{module.name}"
    return found


def names(kind: str) -> tuple[str, ...]:
    """All names of a kind, sorted."""
    return tuple(sorted(modules(kind)))


def summary(kind: str, name: str) -> str:
    """The first sentence of a part's file, read without importing it."""
    path = Path(str(files("whylight"))).joinpath(*modules(kind)[name].split(".")[1:]).with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.split("\n\n")[0].replace("\n", " ")


def find(kind: str, name: str) -> type:
    """The class of a part; raises SpecError for an unknown name, with the nearest known ones."""
    if name not in modules(kind):
        near = get_close_matches(name, names(kind), n=3) or names(kind)
        raise SpecError(f"there is no {kind.removesuffix('s')} {name!r}; did you mean {', '.join(near)}?")
    module = importlib.import_module(modules(kind)[name])
    base = KINDS[kind]
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__ and _is_a(value, base):
            return value
    raise SpecError(f"the file of {name!r} defines no {base}")


def _is_a(value: type, base: str) -> bool:
    return is_dataclass(value) and any(parent.__name__ == base for parent in value.__mro__[1:])


def name_of(part: object) -> str:
    """The name that a part has on the command line; its class's where a user's own code defines it."""
    return spec.name_of(part)


def describe(part: Any) -> dict[str, Any]:
    """A part as plain data: its name and all its settings, parts inside it too."""
    plain: dict[str, Any] = {"name": name_of(part)}
    for setting in fields(part):
        value = getattr(part, setting.name)
        if is_dataclass(value):
            plain[setting.name] = describe(value)
        else:
            plain[setting.name] = list(value) if isinstance(value, tuple) else value
    return plain


def build(kind: str, plain: dict[str, Any]) -> Any:
    """The part that ``describe`` wrote; raises SpecError for an unknown name or setting, or a value of another type."""
    if not isinstance(plain.get("name"), str):
        raise SpecError(f"expected a part's name and settings, such as {{'name': 'grad_cam'}}; got {plain!r}")
    part = find(kind, plain["name"])
    given = {key: value for key, value in plain.items() if key != "name"}
    _check_settings(part, given)
    hints = get_type_hints(part)
    for key, value in given.items():
        if not _fits(value, hints[key]):
            raise SpecError(f"{plain['name']}:{key} cannot be {value!r}; `whylight list` shows what it can be")
    built = {
        key: build(kind, value) if isinstance(value, dict) else tuple(value) if isinstance(value, list) else value
        for key, value in given.items()
    }
    return _make(part, built)


def read(kind: str, text: str) -> Any:
    """A part from ``name:key=value,…``; settings are read by the types of the part's fields.

    Raises SpecError for an unknown name or setting, or a value of another type.
    """
    described = spec.parse(text)
    part = find(kind, described.name)
    given = dict(described.settings)
    if described.value is not None:
        first = next((setting.name for setting in fields(part)), None)
        if first is None or first in given:
            raise SpecError(f"{described.name} takes settings as key=value; got {described.value!r}")
        given[first] = described.value
    _check_settings(part, given)
    hints = get_type_hints(part)
    return _make(
        part, {key: _convert(kind, f"{described.name}:{key}", value, hints[key]) for key, value in given.items()}
    )


def read_method(text: str) -> "whylight.method.Method":
    """A method from ``name:key=value,…``, such as ``rise:samples=500``; raises SpecError as ``read`` does."""
    method: whylight.method.Method = read("methods", text)
    return method


def _make(part: type, settings: dict[str, Any]) -> Any:
    try:
        return part(**settings)
    except (TypeError, ValueError) as error:
        raise SpecError(f"{part.__module__.rpartition('.')[2]}: {error}") from error


def _check_settings(part: type, given: dict[str, Any]) -> None:
    known = [setting.name for setting in fields(part)]
    for key in given:
        if key not in known:
            name = part.__module__.rpartition(".")[2]
            raise SpecError(f"{name} has no setting {key!r}; it has {', '.join(known) or 'none'}")


def _fits(value: Any, hint: Any) -> bool:
    """Whether a plain value can stand for a field of that type: a list for a tuple, a description for a part."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, alternative) for alternative in get_args(hint))
    if origin is Literal:
        return value in get_args(hint)
    if origin is tuple:
        return isinstance(value, list | tuple) and all(_fits(each, get_args(hint)[0]) for each in value)
    if hint in (int, float):
        return isinstance(value, (int, hint)) and not isinstance(value, bool)
    if hint in (bool, str, type(None)):
        return isinstance(value, hint)
    return hint is Any or isinstance(value, dict)


def _convert(kind: str, where: str, text: str, hint: Any) -> Any:
    """Text as the field's type; the first alternative of a union that fits."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _convert_union(kind, where, text, get_args(hint))
    if origin is Literal:
        return _convert_literal(where, text, get_args(hint))
    if origin is tuple:
        return tuple(_convert(kind, where, piece.strip(), get_args(hint)[0]) for piece in spec.split(text))
    if hint is bool:
        return _convert_literal(where, text.lower(), ("true", "false")) == "true"
    if hint in (int, float):
        return _convert_number(where, text, hint)
    if not text:
        raise SpecError(f"{where} has no value behind its =; give one, or leave the setting out")
    return text if hint in (str, typing.Any) else read(kind, text)


def _convert_union(kind: str, where: str, text: str, alternatives: tuple[Any, ...]) -> Any:
    if type(None) in alternatives and text.lower() == "none":
        return None
    problems = []
    for alternative in (each for each in alternatives if each is not type(None)):
        try:
            return _convert(kind, where, text, alternative)
        except SpecError as error:
            problems.append(str(error))
    raise SpecError(problems[0])


def _convert_literal(where: str, text: str, choices: tuple[Any, ...]) -> Any:
    for choice in choices:
        if text == str(choice):
            return choice
    raise SpecError(f"{where} must be one of {', '.join(map(str, choices))}; got {text!r}")


def _convert_number(where: str, text: str, kind: type) -> Any:
    wanted = SpecError(f"{where} must be {'a whole number' if kind is int else 'a number'}; got {text!r}")
    try:
        number = kind(text)
    except ValueError:
        raise wanted from None
    if not math.isfinite(number):
        raise wanted
    return number
