"""Sources: folders, lists and single pictures become addresses, one after another."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from whylight.errors import DataError
from whylight.runs.maps.sources import addresses_in, check


def listed(path: Path, /, **columns: list[object]) -> str:
    pq.write_table(pa.table(columns), path)
    return str(path)


def test_folders_pictures_and_lists_in_their_order(album: Path, tmp_path: Path) -> None:
    rows = listed(tmp_path / "list.PARQUET", at=["album/1.png", None, "", "/far/2.png", "s3://bucket/3.png"])
    found = list(addresses_in([str(album / "7.png"), rows, str(album / "grün 猫")]))
    assert found == [
        str(album / "7.png"),
        str(album / "1.png"),
        *(None, None),
        *("/far/2.png", "s3://bucket/3.png"),
        str(album / "grün 猫" / "a b.jpg"),
    ]


def test_a_list_behind_a_url(album: Path, tmp_path: Path) -> None:
    rows = listed(tmp_path / "list.parquet", at=["album/1.png"])
    assert list(addresses_in([f"local://{rows}"])) == [f"local://{album}/1.png"]
    assert list(addresses_in([f"file://{rows}"])) == [str(album / "1.png")]


@pytest.mark.parametrize(
    ("columns", "named", "wanted"),
    [
        ({"number": [1], "anything": ["a"]}, None, "a"),
        ({"note": ["x"], "url": ["b"], "path": ["a"]}, None, "a"),
        ({"note": ["c"], "path": ["a"]}, "note", "c"),
    ],
)
def test_the_column(tmp_path: Path, columns: dict[str, list[object]], named: str | None, wanted: str) -> None:
    rows = listed(tmp_path / "list.parquet", **columns)
    assert list(addresses_in([rows], named)) == [str(tmp_path / wanted)]


def test_a_column_of_a_dictionary(tmp_path: Path) -> None:
    table = pa.table({"path": pa.array(["a", "b", "a"]).dictionary_encode()})
    pq.write_table(table, tmp_path / "list.parquet")
    assert list(addresses_in([str(tmp_path / "list.parquet")])) == [str(tmp_path / each) for each in "aba"]


@pytest.mark.parametrize(
    ("columns", "named", "sentence"),
    [
        (
            {"note": ["x"], "words": ["y"]},
            None,
            "has not one column with addresses; name one of note, words with --column",
        ),
        ({"note": ["x"]}, "path", "has no column 'path' of text; name one of note with --column"),
        ({"number": [1]}, None, "has not one column with addresses; name one of none"),
        ({"path": pa.array([], pa.string())}, None, r"the list .*list\.parquet has no rows"),
    ],
)
def test_lists_that_cannot_be_used(
    tmp_path: Path, columns: dict[str, list[object]], named: str | None, sentence: str
) -> None:
    rows = listed(tmp_path / "list.parquet", **columns)
    with pytest.raises(DataError, match=sentence):
        list(addresses_in([rows], named))


def test_what_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no file or folder nothing\.png; check the path"):
        check(["nothing.png"])
    with pytest.raises(DataError, match=r"there is no picture in the folder .*; known are \.avif \.bmp"):
        list(addresses_in([str(tmp_path)]))
    (tmp_path / "list.parquet").write_text("no list")
    with pytest.raises(DataError, match=r"list\.parquet is not a Parquet list that can be read"):
        list(addresses_in([str(tmp_path / "list.parquet")]))
