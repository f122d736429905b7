"""The page on history: everything that was said is found, filtered, leafed through, taken back and taken along."""

import io
import re
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from whylight.errors import StoreError, WhylightError
from whylight.store import Model, SegmentVote, Store, Stroke
from whylight.web.jobs import QueueFullError
from whylight.web.state import State
from whylight.web.views import export
from whylight.web.views.history import PAGE, Asked, day, shelf, words_of

from .said import OPTIONS, kept, say

GRAD, OCCLUSION = OPTIONS[0], OPTIONS[2]


@pytest.fixture
def filled(state: State) -> State:
    """Two people, two methods, two labels; something taken back, painted and voted."""
    for number in range(3):
        say(state, number, GRAD, up=number == 0)
    say(state, 1, OCCLUSION, up=True, person="Ben")
    say(state, 2, OPTIONS[1], up=False, person="Ben")
    state.store.undo(person="Ben")
    key = kept(state, 0)
    state.store.note(key, Stroke(matters=True, width=0.1, points=((0.5, 0.5),)), person="Ada")
    state.store.note(key, SegmentVote(3, belongs=False), person="Ada")
    return state


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        (Asked(), 4),
        (Asked(person="Ben"), 1),
        (Asked(verdict="up"), 2),
        (Asked(verdict="down"), 2),
        (Asked(method="grad_cam"), 3),
        (Asked(method="occlusion"), 1),
        (Asked(undone="any"), 5),
        (Asked(undone="yes"), 1),
        (Asked(what="strokes"), 1),
        (Asked(what="segments"), 1),
        (Asked(what="shown"), 5),
        (Asked(what="all", undone="any"), 13),
        (Asked(text="ture <1"), 2),
        (Asked(text="ture <1", person="Ada"), 1),
        (Asked(since="2000-01-01", until="2000-01-02"), 0),
        (Asked(since="2000-01-01"), 4),
        (Asked(person="Nobody \0\ud800"), 0),
    ],
)
def test_filters(filled: State, asked: Asked, count: int) -> None:
    found = shelf(filled.store, asked)
    assert len(found.lines) == found.whole == count


def test_labels_and_models(filled: State) -> None:
    labels = filled.models.first.labels
    assert shelf(filled.store, Asked(label=labels[0])).whole == 4
    assert shelf(filled.store, Asked(label=labels[1], undone="any")).whole == 1
    assert shelf(filled.store, Asked(model=filled.models.key_of("planted:size=32"))).whole == 4
    assert shelf(filled.store, Asked(model="f" * 64)).whole == 0


def test_a_day_includes_its_end(state: State) -> None:
    key = kept(state, 0)
    for moment in (datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)):
        state.store.note(key, SegmentVote(0, belongs=True), person="Ada", at=moment)
    assert shelf(state.store, Asked(what="segments", until="2026-01-31")).whole == 1
    assert shelf(state.store, Asked(what="segments", since="2026-02-01")).whole == 1
    assert day("2026-02-01") == datetime(2026, 1, 31, tzinfo=UTC) + timedelta(days=1)
    for text in ("yesterday", "2026-02-30", "0001-01-01", "9999-12-31"):
        with pytest.raises(WhylightError, match="expected a day"):
            day(text)


