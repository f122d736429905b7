"""Names of files that every system takes."""

import os
import unicodedata
from pathlib import Path

LONGEST_STEM = 80
"""In bytes: file systems allow 255 for a name, of which the method and the suffix need some."""


def safe(text: str) -> str:
    """Letters and digits of any script, ``-``, ``_`` and ``.`` inside; everything else becomes ``_``; at most 80 bytes."""
    kept = "".join(
        letter if letter.isalnum() or letter in "-_." else "_" for letter in unicodedata.normalize("NFC", text)
    )
    short = kept.encode("utf-8", "ignore")[:LONGEST_STEM].decode("utf-8", "ignore")
    return short.strip("._") or "picture"


class Names:
    """Gives each thing a file name of its own, also where capitals do not count."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def __call__(self, text: str) -> str:
        """``safe(text)``, with ``-2``, ``-3`` … behind it if it is taken."""
        name = wanted = safe(text)
        number = 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{wanted}-{number}"
        self._taken.add(name.casefold())
        return name


def shown_path(path: Path) -> str:
    """A path as text that can be printed and written as UTF-8, whatever bytes the file system holds."""
    return os.fsencode(path).decode("utf-8", "replace")
