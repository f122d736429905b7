"""A run of maps in 8-bit numbers: calibrated by its first pictures, exact in all but the maps, tried against float32."""

from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
import pytest
from PIL import Image

import whylight
from whylight.precision import pilot
from whylight.runs.local import Local
from whylight.runs.maps import rows
from whylight.runs.maps.place import Place
from whylight.runs.maps.plan import FOLDER, MapsPlan
from whylight.runs.maps.run import Setup, carry_out

from .conftest import plan_of

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A broken picture and a good one."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.png").write_text("no picture")
    whylight.sample_picture()[1].resize((64, 64)).save(folder / "b.png")
    return folder


def found_by(plan: MapsPlan, out: Path) -> list[dict[str, object]]:
    setup = Setup(Place(str(out)), plan, whylight.load(), lambda logits: logits.topk(1, dim=1).indices, workers=1)
    carry_out(setup, Local("cpu"))
    found: list[dict[str, object]] = ds.dataset(out / FOLDER, partitioning="hive").to_table().to_pylist()
    return [row for row in found if row["place"] == 1]


def test_maps_are_nearly_those_of_float32_and_the_rest_is_theirs(pictures: Path, tmp_path: Path) -> None:
    plans = [
        plan_of(pictures, methods=("occlusion:window=16,stride=16",), precision=name) for name in ("float32", "int8")
    ]
    (exact,), (quick,) = (found_by(plan, tmp_path / plan.precision) for plan in plans)
    assert quick["error"] is None
    assert quick["probability"] == pytest.approx(exact["probability"], abs=1e-6)
    first, second = (rows.unpacked(row).flatten() for row in (exact, quick))
    assert not np.array_equal(first, second)
    assert np.corrcoef(first, second)[0, 1] >= pilot.LEAST


def test_a_map_that_changes_is_a_row_with_its_reason(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pilot, "LEAST", 1.1)
    Image.new("RGB", (64, 64)).save(pictures / "c.png")
    plan = plan_of(pictures, methods=("occlusion:window=16,stride=16",), precision="int8")
    out = tmp_path / "out"
    setup = Setup(Place(str(out)), plan, whylight.load(), lambda logits: logits.topk(1, dim=1).indices, workers=1)
    _, _, summary = carry_out(setup, Local("cpu"))
    assert summary is not None
    assert (summary.maps, summary.failures) == (0, 3)
    assert any("in 8-bit numbers the map of occlusion" in error for _, error in summary.reasons)
