"""Fonts for labels in any script: one that has the letters is looked for, and boxes are never drawn."""

from functools import cache

from matplotlib import font_manager

FAMILY = "DejaVu Sans"
"""Comes with matplotlib; covers Latin, Greek, Cyrillic, Arabic, Hebrew and many signs."""

BOXES = "Last Resort"
"""Also comes with matplotlib: has every letter there is, each as a box."""


def drawable(text: str, otherwise: str) -> tuple[str, tuple[str, ...]]:
    """The text on one line and the font families that have all of its letters; ``otherwise`` if no installed font does."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    missing = _missing(plain)
    if plain and not missing:
        return plain, (FAMILY,)
    for family in _families() if plain else ():
        if _has(family, missing):
            return plain, (FAMILY, family)
    return otherwise, (FAMILY,)


def legible(text: str) -> tuple[str, tuple[str, ...]]:
    """As ``drawable``, but with a question mark for each letter that no font has."""
    drawn, fonts = drawable(text, "")
    if drawn:
        return drawn, fonts
    return "".join("?" if letter in _missing(text) else letter for letter in text), fonts


def _missing(text: str) -> frozenset[str]:
    return frozenset(letter for letter in text if not _has(FAMILY, frozenset(letter)))


@cache
def _families() -> tuple[str, ...]:
    names = {entry.name for entry in font_manager.fontManager.ttflist} - {FAMILY}
    return tuple(sorted(name for name in names if not name.startswith(BOXES)))


@cache
def _has(family: str, letters: frozenset[str]) -> bool:
    font = font_manager.get_font(font_manager.findfont(font_manager.FontProperties(family=[family])))
    return all(font.get_char_index(ord(letter)) for letter in letters)
