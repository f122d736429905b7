"""Files are there whole or not at all, under names that every system takes."""

import os
from pathlib import Path

import pytest

from whylight.report.files import LONGEST_STEM, Names, safe, shown_path, written_whole


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    with written_whole(tmp_path / "a.txt") as file:
        file.write(b"half")
        assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "a.txt").read_bytes() == b"half"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.txt"]


def test_a_failure_leaves_what_was_there_before(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(TypeError), written_whole(tmp_path / "a.txt") as file:
        file.writelines([b"half", "no bytes"])  # type: ignore[list-item]  # the mistake that is meant
    assert (tmp_path / "a.txt").read_text() == "old"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.txt"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cat", "cat"),
        ("größte Katze 猫", "größte_Katze_猫"),
        ("../../etc/passwd", "etc_passwd"),
        ('a\\b:c*d?"<>|\n', "a_b_c_d"),
        ("", "picture"),
        ("...", "picture"),
        ("e\u0301", "é"),
        ("\udcff", "picture"),
    ],
)
def test_names_are_safe(text: str, name: str) -> None:
    assert safe(text).replace("__", "_").replace("__", "_").rstrip("_") == name


def test_long_names_are_cut_between_letters() -> None:
    assert len(safe("猫" * 200).encode()) <= LONGEST_STEM
    assert set(safe("猫" * 200)) == {"猫"}


def test_names_are_unique_also_where_capitals_do_not_count() -> None:
    names = Names()
    assert [names(text) for text in ("cat", "Cat", "cat", "cat-2", "dog")] == [
        "cat",
        "Cat-2",
        "cat-3",
        "cat-2-2",
        "dog",
    ]


def test_a_path_of_any_bytes_can_be_printed() -> None:
    shown_path(Path(os.fsdecode(b"caf\xe9.png"))).encode("utf-8")
