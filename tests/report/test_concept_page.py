"""The page of sheets: words that say the sum, and nothing fetched."""

import numpy as np

from whylight.concepts.overview import Worth
from whylight.concepts.sheet import Line, Sheet
from whylight.report.concept_page import render, sentence, told

PIXELS = np.zeros((8, 8, 3), np.uint8)
HEAT = np.zeros((8, 8), np.float32)


def line(name: str, adds: float, *, spurious: bool = False) -> Line:
    return Line(1, name, adds, HEAT, (0.0, 0.0, 1.0, 1.0), (), spurious)


def test_a_decision_in_words() -> None:
    sheet = Sheet(
        PIXELS, "cat", 0.67, 4.0, 1.0, (line("ears", 3.0), line("fur", 1.0, spurious=True)), (line("sky", -1.0),)
    )
    assert sentence(sheet) == (
        "The score of cat is 4.00. Ears adds 3.00 (75\N{NO-BREAK SPACE}%) and fur adds 1.00 (25\N{NO-BREAK SPACE}%). "
        "Sky takes away 1.00 (25\N{NO-BREAK SPACE}%). 1.00 of it belongs to no concept. "
        "A person has said that fur should not decide."
    )
    plain = Sheet(PIXELS, "cat", 0.67, 4.0, 0.0, (line("ears", 3.0),), (), (2, 1.0))
    assert sentence(plain).endswith("Nothing speaks against it. 2 more concepts change it less.")


def test_the_page_holds_everything_and_escapes_it() -> None:
    sheet = Sheet(PIXELS, "<cat>", 0.67, 4.0, 0.0, (line("ears", 4.0),), ())
    page = render("Why?", [told("a<b.png", sheet, b"figure")], [Worth("cat", 3, "a wheel", 0.5, 1.25, off=True)])
    assert "a&lt;b.png: &lt;cat&gt;" in page
    assert "data:image/png;base64,ZmlndXJl" in page
    assert "a wheel" in page
    assert "1.25" in page
    assert "http" not in page.replace("http-equiv", "")
