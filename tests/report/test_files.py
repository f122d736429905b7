"""Names are taken by every system."""

import os
from pathlib import Path

import pytest

from whylight.report.files import LONGEST_STEM, Names, safe, shown_path


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
