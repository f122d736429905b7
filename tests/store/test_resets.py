"""A reset says from when on verdicts count; nothing is deleted, and it can be taken back."""

import pytest
from sqlalchemy import text

from whylight.errors import StoreError
from whylight.store import Filter, Store, Verdict

from .conftest import kept


def test_what_was_said_before_a_reset_does_not_count_and_is_still_there(store: Store) -> None:
    key = kept(store)
    assert store.counts_since("candidates") is None
    store.note(key, Verdict(up=True), person="Ada")
    reset = store.reset("candidates", person="Ada")
    later = store.note(key, Verdict(up=False), person="Ada")
    since = store.counts_since("candidates")
    assert since == reset.at
    assert [each.record.uid for each in store.history(Filter(since=since))] == [later.uid]
    assert store.count() == 2
    assert store.counts_since("segments") is None


def test_a_reset_is_taken_back_and_the_one_before_stands_again(store: Store) -> None:
    first, second = (store.reset("segments", person=name) for name in ("Ada", "Ben"))
    assert [(each.person, each.undone) for each in store.resets()] == [("Ben", False), ("Ada", False)]
    store.restore(second.uid, person="Ada")
    assert store.counts_since("segments") == first.at
    store.restore(first.uid, person="Ada")
    assert store.counts_since("segments") is None
    assert [(each.person, each.undone) for each in store.resets()] == [("Ben", True), ("Ada", True)]


def test_what_cannot_be(store: Store) -> None:
    with pytest.raises(StoreError, match="expected one of candidates, segments to reset; got 'all'"):
        store.reset("all", person="Ada")
    with pytest.raises(StoreError, match="no reset"):
        store.restore("f" * 32, person="Ada")
    with pytest.raises(StoreError, match="expected the name of a person"):
        store.reset("candidates", person=" ")
    reset = store.reset("candidates", person="Ada")
    store.restore(reset.uid, person="Ada")
    with pytest.raises(StoreError, match="already taken back"):
        store.restore(reset.uid, person="Ada")


@pytest.mark.parametrize("statement", ["update resets set person = 'Eve'", "delete from resets"])
def test_the_database_refuses_to_change_a_reset(store: Store, statement: str) -> None:
    store.reset("candidates", person="Ada")
    with pytest.raises(Exception, match="only added to"), store._engine.begin() as connection:
        connection.execute(text(statement))
