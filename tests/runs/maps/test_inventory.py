"""The inventory: written once, read in ranges."""

from pathlib import Path

import pytest

from whylight.runs.maps import inventory
from whylight.runs.maps.place import Place


@pytest.mark.parametrize("protocol", ["", "local://"])
def test_ranges_within_and_across_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str) -> None:
    monkeypatch.setattr(inventory, "ROWS", 10)
    monkeypatch.setattr(inventory, "GROUP", 4)
    place = Place(f"{protocol}{tmp_path}/out")
    wanted = [None if number % 7 == 3 else f"/{number}/猫.png" for number in range(34)]
    told: list[int] = []
    assert inventory.write(place, iter(wanted), told.append) == 34
    assert told == [10, 20, 30, 34]
    for start in range(34):
        for stop in range(start, 35):
            assert inventory.read(place, start, stop) == wanted[start:stop]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = b"/a/\xff\xfe.png".decode("utf-8", "surrogateescape")
    assert inventory.write(Place(str(tmp_path)), [name]) == 1
    assert inventory.read(Place(str(tmp_path)), 0, 1) == [name]
