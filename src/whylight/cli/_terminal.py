"""Printing to a terminal, or to whatever stands in its place."""

import sys

from rich.console import Console

WIDTH = 120
"""Columns where the output is no terminal."""


def console() -> Console:
    """Standard output, as wide as the terminal."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDTH, highlight=False)


def one_line(text: str) -> str:
    """Text for a terminal: one line, without control characters, whatever a file's name or a model's label holds."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
