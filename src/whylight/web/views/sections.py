"""Sections: what the page *Learning* shows of one thing that is learned, as plain data.

A section comes from one function of the state (``views.learning``). To add one, write such a function and name it there.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """A number in [0, 1] that is drawn as a bar with its interval from ``low`` to ``high``; ``words`` stand beside it."""

    value: float
    low: float
    high: float
    words: str


Cell = str | Share


@dataclass(frozen=True)
class Table:
    """Rows of cells under ``columns``; the first cell of a row is its head."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Section:
    """``name``: in addresses. ``sentences``: what was learned, the most important first. ``version``: which state of it that
    is. ``resets``: what the store calls it where it can be reset. ``effect``: whether ``/learning/NAME`` measures more."""

    name: str
    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    version: str = ""
    resets: str | None = None
    effect: bool = False