def followed(client: TestClient, rel: str, text: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', text)
    return None if found is None else client.get(found[1].replace("&amp;", "&")).text


def names(text: str) -> list[str]:
    return re.findall(r"Look at (picture &lt;\d+&gt;)", text)


def test_leafing_forth_and_back_meets_every_verdict_once(client: TestClient, state: State) -> None:
    count = 2 * PAGE + 5
    key = [kept(state, number) for number in range(count)]
    for each in key:
        state.store.note(each, SegmentVote(0, belongs=True), person="Ada")
    text = client.get("/history?what=segments&person=Ada").text
    assert "53 records fit the filter" in text
    pages = [text]
    while (text := followed(client, "next", pages[-1]) or "") != "":
        pages.append(text)
    met = [name for page in pages for name in names(page)]
    assert [len(names(page)) for page in pages] == [PAGE, PAGE, 5]
    assert met == [f"picture &lt;{number}&gt;" for number in range(count)][::-1]
    back = followed(client, "prev", pages[2])
    assert back is not None
    assert names(back) == names(pages[1])
    first = followed(client, "prev", back)
    assert first is not None
    assert names(first) == names(pages[0])
    assert 'rel="prev"' not in first


def test_the_page_tells_who_said_what_of_what(client: TestClient, filled: State) -> None:
    text = client.get("/history?undone=any").text
    for words in ("picture &lt;1&gt;", "Ben", "grad_cam", "Not good", "taken back", "planted"):
        assert words in text
    assert "<1>" not in text
    assert '<option value="yes"' in text


def test_ones_own_verdict_is_taken_back_and_nobody_elses(client: TestClient, filled: State) -> None:
    mine = filled.store.history(Asked(person="Ada").filter())[0].record
    theirs = filled.store.history(Asked(person="Ben").filter())[0].record
    text = client.get("/history").text
    assert mine.uid in text
    assert theirs.uid not in text
    answer = client.post("/history/undo", data={"uid": mine.uid, "explanation": mine.explanation})
    assert (answer.status_code, answer.headers["hx-refresh"]) == (204, "true")
    assert mine.uid not in {each.record.uid for each in filled.store.history()}
    for record, status in ((mine, 400), (theirs, 400)):
        said = client.post("/history/undo", data={"uid": record.uid, "explanation": record.explanation})
        assert said.status_code == status
    nowhere = client.post("/history/undo", data={"uid": "f" * 32, "explanation": mine.explanation})
    assert nowhere.status_code == 404


def test_one_explanation_with_all_that_was_said_of_it(client: TestClient, filled: State) -> None:
    text = client.get(f"/history/explanations/{kept(filled, 0)}").text
    assert "Brush: should matter" in text
    assert "Segment 3 does not belong" in text
    assert "Took something back" not in text
    assert f'href="/compare/{0:064x}"' in text
    assert words_of(SegmentVote(1, belongs=True)) == "Segment 1 belongs"
    assert client.get(f"/history/explanations/{'f' * 64}").status_code == 404


def test_where_weights_lie_is_not_told(client: TestClient, state: State) -> None:
    model = state.store.add_model(Model("torchvision:resnet18,weights=/srv/ada/net.safetensors", "1" * 64, ("a", "b")))
    said = say(state, 0, GRAD, up=True, model=model)
    for address in ("/history", f"/history/explanations/{said.explanation}"):
        text = client.get(address).text
        assert "weights=net.safetensors" in text
        assert "/srv" not in text


def test_the_export_is_a_store_again(client: TestClient, filled: State, tmp_path: Path) -> None:
    answer = client.get("/history/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="whylight-export.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
    with Store(tmp_path / "other.db") as other:
        other.import_from(tmp_path / export.FOLDER)
        assert other.count() == filled.store.count()


def test_one_export_at_a_time(client: TestClient, state: State) -> None:
    pieces = export.streamed(state.store)
    next(pieces)
    answer = client.get("/history/export")
    assert answer.status_code == 503
    assert "another export" in answer.text
    assert b"".join(pieces)
    assert client.get("/history/export").status_code == 200


class Slow(Store):
    """A store that goes on writing when it is let, after its first file; then fails where it has a problem."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.goes_on, self.problem, self.folder = threading.Event(), problem, Path()

    def export_to(self, folder: str | Path) -> dict[str, int]:
        self.folder = Path(folder)
        self.folder.mkdir()
        for number, name in enumerate(export.FILES):
            (self.folder / name).write_bytes(bytes(number))
            assert number != 0 or self.goes_on.wait(20.0)
            if self.problem is not None:
                raise self.problem
        return {}


def test_an_export_is_sent_while_it_is_written() -> None:
    store = Slow()
    pieces = export.streamed(store)
    first = next(pieces)
    assert first.startswith(b"PK")
    assert [path.name for path in store.folder.iterdir()] == [export.FILES[0]]
    store.goes_on.set()
    with zipfile.ZipFile(io.BytesIO(first + b"".join(pieces))) as archive:
        assert archive.testzip() is None
        found = {member.filename: member.file_size for member in archive.infolist()}
    assert found == {f"{export.FOLDER}/{name}": number for number, name in enumerate(export.FILES)}
    assert not store.folder.exists()


def test_an_export_that_fails_on_its_way_ends_without_its_end(state: State) -> None:
    store = Slow(StoreError("the disk is full"))
    pieces = export.streamed(store)
    next(pieces)
    store.goes_on.set()
    with pytest.raises(StoreError, match="disk is full"):
        list(pieces)
    assert not store.folder.parent.exists()
    assert b"".join(export.streamed(state.store)), "the next one is not in its way"


def test_nothing_stays_of_an_export_that_nobody_reads_to_its_end(state: State) -> None:
    store = Slow()
    pieces = export.streamed(store)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # a generator, as the server closes it
    with pytest.raises(QueueFullError):
        next(export.streamed(state.store))
    (writing,) = (thread for thread in threading.enumerate() if thread.name == "whylight-export")
    store.goes_on.set()
    writing.join(20.0)
    assert not store.folder.parent.exists()


Ask = Callable[[TestClient], int]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/history?verdict=maybe", 422),
        ("/history?before=-1", 422),
        (f"/history?before={2**70}", 422),
        (f"/history?after={2**62}", 200),
        ("/history?since=yesterday", 400),
        ("/history?text=%00%ff%27%22%3B--", 200),
        ("/history?person=%25&method=%5C", 200),
        ("/history/explanations/..%2f..%2fetc", 404),
        ("/history/explanations/zzz", 422),
    ],
)
def test_odd_questions_get_one_sentence(client: TestClient, filled: State, address: str, status: int) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert "Traceback" not in answer.text
