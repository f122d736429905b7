"""The page on learning: what is said of a planted taste, its effect, and a reset that is taken back."""

from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from whylight.web.state import State
from whylight.web.views import learning
from whylight.web.views.sections import Share

from .said import OPTIONS, judge

LIKED = OPTIONS[3]


def test_before_the_first_verdict_the_page_says_so(client: TestClient, state: State) -> None:
    text = client.get("/learning").text
    assert "Nobody has judged an explanation yet" in text
    assert "Version 0" in text
    assert "Too few to measure: 0 of the 10 pictures" in client.get("/learning/candidates").text


def test_a_taste_stands_in_the_matrix(state: State) -> None:
    judge(state, 12, lambda candidate: candidate == LIKED)
    section = learning.candidates(state)
    (table,) = section.tables
    assert table.columns == ("Method", "The most probable label", "Label 2", "Label 3", "Label 4")
    assert [row[0] for row in table.rows] == [LIKED.method, "grad_cam"]
    liked = table.rows[0][2]
    assert isinstance(liked, Share)
    assert liked.words == "12 up, 0 down"
    others = [cell for row in table.rows for cell in row[1:] if isinstance(cell, Share) and cell != liked]
    assert liked.value > max(other.value for other in others)
    assert section.sentences[0].startswith(f"Accepted most surely: {LIKED.method} for label 2")
    assert section.version.startswith("Version 48 (")


def test_the_effect_of_a_taste_is_told_with_its_interval(client: TestClient, state: State) -> None:
    judge(state, 12, lambda candidate: candidate == LIKED)
    section = learning.candidates_effect(state)
    assert section.sentences[0] == "Learning spares 3.00 thumbs down a picture (3.00 to 3.00)."
    orders, time = section.tables
    assert [row[2] for row in orders.rows] == ["3.00 (3.00 to 3.00)", "0.00 (0.00 to 0.00)", "3.00 (3.00 to 3.00)"]
    assert time.rows[0][0] == "Pictures 1 to 12"
    assert "Learning spares 3.00" in client.get("/learning/candidates").text


def test_a_reset_counts_from_now_on_and_is_taken_back(client: TestClient, state: State) -> None:
    judge(state, 3, lambda candidate: candidate == LIKED)
    before = learning.candidates(state)
    answer = client.post("/learning/candidates/reset", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-refresh"]) == (204, "true")
    assert learning.candidates(state).version.startswith("Version 0")
    assert state.store.count() == 12
    (reset,) = state.store.resets()
    assert f"/learning/resets/{reset.uid}/restore" in client.get("/learning").text
    client.post(f"/learning/resets/{reset.uid}/restore", headers={"HX-Request": "true"})
    assert learning.candidates(state) == before
    assert "taken back" in client.get("/learning").text


@pytest.mark.parametrize(
    ("way", "address", "status"),
    [
        ("get", "/learning/nothing", 404),
        ("get", "/learning/..%2f..%2fetc", 404),
        ("post", "/learning/everything/reset", 400),
        ("post", "/learning/resets/nothing/restore", 400),
        ("post", f"/learning/{'a' * 50}/reset", 422),
    ],
)
def test_what_is_not_there(client: TestClient, way: str, address: str, status: int) -> None:
    assert client.request(way, address).status_code == status


class Shape(HTMLParser):
    """Counts the cells of each row, and whether each has a head."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append(f"{tag} {dict(attrs).get('scope', '')}".strip())


def test_tables_have_heads_for_screen_readers(client: TestClient, state: State) -> None:
    judge(state, 2, lambda candidate: candidate == LIKED)
    shape = Shape()
    shape.feed(client.get("/learning").text)
    assert shape.rows[0] == ["th col"] * 5
    assert shape.rows[1:] == [["th row", *["td"] * 4]] * 2
