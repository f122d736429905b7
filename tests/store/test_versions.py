"""An older store is brought up to date when it is opened, a newer one and a foreign file are refused in one sentence."""

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from whylight.errors import StoreError
from whylight.store import Store, Verdict, _tables, _versions
from whylight.store._connections import open_engine, read_url

from .conftest import kept

NEWEST = "0003"


def at_version(url: str, version: str) -> None:
    """Makes a store as an older whylight did."""
    engine = open_engine(read_url(url))
    _versions.upgrade(engine, version)
    assert _versions.version(engine) == version
    engine.dispose()


def test_the_migrations_end_where_the_tables_are(store: Store) -> None:
    assert store.version == NEWEST
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": _versions.TABLE})
        assert compare_metadata(context, _tables.metadata) == []


def test_an_older_store_is_upgraded_with_all_that_is_in_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at_version(url, "0001")
    with monkeypatch.context() as as_before:
        as_before.setattr(_versions, "upgrade", lambda engine: None)
        with Store(url) as older:
            record = older.note(kept(older), Verdict(up=True), person="Ada")
            with older._engine.begin() as connection:  # what the old version still let happen
                connection.execute(text("update records set person = 'Eve'"))
    with Store(url) as store:
        assert store.version == NEWEST
        assert [(each.record.uid, each.record.person) for each in store.history()] == [(record.uid, "Eve")]
        with pytest.raises(Exception, match="only added to"), store._engine.begin() as connection:
            connection.execute(text("update records set person = 'Mallory'"))


def test_opening_again_changes_nothing(url: str) -> None:
    with Store(url) as store:
        key = kept(store)
    with Store(url) as store:
        assert store.load(key).key == key


def test_a_newer_store_is_refused(url: str) -> None:
    with Store(url) as store, store._engine.begin() as connection:
        connection.execute(text("update whylight_version set version_num = '9999'"))
    with pytest.raises(
        StoreError, match=r"is of version 9999, which a newer whylight wrote.*up to 0003: update"
    ) as told:
        Store(url)
    assert "\n" not in str(told.value)


def test_tables_of_another_program_are_left_alone(url: str) -> None:
    engine = open_engine(read_url(url))
    with engine.begin() as connection:
        connection.execute(text("create table records (song text)"))
    with pytest.raises(StoreError, match=r"tables of another program \(records\)"):
        Store(url)
    with engine.begin() as connection:
        assert connection.execute(text("select count(*) from records")).scalar() == 0
    engine.dispose()


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at_version(url, "0001")

    def upgrade_and_fail(config: Config, to: str) -> None:
        real(config, to)
        raise RuntimeError("the power went off")

    real = command.upgrade
    with monkeypatch.context() as failing:
        failing.setattr(command, "upgrade", upgrade_and_fail)
        with pytest.raises(RuntimeError):
            Store(url)
    engine = open_engine(read_url(url))
    assert _versions.version(engine) == "0001"
    engine.dispose()
    with Store(url) as store:
        assert store.version == NEWEST


REFUSED: list[tuple[str, str]] = [
    ("", "expected a store as a file"),
    ("sqlite://", "expected a store as a file"),
    ("sqlite:///:memory:", "expected a store as a file"),
    ("mysql://root:secret@host/db", r"got mysql://…"),
    ("postgresql://ada:secret@127.0.0.1:1/db", "cannot be reached"),
    ("no/such/folder/store.db", "make its folder first"),
    ("song.mp3", "is not a store but another kind of file"),
    ("album", "no way to"),
]


@pytest.mark.parametrize(("where", "sentence"), REFUSED)
def test_what_is_no_store(where: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("song.mp3").write_bytes(b"ID3 something that is no database at all" * 99)
    Path("album").mkdir()
    with pytest.raises(StoreError, match=sentence) as told:
        Store(where)
    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_can_be_named_in_two_ways(tmp_path: Path) -> None:
    path = tmp_path / "my störe.db"
    with Store(path) as store:
        kept(store)
    with Store(f"sqlite:///{path}") as store:
        assert len(store.choices().models) == 1
        assert store.where == str(path)
    with sqlite3.connect(path) as plain:
        assert plain.execute("pragma journal_mode").fetchone() == ("wal",)
    plain.close()
