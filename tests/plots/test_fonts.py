"""Labels in any script: drawn by a font that has the letters, or replaced, never as boxes."""

import pytest

from whylight.plots import fonts
from whylight.plots.fonts import FAMILY, drawable, legible


def test_what_the_usual_font_has_stays_as_it_is() -> None:
    for text in ("tabby cat", "größe", "кошка", "γάτα", "قطة", "a_b$c$"):
        assert drawable(text, "label 3") == (text, (FAMILY,))


def test_letters_that_no_font_has_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_families", lambda: ("DejaVu Sans Mono",))
    for text in ("cat 猫", "𒀀", "\U0010fffd", ""):
        assert drawable(text, "label 3") == ("label 3", (FAMILY,))


def test_another_font_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_missing", lambda text: frozenset("a"))
    text, families = drawable("cat", "label 3")
    assert text == "cat"
    assert families[0] == FAMILY
    assert len(families) == 2


def test_the_font_of_boxes_is_never_taken() -> None:
    assert not any(family.startswith(fonts.BOXES) for family in fonts._families())


def test_control_characters_and_line_ends_become_spaces() -> None:
    assert drawable("a\nb\x1b[31m\tc", "label 3")[0] == "a b [31m c"


def test_what_no_font_has_is_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_families", lambda: ("DejaVu Sans Mono",))
    assert legible("cat 猫: 3 %") == ("cat ?: 3 %", (FAMILY,))
    assert legible("cat") == ("cat", (FAMILY,))
