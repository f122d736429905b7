"""The names of parts in rows and tables: what tells a part from its defaults, spelled as on the command line."""

from collections.abc import Sequence
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar

from whylight import registry
from whylight.errors import SpecError
from whylight.spec import parse

P = TypeVar("P")


def name_all(parts: Sequence[P], seed: int) -> dict[str, P]:
    """Each part under its name; ``seed``: what every part was given and no name needs to say."""
    return {spelled(part, seed): part for part in parts}


def short(model: str) -> str:
    """A model's description without its settings: ``torchvision:resnet18``."""
    try:
        given = parse(model)
    except SpecError:  # a model in memory may have any name
        return model
    return given.name if given.value is None else f"{given.name}:{given.value}"


def spelled(part: Any, seed: int = 0) -> str:
    """``name:key=value`` with the settings that differ from the defaults, so that equal parts have equal names."""
    changed = []
    for setting in fields(part):
        value = getattr(part, setting.name)
        default = setting.default if setting.default_factory is MISSING else setting.default_factory()
        if value != default and not (setting.name == "seed" and value == seed):
            changed.append(f"{setting.name}={_value(value, seed)}")
    return registry.name_of(part) + (f":{','.join(changed)}" if changed else "")


def _value(value: Any, seed: int) -> str:
    if is_dataclass(value):
        inner = spelled(value, seed)
        return f"({inner})" if ":" in inner else inner
    if isinstance(value, tuple):
        return f"({','.join(_value(each, seed) for each in value)})"
    if value is None or isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"({text})" if "," in text or "=" in text else text
