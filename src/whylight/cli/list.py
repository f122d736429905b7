"""``whylight list``: what there is to choose from."""

import inspect
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from rich.table import Table
from rich.text import Text

from whylight import registry
from whylight.cli._terminal import console
from whylight.errors import SpecError

EXAMPLES = {
    "bundled": "no --model at all",
    "torchvision": "--model torchvision:resnet18,weights=FILE.safetensors",
    "timm": "--model timm:deit_tiny_patch16_224",
    "hf": "--model hf:google/vit-base-patch16-224",
    "onnx": "--model onnx:model.onnx,labels=labels.txt",
    "python": "--model python:package.module:factory",
    "file": "--model file:checkpoint.safetensors",
    "svm": "--model svm:folder",
    "planted": "--model planted:classes=6,size=48",
}

OPTIONS = {"datasets": "data", "preparations": "prepare", "enhancers": "net", "degradations": "degrade"}
"""The option that takes a kind of part, where it is not the kind's own name."""


def list_parts(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="methods, metrics, controls, datasets, preparations, enhancers, degradations, models, networks or flags.",
            show_default=False,
        ),
    ],
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Show every setting of one of them.", show_default=False)
    ] = None,
) -> None:
    """Show what there is: methods, metrics, data sets, preparations, enhancers, degradations, models and how to name them,
    networks, flags.

    [bold]Examples[/bold]

    [cyan]whylight list methods[/cyan]

    [cyan]whylight list methods lime[/cyan] (all settings of LIME, with their defaults)

    [cyan]whylight list models[/cyan]
    """
    known = {**dict.fromkeys(registry.KINDS, _parts), "models": _models, "networks": _networks, "flags": _flags}
    if kind not in known:
        near = get_close_matches(kind, known, n=1)
        raise SpecError(f"expected {', '.join(known)}; got {kind!r}{f', did you mean {near[0]}?' if near else ''}")
    if name is not None and kind in registry.KINDS:
        print_part(kind, name)
        return
    rows = [row for row in known[kind](kind) if name in {None, row.name}]
    if not rows:
        raise SpecError(f"there is nothing named {name!r} among the {kind}; `whylight list {kind}` shows all")
    print_rows(rows)


@dataclass(frozen=True)
class Row:
    """One thing to choose: ``group`` is a heading, ``example`` how it is written."""

    name: str
    sentence: str
    group: str = ""
    example: str = ""


def _parts(kind: str) -> list[Row]:
    """Nothing is imported to find these, so it is quick."""
    found = registry.modules(kind)
    rows = [Row(name, registry.summary(kind, name), found[name].split(".")[-2]) for name in found]
    return sorted(rows, key=lambda row: (row.group, row.name))


def _models(_kind: str) -> list[Row]:
    from whylight.classifiers import summaries

    known = summaries()
    return [Row(name, known[name], example=EXAMPLES.get(name, f"--model {name}:NAME")) for name in sorted(known)]


def _networks(_kind: str) -> list[Row]:
    from whylight.classifiers.networks import summaries

    way = "whylight train classifier --network NAME"
    return [Row(name, sentence, way) for name, sentence in summaries().items()]


def _flags(_kind: str) -> list[Row]:
    from whylight.verdict import FLAGS

    return [Row(flag, meaning) for flag, meaning in FLAGS.items()]


def print_rows(rows: list[Row]) -> None:
    """Names and sentences, under the heading of their group."""
    shown, widest = console(), max(len(row.name) for row in rows)
    for group in dict.fromkeys(row.group for row in rows):
        if group:
            shown.print(Text(f"\n{group}", style="bold"))
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="cyan", no_wrap=True, min_width=widest)
        for row in rows:
            if row.group == group:
                words = Text(row.sentence.replace("``", "").removesuffix(":"))
                table.add_row(Text(row.name), words.append(f"\n{row.example}" if row.example else "", style="dim"))
        shown.print(table)


NEEDS = {
    "OUTPUTS": "Works on every classifier, black boxes too.",
    "GRADIENTS": "Needs a torch network: its gradients.",
    "FEATURES": "Needs a torch network: the features of one of its layers.",
}


def print_part(kind: str, name: str) -> None:
    """All of a part's words and settings."""
    part: Any = registry.find(kind, name)
    shown = console()
    shown.print(Text(reflowed(inspect.getdoc(inspect.getmodule(part)) or name) + "\n"))
    if hasattr(part, "needs"):
        shown.print(Text(f"{NEEDS[part.needs.name]}\n"))
    settings = fields(part)
    if not settings:
        shown.print("It has no settings.")
        return
    shown.print(Text(reflowed(inspect.cleandoc(part.__doc__ or "")) + "\n"))
    shown.print(_settings(settings))
    option = OPTIONS.get(kind, kind.removesuffix("s"))
    named = next((f":{each.name}={_default(each)}" for each in settings if _default(each) != "none"), "")
    shown.print(Text(f"\nfor example  --{option} {name}{named}", style="dim"))


def reflowed(text: str) -> str:
    """Paragraphs as one line each, so that they fit any terminal; what is indented (a formula) stays as it is."""
    paragraphs = text.replace("``", "").split("\n\n")
    return "\n\n".join(part if part.startswith(" ") else part.replace("\n", " ") for part in paragraphs)


def _settings(settings: tuple[Field[Any], ...]) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 3, 0, 0))
    for heading in ("setting", "default", "values"):
        table.add_column(heading)
    for setting in settings:
        table.add_row(Text(setting.name, style="cyan"), Text(_default(setting)), Text(values(setting.type)))
    return table


WORDS = {int: "a whole number", float: "a number", str: "a name", bool: "true | false", type(None): "none"}


def values(hint: Any) -> str:
    """A field's type in words: the choices, or the kind of value."""
    if get_origin(hint) is Literal:
        return " | ".join(map(str, get_args(hint)))
    if get_origin(hint) in {Union, UnionType}:
        return " | ".join(values(alternative) for alternative in get_args(hint))
    if get_origin(hint) is tuple:
        return f"({values(get_args(hint)[0])}, …)"
    return WORDS.get(hint) or f"a {getattr(hint, '__name__', str(hint)).lower()}"


def _default(setting: Field[Any]) -> str:
    if setting.default_factory is not MISSING:
        return _spelled(setting.default_factory())
    return "…" if setting.default is MISSING else _spelled(setting.default)


def _spelled(value: Any) -> str:
    """A setting as it is written on the command line."""
    if is_dataclass(value):
        return registry.name_of(value)
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
