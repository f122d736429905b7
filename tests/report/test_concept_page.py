"""The page of sheets: words that say the sum, and nothing fetched."""

import numpy as np

from whylight.concepts.overview import Worth
from whylight.concepts.sheet import Example, Line, Sheet
from whylight.report.concept_page import render, sentence, summed, told

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


def test_the_sum_is_all_of_it() -> None:
    lines = (line("ears", 3.0),), (line("sky", -1.0),)
    assert summed(Sheet(PIXELS, "cat", 0.67, 4.0, 1.0, *lines, (2, 1.5), (1, -0.5))) == (
        "3.00 − 1.00 + 1.50 (2 more) − 0.50 (1 more) + 1.00 (no concept) = 4.00"
    )


def test_the_page_holds_everything_and_escapes_it() -> None:
    example = Example(PIXELS, (4.0, 2.0, 6.0, 3.0))
    ears = Line(1, "<ears>", 3.0, HEAT, (0.0, 0.0, 1.0, 2.0), (example,) * 3)
    sheet = Sheet(PIXELS, "<cat>", 0.67, 4.0, 0.0, (ears, line("fur", 1.5)), (line("sky", -0.5, spurious=True),))
    page = render("Why?", [told("a<b.png", sheet, "a b.png")], [Worth("cat", 3, "a wheel", 0.5, 1.25, off=True)])
    assert "a&lt;b.png: &lt;cat&gt;" in page
    assert page.count('<span class="tile"><img src="data:image/') == 1 + 3 + 3
    assert page.count("left: 50.0%; top: 25.0%; width: 25.0%; height: 12.5%") == 3
    assert page.count("left: 0.0%; top: 0.0%; width: 12.5%; height: 25.0%") == 2
    assert "Where &lt;ears&gt; is in the picture" in page
    assert '<b class="adds">+3.00</b> <small>75\N{NO-BREAK SPACE}% of the score</small>' in page
    assert '<i class="amount" style="width: 50.0%"></i>' in page
    assert page.count("should not decide") == 2
    assert "3.00 + 1.50 − 0.50 = 4.00" in page
    assert 'href="a%20b.png"' in page
    assert "a wheel" in page
    assert "1.25" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_side_without_concepts_says_so() -> None:
    page = render("Why?", [told("a.png", Sheet(PIXELS, "cat", 0.67, 0.0, 0.0, (), ()), "a-cat.png")])
    assert "No concept speaks for it." in page
    assert "No concept speaks against it." in page
