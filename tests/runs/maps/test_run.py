"""A run of maps in one process: the same maps as the library gives, gone on with after a stop, the same bytes in the end."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import torch

import whylight
from whylight.errors import DataError, RunError
from whylight.runs.local import Local
from whylight.runs.maps import rows
from whylight.runs.maps.place import Place
from whylight.runs.maps.plan import FOLDER, MapsPlan
from whylight.runs.maps.run import Setup, carry_out
from whylight.runs.maps.shards import Maps, name_of

from .conftest import METHODS, plan_of


def top2(logits: torch.Tensor) -> torch.Tensor:
    return logits.topk(2, dim=1).indices


def setup_of(out: Path | str, plan: MapsPlan, **others: Any) -> Setup:
    return Setup(Place(str(out)), plan, whylight.load("bundled"), top2, workers=1, **others)


def maps_in(out: Path) -> list[dict[str, Any]]:
    found = ds.dataset(out / FOLDER, partitioning="hive").to_table()
    ordered: list[dict[str, Any]] = found.sort_by("place").to_pylist()
    return ordered


def bytes_in(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (out / FOLDER).rglob("*.parquet")}


def test_the_maps_are_those_of_the_library(album: Path, tmp_path: Path) -> None:
    setup = setup_of(tmp_path / "out", plan_of(album))
    begun, outcome, summary = carry_out(setup, Local("cpu"))
    assert (begun.count, begun.shard, outcome.finished) == (10, 8, 2)
    assert summary is not None
    assert (summary.pictures, summary.maps, summary.failures) == (9, 9 * 2 * 2, 1)
    found = maps_in(tmp_path / "out")
    (failed,) = [row for row in found if row["error"]]
    assert failed["picture"] == str(album / "broken.png")
    assert "is not a picture" in failed["error"]
    assert failed["method"] is None
    classifier = whylight.load("bundled")
    image, frame = classifier.fit(whylight.read_picture(album / "3.png"))
    for text in METHODS:
        mine = [row for row in found if row["picture"] == str(album / "3.png") and row["method"] == text]
        assert [row["rank"] for row in mine] == [0, 1]
        for row in mine:
            wanted = whylight.explain(classifier, whylight.read_method(text), image[None], row["target_index"])
            assert row["target"] == classifier.labels[row["target_index"]]
            assert row["box"] == pytest.approx(frame.box)
            assert (row["picture_height"], row["picture_width"]) == frame.size
            assert row["probability"] == pytest.approx(float(wanted.verdict.probability[0]), abs=1e-6)
            assert row["without_supporting"] == pytest.approx(float(wanted.verdict.without_supporting[0]), abs=1e-5)
            assert tuple(row["flags"]) == wanted.verdict.flags[0]
            np.testing.assert_allclose(rows.unpacked(row), wanted.maps[0].numpy(), atol=1e-3 * row["scale"])


def test_a_stopped_run_goes_on_to_the_same_bytes(album: Path, tmp_path: Path) -> None:
    plan = plan_of(album, methods=("saliency",))
    carry_out(setup_of(tmp_path / "whole", plan), Local("cpu"))

    def stop(done: int, _whole: int) -> None:
        if done > 8:
            raise KeyboardInterrupt

    _, outcome, summary = carry_out(setup_of(tmp_path / "again", plan), Local("cpu"), stop)
    assert (outcome.stopped, outcome.finished, summary) == (True, 1, None)
    (album / "later.png").write_bytes((album / "0.png").read_bytes())  # the inventory is not made again
    told: list[tuple[int, int]] = []
    _, outcome, summary = carry_out(setup_of(tmp_path / "again", plan), Local("cpu"), lambda *each: told.append(each))
    assert (outcome.stopped, outcome.finished) == (False, 2)
    assert (told[0], told[-1]) == ((8, 10), (10, 10))
    assert bytes_in(tmp_path / "whole") == bytes_in(tmp_path / "again")


def test_an_address_of_an_object_store_on_both_sides(album: Path, tmp_path: Path) -> None:
    plan = plan_of(f"local://{album}", methods=("saliency",))
    _, outcome, summary = carry_out(setup_of(f"local://{tmp_path}/out", plan), Local("cpu"))
    assert outcome.finished == 2
    assert summary is not None
    assert (summary.pictures, summary.failures) == (9, 1)
    found = maps_in(tmp_path / "out")
    assert found[0]["picture"] == f"local://{album}/0.png"
    (failed,) = [row for row in found if row["error"]]
    assert failed["error"].startswith(f"local://{album}/broken.png is not a picture")


def test_rows_of_a_list_without_a_picture(album: Path, tmp_path: Path) -> None:
    import pyarrow as pa

    pq.write_table(pa.table({"path": [None, "album/0.png", "nothing.png"]}), tmp_path / "list.parquet")
    plan = plan_of(tmp_path / "list.parquet", methods=("saliency",))
    carry_out(setup_of(tmp_path / "out", plan), Local("cpu"))
    first, *_, last = maps_in(tmp_path / "out")
    assert (first["picture"], first["error"]) == (None, "the list has no address here")
    assert last["error"] == f"there is no file {tmp_path}/nothing.png; check the path"


def test_a_method_that_fails_on_a_picture_fails_alone(album: Path, tmp_path: Path) -> None:
    plan = plan_of(album, methods=("saliency", "grad_cam:layer=nowhere"))
    carry_out(setup_of(tmp_path / "out", plan), Local("cpu"))
    found = maps_in(tmp_path / "out")
    failed = [row for row in found if row["error"] and row["method"]]
    assert {row["method"] for row in failed} == {"grad_cam:layer=nowhere"}
    assert len(failed) == 9
    assert sum(row["map"] is not None for row in found) == 9 * 2


def test_many_pictures_are_finished_in_larger_shards() -> None:
    plan = plan_of("pictures")
    assert [plan.of(count).shard for count in (1, 511, 1_000, 4_096, 10**8)] == [8, 8, 15, 64, 64]
    large = plan.of(10**8)
    assert large.shards == 1_562_500
    assert large.places(1_562_499) == range(10**8 - 64, 10**8)
    assert name_of(1_562_499) == "maps/block=01562/01562499.parquet"


def test_finished_shards_are_found_block_by_block(tmp_path: Path) -> None:
    plan = replace(plan_of("pictures"), count=20_000, shard=8)
    job = Maps(Place(str(tmp_path)), plan, top2)
    for number in (0, 999, 1_000, 2_499):
        Place(str(tmp_path)).write(name_of(number), b"")
    assert job.finished() == [0, 999, 1_000, 2_499]
    assert [job.is_finished(number) for number in (999, 998)] == [True, False]


@pytest.mark.parametrize("protocol", ["", "local://"])
def test_another_plan_or_other_files_are_refused(album: Path, tmp_path: Path, protocol: str) -> None:
    out = f"{protocol}{tmp_path}/out"
    plan = plan_of(album, methods=("saliency",))
    carry_out(setup_of(out, plan), Local("cpu"))
    other = replace(plan, target=("cat",), pictures=("elsewhere",))
    with pytest.raises(
        RunError, match=r"another plan: pictures had .*album and now have elsewhere; target had top1 and now"
    ):
        carry_out(setup_of(out, other), Local("cpu"))
    with pytest.raises(RunError, match=r"holds what no run of many pictures wrote, such as 0\.png; name an empty"):
        carry_out(setup_of(f"{protocol}{album}", plan), Local("cpu"))


def test_nothing_is_left_of_a_run_that_began_nothing(album: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file or folder nothing"):
        carry_out(setup_of(tmp_path / "out", plan_of("nothing")), Local("cpu"))
    (album / "empty").mkdir()
    with pytest.raises(DataError, match="there is no picture in the folder"):
        carry_out(setup_of(tmp_path / "out", plan_of(album / "empty")), Local("cpu"))

    def stop(_done: int, _whole: int) -> None:
        raise KeyboardInterrupt

    carry_out(setup_of(tmp_path / "out", plan_of(album)), Local("cpu"), stop)
    assert not (tmp_path / "out").exists()
