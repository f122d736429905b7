"""``whylight list``: what there is to choose from."""

from dataclasses import MISSING, Field, fields
from difflib import get_close_matches
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from whylight import registry
from whylight.errors import SpecError

EXAMPLES = {
    "bundled": "whylight explain cat.jpg",
    "torchvision": "torchvision:resnet18,weights=FILE.safetensors",
    "timm": "timm:deit_tiny_patch16_224",
    "hf": "hf:google/vit-base-patch16-224",
    "onnx": "onnx:model.onnx,labels=labels.txt",
    "python": "python:package.module:factory",
    "file": "file:checkpoint.safetensors",
}


def list_parts(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="methods, models or flags.", show_default=False)],
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Show every setting of one method.", show_default=False)
    ] = None,
) -> None:
    """Show what there is: methods, models (and how to name them), flags (and what they mean).

    [bold]Examples[/bold]

    [cyan]whylight list methods[/cyan]

    [cyan]whylight list methods lime[/cyan] (all settings of LIME, with their defaults)

    [cyan]whylight list models[/cyan]
    """
    known = {**dict.fromkeys(registry.KINDS, _parts), "models": _models, "flags": _flags}
    if kind not in known:
        near = get_close_matches(kind, known, n=1)
        raise SpecError(f"expected {', '.join(known)}; got {kind!r}{f', did you mean {near[0]}?' if near else ''}")
    if name is not None and kind in registry.KINDS:
        _one(kind, name)
        return
    rows = known[kind](kind)
    if name is not None:
        rows = [row for row in rows if row[0] == name]
        if not rows:
            raise SpecError(f"there is nothing named {name!r} among the {kind}; `whylight list {kind}` shows all")
    _print(rows)


def _parts(kind: str) -> list[tuple[str, str, str]]:
    """Name, family and first sentence; nothing is imported, so it is quick."""
    rows = []
    for part in registry.names(kind):
        family = registry.modules(kind)[part].split(".")[-2]
        rows.append((part, registry.summary(kind, part), family))
    return sorted(rows, key=lambda row: (row[2], row[0]))


def _models(_kind: str) -> list[tuple[str, str, str]]:
    from whylight.classifiers import summaries

    return [(prefix, sentence, EXAMPLES.get(prefix, f"{prefix}:NAME")) for prefix, sentence in summaries().items()]


def _flags(_kind: str) -> list[tuple[str, str, str]]:
    from whylight.verdict import FLAGS

    return [(flag, meaning, "") for flag, meaning in FLAGS.items()]


def _print(rows: list[tuple[str, str, str]]) -> None:
    from whylight.cli._terminal import console

    table = Table(box=None, show_header=False, padding=(0, 2, 1, 0))
    table.add_column(style="bold cyan", no_wrap=True)
    for name, sentence, extra in rows:
        words = Text(sentence)
        if extra:
            words.append(f"\n{extra}", style="dim")
        table.add_row(Text(name), words)
    console().print(table)


def _one(kind: str, name: str) -> None:
    """All of a part's words and settings."""
    import inspect

    from whylight.cli._terminal import console

    part: Any = registry.find(kind, name)
    shown = console()
    shown.print(Text(inspect.getdoc(inspect.getmodule(part)) or name), "")
    if settings := [setting for setting in fields(part) if setting.init]:
        shown.print(Text(inspect.cleandoc(part.__doc__ or "")), "")
        shown.print(_settings(name, settings))
    else:
        shown.print("It has no settings.")


def _settings(name: str, settings: list[Field[Any]]) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 3, 0, 0))
    for heading in ("setting", "default", "values"):
        table.add_column(heading)
    for setting in settings:
        kind = getattr(setting.type, "__name__", "") or str(setting.type)
        kind = str(setting.type) if "[" in str(setting.type) else kind
        table.add_row(Text(setting.name, style="bold cyan"), Text(_default(setting)), Text(kind.replace("typing.", "")))
    first = settings[0]
    table.caption = Text(f"for example  --method {name}:{first.name}={_default(first)}", style="dim")
    table.caption_justify = "left"
    return table


def _default(setting: Field[Any]) -> str:
    if setting.default is not MISSING:
        return "none" if setting.default is None else str(setting.default)
    return str(setting.default_factory()) if setting.default_factory is not MISSING else "…"
