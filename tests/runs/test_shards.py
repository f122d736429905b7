"""Shards: the same cut for the same seed, equal bytes for equal rows, and no half of a file."""

from dataclasses import replace
from pathlib import Path

from whylight.runs import shards
from whylight.runs.rows import Subject, row

from .conftest import PLAN

ROWS = [row(Subject(2, "ü\udcff.png", "ab"), "m", "lime", control=False, metric="gini", score=0.5, timed=False)]


def test_the_cut_is_an_order_of_all_pictures_drawn_by_the_seed() -> None:
    plan = replace(PLAN, limit=None)
    cut = shards.cut(plan)
    assert [len(shard) for shard in cut] == [3, 3, 3, 1]
    assert sorted(place for shard in cut for place in shard) == list(range(10))
    assert cut == shards.cut(plan) != shards.cut(replace(plan, seed=1))


def test_a_limit_takes_the_first_of_the_order() -> None:
    whole, some = shards.cut(replace(PLAN, limit=None)), shards.cut(replace(PLAN, limit=5))
    assert [place for shard in some for place in shard] == [place for shard in whole for place in shard][:5]


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    (tmp_path / shards.FOLDER).mkdir()
    for number in range(2):
        shards.write(tmp_path, number, ROWS)
    first, second = (shards.path_of(tmp_path, number).read_bytes() for number in range(2))
    assert first == second
    (back,) = shards.read(tmp_path, 0).to_pylist()
    assert (back["picture"], back["score"], back["label"]) == ("ü?.png", 0.5, None)


def test_only_whole_files_count_as_finished(tmp_path: Path) -> None:
    (tmp_path / shards.FOLDER).mkdir()
    for number in (0, 2, 5):
        shards.write(tmp_path, number, ROWS)
    cut_off = shards.path_of(tmp_path, 2)
    cut_off.write_bytes(cut_off.read_bytes()[:100])
    shards.path_of(tmp_path, 1).touch()
    assert shards.finished(tmp_path, 4) == [0]
