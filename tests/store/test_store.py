"""The store keeps what it is given, and tells it again as it was."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from whylight.errors import StoreError
from whylight.store import (
    Filter,
    Picture,
    SegmentVote,
    Shown,
    Store,
    Stroke,
    Undo,
    Verdict,
)

from .conftest import MODEL, explanation, kept, picture

UP, DOWN = Verdict(up=True), Verdict(up=False)


def said_in(store: Store, **wanted: Any) -> list[Any]:
    return [each.record.said for each in store.history(Filter(**wanted))]


def test_what_is_kept_comes_back(store: Store) -> None:
    key = kept(store)
    assert store.picture(picture().key) == picture()
    assert store.model(MODEL.key) == MODEL
    found = store.load(key)
    assert found.key == key == explanation().key
    assert found.evidence is not None
    assert found.segments is not None
    expected = explanation(evidence=found.evidence, segments=found.segments)
    assert found == expected
    assert store.array(found.evidence).tolist() == np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4).tolist()
    assert store.array(found.segments).dtype == np.int64


def test_the_plan_is_exact(store: Store) -> None:
    """Numbers that other spellings of JSON change: the key, which is the plan's hash, would not fit any more."""
    plan = {"b": [1, 1.0, -0.0, 1e22, 5e-324, 0.1], "a": {"ü": None, "x": True, "zero": "a\0b", "half": "\ud800"}}
    key = kept(store, plan=plan)
    assert store.load(key).key == key
    assert store.load(key).plan == plan
    assert [str(number) for number in store.load(key).plan["b"]] == [str(number) for number in plan["b"]]


def test_the_same_is_kept_once(store: Store, tmp_path: Path) -> None:
    assert kept(store) == kept(store)
    assert store.export_to(tmp_path / "out") == {
        "arrays": 2,
        "pictures": 1,
        "models": 1,
        "explanations": 1,
        "records": 0,
        "resets": 0,
    }


def test_a_dropped_picture_is_kept_with_its_bytes(store: Store) -> None:
    dropped = Picture("f" * 64, "dropped.png", 2, 2)
    store.add_picture(dropped)
    assert store.content(dropped.key) is None
    store.add_picture(dropped, b"\x89PNG\0 bytes")
    assert store.content(dropped.key) == b"\x89PNG\0 bytes"


def test_everything_that_can_be_said(store: Store) -> None:
    key = kept(store)
    stroke = Stroke(matters=False, width=0.05, points=((0.0, 0.25), (1.0, 0.1 + 0.2)))
    everything = (Shown(), UP, stroke, SegmentVote(2, belongs=True), DOWN)
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    records = [store.note(key, said, person="Ada", at=at) for said in everything]
    found = store.history(Filter(kinds=("shown", "verdict", "stroke", "segment_vote", "undo")))
    assert [each.record for each in found] == records[::-1]
    assert [each.record.said for each in found] == list(everything)[::-1]
    assert {each.record.at for each in found} == {at}
    assert found[0].explanation == store.load(key)
    assert (found[0].picture, found[0].model) == (picture(), MODEL)


def test_a_time_comes_back_in_utc(store: Store) -> None:
    at = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    store.note(kept(store), UP, person="Ada", at=at)
    assert store.history()[0].record.at == at
    assert store.history()[0].record.at.isoformat() == "2026-07-01T10:00:00+00:00"
    with pytest.raises(StoreError, match="a time with its zone"):
        store.note(kept(store), UP, person="Ada", at=datetime(2026, 7, 1))


def test_an_undo_takes_back_one_after_the_other_and_deletes_nothing(store: Store) -> None:
    key = kept(store)
    first, second = store.note(key, DOWN, person="Ada"), store.note(key, UP, person="Ada")
    other = store.note(key, UP, person="Ben")
    store.note(key, Shown(), person="Ada")
    taken = store.undo(person="Ada")
    assert taken == second
    assert said_in(store, person="Ada") == [DOWN]
    assert store.undo(person="Ada") == first
    assert store.undo(person="Ada") is None
    assert [each.record.uid for each in store.history()] == [other.uid]
    everything = store.history(Filter(undone=None, kinds=("verdict", "undo")))
    assert [type(each.record.said).__name__ for each in everything] == ["Undo", "Undo", "Verdict", "Verdict", "Verdict"]
    assert [each.record.undone for each in everything] == [False, False, False, True, True]
    assert [each.record.uid for each in store.history(Filter(undone=True))] == [second.uid, first.uid]


def test_undo_has_its_limits(store: Store) -> None:
    key, other = kept(store), kept(store, 1)
    verdict = store.note(key, UP, person="Ada")
    shown = store.note(key, Shown(), person="Ada")
    for of, person, about, sentence in (
        ("0" * 32, "Ada", key, "no record"),
        (verdict.uid, "Ada", other, "no record"),
        (verdict.uid, "Ben", key, "Ben cannot undo what Ada said"),
        (shown.uid, "Ada", key, "not a showing"),
    ):
        with pytest.raises(StoreError, match=sentence):
            store.note(about, Undo(of), person=person)
    undo = store.note(key, Undo(verdict.uid), person="Ada")
    with pytest.raises(StoreError, match="already undone"):
        store.note(key, Undo(verdict.uid), person="Ada")
    with pytest.raises(StoreError, match="not an undo"):
        store.note(key, Undo(undo.uid), person="Ada")


@pytest.mark.parametrize("table", ["records", "explanations"])
@pytest.mark.parametrize("change", ["delete from {}", "update {} set {} = {}"])
def test_the_database_itself_refuses_to_forget(store: Store, table: str, change: str) -> None:
    store.note(kept(store), UP, person="Ada")
    column = "person" if table == "records" else "label"
    with pytest.raises(Exception, match="only added to"), store._engine.begin() as connection:
        connection.execute(text(change.format(table, column, column)))
    assert store.count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda store: store.note("0" * 64, UP, person="Ada"), "has no explanation"),
        (lambda store: store.note(kept(store), UP, person="  "), "the name of a person"),
        (lambda store: store.note(kept(store), UP, person="a\nb"), "the name of a person"),
        (lambda store: store.add(explanation()), "has no picture"),
        (lambda store: store.load("1"), "has no explanation"),
        (lambda store: store.picture("1"), "has no picture"),
        (lambda store: store.array("1"), "has no array"),
        (lambda store: kept(store, plan={"what": float("nan")}), "plain data"),
        (lambda store: kept(store, plan={"what": object()}), "plain data"),
        (lambda store: Stroke(matters=True, width=0.1, points=((float("nan"), 0.0),)), "expected a stroke"),
        (lambda store: Stroke(matters=True, width=0.1, points=()), "expected a stroke"),
        (lambda store: SegmentVote(-1, belongs=True), "number of a segment"),
    ],
)
def test_mistakes_end_as_one_sentence(store: Store, wrong: Any, sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence):
        wrong(store)
