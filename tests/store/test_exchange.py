"""A store goes out as plain files and comes back the same; what is damaged or made up is refused as a whole."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from whylight.errors import StoreError
from whylight.store import Filter, Picture, SegmentVote, Shown, Store, Stroke, Verdict

from .conftest import MODEL, kept

ALL = Filter(kinds=("shown", "verdict", "stroke", "segment_vote", "undo"), undone=None)


def fill(store: Store) -> None:
    """Some of everything."""
    for number in range(3):
        key = kept(store, number, rank=number + 1)
        store.note(key, Shown(), person="Ada")
        store.note(key, Verdict(up=number == 1), person="Ada")
        store.note(key, SegmentVote(number, belongs=False), person="Jürgen 猫")
    store.note(kept(store), Stroke(matters=True, width=0.1, points=((0.1 + 0.2, 1.0), (0.0, 1.0))), person="Ada")
    store.undo(person="Ada")
    store.undo(person="Ada")
    store.restore(store.reset("candidates", person="Ada").uid, person="Ben")
    store.add_picture(Picture("f" * 64, "dropped.png", 2, 2), b"\x89PNG\0 bytes")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def export(store: Store, tmp_path: Path) -> Path:
    """The export of a filled store."""
    fill(store)
    store.export_to(tmp_path / "export")
    return tmp_path / "export"


@pytest.fixture
def other(fresh: Callable[[], str], export: Path) -> Iterator[Store]:
    """A second store, empty."""
    with Store(fresh()) as opened:
        yield opened


def test_out_and_in_and_out_gives_the_same_bytes(store: Store, other: Store, export: Path, tmp_path: Path) -> None:
    added = other.import_from(export)
    assert added == {"arrays": 5, "pictures": 4, "models": 1, "explanations": 3, "records": 12, "resets": 2}
    other.export_to(tmp_path / "again")
    assert files(tmp_path / "again") == files(export)
    assert [each.record.uid for each in other.history(ALL)] == [each.record.uid for each in store.history(ALL)]
    assert [each.record.said for each in other.history(ALL)] == [each.record.said for each in store.history(ALL)]
    assert other.content("f" * 64) == b"\x89PNG\0 bytes"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=False)
def test_the_engines_write_the_same_bytes(engine: str, export: Path, tmp_path: Path, server: Any) -> None:
    with Store(server.empty(1)) as foreign:
        foreign.import_from(export)
        foreign.export_to(tmp_path / "foreign")
    assert files(tmp_path / "foreign") == files(export)


def test_numpy_reads_the_arrays(store: Store, export: Path) -> None:
    evidence = store.load(kept(store)).evidence
    assert evidence is not None
    with np.load(export / "arrays.npz", allow_pickle=False) as arrays:
        assert arrays[evidence].tolist() == store.array(evidence).tolist()


def test_reading_twice_adds_nothing(other: Store, export: Path) -> None:
    other.import_from(export)
    assert set(other.import_from(export).values()) == {0}


def test_two_stores_come_together(other: Store, export: Path) -> None:
    key = kept(other, 1, rank=2)
    other.note(key, Verdict(up=False), person="Ben")
    other.import_from(export)
    seen = other.candidates(f"{1:064x}", MODEL.key)
    assert [(each.ups, each.downs) for each in seen] == [(1, 1)]


def test_an_undo_from_elsewhere_undoes_here(other: Store, export: Path) -> None:
    other.import_from(export)
    assert [each.record.said for each in other.history(Filter(person="Ada"))] == [Verdict(up=True), Verdict(up=False)]


def damaged(export: Path, name: str, change: Callable[[bytes], bytes], *, honest: bool) -> None:
    """Changes a file; ``honest``: with the checksum that fits."""
    path = export / name
    path.write_bytes(change(path.read_bytes()))
    if honest:
        document = json.loads((export / "store.json").read_text())
        document["files"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
        (export / "store.json").write_text(json.dumps(document))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=False)
@pytest.mark.parametrize(
    ("name", "change", "honest", "sentence"),
    [
        ("records.jsonl", lambda old: old[:-10], False, "missing, damaged or was changed"),
        ("records.jsonl", lambda old: old[:-10], True, "line 12 of .*records.jsonl is not what"),
        ("records.jsonl", lambda old: old.replace(b'"verdict"', b'"thought"', 1), True, "refused"),
        ("records.jsonl", lambda old: old.replace(b'"up":true', b'"up":1', 1), True, "up cannot be '1'"),
        ("records.jsonl", lambda old: old.replace(b'"person":"Ada",', b"", 1), True, "expected the columns"),
        ("records.jsonl", lambda old: old.replace(b'"points":[[', b'"points":[[7.0,', 1), True, "is not what"),
        ("records.jsonl", lambda old: old.replace(b"+00:00", b"", 1), True, "has no zone"),
        ("explanations.jsonl", lambda old: old.replace(b'"samples":300', b'"samples":999', 1), True, "does not fit"),
        ("models.jsonl", lambda old: b"", True, "refused"),
        ("models.jsonl", lambda old: b"[" * 100_000, True, "is not what"),
        ("arrays.npz", lambda old: b"no archive", True, "cannot be read|can be read"),
        ("arrays.npz", lambda old: old[:200] + b"\xff" * 40 + old[240:], True, "cannot be read|can be read"),
        ("store.json", lambda old: b"{}", False, "cannot be read"),
        ("store.json", lambda old: old.replace(b'"form": 2', b'"form": 3'), False, "is of form 3"),
        ("resets.jsonl", lambda old: old.replace(b"candidates", b"everything"), True, "nobody learns"),
    ],
)
def test_what_is_wrong_is_refused_as_a_whole(
    other: Store, export: Path, name: str, change: Callable[[bytes], bytes], honest: bool, sentence: str
) -> None:
    damaged(export, name, change, honest=honest)
    with pytest.raises(StoreError, match=sentence):
        other.import_from(export)
    assert other.count(ALL) == 0
    assert other.choices().models == ()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=False)
def test_a_folder_that_is_no_export(other: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is no export of a store"):
        other.import_from(tmp_path)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=False)
def test_an_export_of_the_first_form_is_read(other: Store, export: Path) -> None:
    """It knew no resets."""
    (export / "resets.jsonl").unlink()
    damaged(export, "store.json", lambda old: old.replace(b'"form": 2', b'"form": 1'), honest=False)
    assert other.import_from(export)["records"] == 12
    assert other.resets() == []
