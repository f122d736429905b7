"""Keys: one at a time from a terminal, without the return key; from a pipe the first letter of each word."""

import sys
from collections.abc import Callable, Iterator

import typer

ENDS = ("\x03", "\x04", "\x1a", "")
"""Ctrl-C, Ctrl-D, Ctrl-Z and the end of the input, where a terminal gives them as keys."""


def keys(ask: Callable[[], None]) -> Iterator[str]:
    """The keys in small letters, until the input ends; ``ask`` is called before each that a person presses."""
    if not sys.stdin.isatty():
        for line in sys.stdin:
            for word in line.split():
                yield word[0].lower()
        return
    while True:
        ask()
        key = _pressed()
        if key in ENDS:
            return
        yield key.lower()


def _pressed() -> str:
    try:
        return str(typer.getchar())
    except EOFError:
        return ""
