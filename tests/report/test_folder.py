"""The folder of a run: whole files, nothing left over, nothing lost."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from whylight.classifier import Classifier
from whylight.errors import WhylightError
from whylight.explanation import Explanation, explain
from whylight.frame import Frame
from whylight.methods.cam.grad_cam import GradCAM
from whylight.plots.overlay import overlay
from whylight.report.folder import LONGEST_MAP, UNFINISHED, Folder


@pytest.fixture
def explanation(convolution: Classifier, images: Tensor) -> Explanation:
    return explain(convolution, GradCAM(), images[:1], 3)


def listing(*names: str) -> dict[str, Any]:
    return {"items": [{"files": {"overlay": name}} for name in names]}


def test_maps_are_kept_raw(tmp_path: Path, explanation: Explanation) -> None:
    frame = Frame((60, 90), (15.0, 0.0, 75.0, 60.0))
    assert Folder(tmp_path).save_maps("cat.grad_cam", explanation, 0, frame) == "cat.grad_cam.npz"
    with np.load(tmp_path / "cat.grad_cam.npz", allow_pickle=False) as maps:
        assert np.array_equal(maps["map"], explanation.maps[0].numpy())
        assert np.array_equal(maps["picture_map"], frame.to_picture(explanation.maps[0]).numpy())
        assert maps["picture_map"].shape == (60, 90)
        assert maps["picture_size"].tolist() == [60, 90]
        assert maps["box"].tolist() == [15, 0, 75, 60]
        assert int(maps["target"]) == 3


def test_the_map_over_a_huge_picture_is_bounded(tmp_path: Path, explanation: Explanation) -> None:
    Folder(tmp_path).save_maps("a", explanation, 0, Frame((3000, 4096), (0.0, 0.0, 4096.0, 3000.0)))
    with np.load(tmp_path / "a.npz") as maps:
        assert maps["picture_map"].shape == (1500, LONGEST_MAP)
        assert maps["picture_size"].tolist() == [3000, 4096]


def test_a_figure_is_a_picture(tmp_path: Path, explanation: Explanation) -> None:
    name = Folder(tmp_path / "new").save_figure("cat", overlay(explanation))
    with Image.open(tmp_path / "new" / name) as figure:
        assert figure.width >= 900


def test_results_come_last_and_leave_nothing_of_an_older_run(tmp_path: Path) -> None:
    for name in ("old.png", "kept.png", "notes.png", "secret.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "results.json").write_text(json.dumps(listing("old.png", "kept.png", "../x.png", "secret.txt")))
    folder = Folder(tmp_path)
    folder.finish(listing("kept.png"), "<html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "kept.png", "notes.png", "report.html", "results.json", "secret.txt"
    ]  # fmt: skip
    assert json.loads((tmp_path / "results.json").read_text()) == listing("kept.png")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"items": [1]}', '{"items": [{"files": 3}]}', "\x00"])
def test_unreadable_results_do_not_stop_the_end_of_a_run(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.json").write_text(text)
    Folder(tmp_path).finish(listing(), "")
    assert json.loads((tmp_path / "results.json").read_text()) == {"items": []}


def test_a_file_of_an_unfinished_item_is_removed(tmp_path: Path, explanation: Explanation) -> None:
    folder = Folder(tmp_path)
    folder.save_maps("a", explanation, 0, Frame((32, 32), (0.0, 0.0, 32.0, 32.0)))
    folder.finish(listing(), "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "results.json"]


def test_nothing_is_left_when_it_is_discarded(tmp_path: Path, explanation: Explanation) -> None:
    folder = Folder(tmp_path)
    folder.save_maps("a", explanation, 0, Frame((32, 32), (0.0, 0.0, 32.0, 32.0)))
    folder.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "inside"):
        with pytest.raises(WhylightError, match=r"--out must be a folder; .*file is a file, so name another"):
            Folder(path).check()


def test_a_folder_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(WhylightError, match="cannot be written to; name another with --out"):
        Folder(tmp_path / "new" / "deep").check()


def test_checking_makes_nothing(tmp_path: Path) -> None:
    Folder(tmp_path / "new").check()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_no_half_file(
    tmp_path: Path, explanation: Explanation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    folder = Folder(tmp_path)
    with pytest.raises(OSError, match="No space"):
        folder.save_maps("a", explanation, 0, Frame((32, 32), (0.0, 0.0, 32.0, 32.0)))
    assert [path.name for path in tmp_path.iterdir()] == [UNFINISHED]
    folder.discard()
    assert list(tmp_path.iterdir()) == []


def test_maps_that_are_not_finite_are_kept_as_they_are(tmp_path: Path, explanation: Explanation) -> None:
    explanation.maps[0, 0, 0] = torch.nan
    Folder(tmp_path).save_maps("a", explanation, 0, Frame((32, 32), (0.0, 0.0, 32.0, 32.0)))
    with np.load(tmp_path / "a.npz") as maps:
        assert np.isnan(maps["map"][0, 0])


def test_the_files_of_a_killed_run_are_known_as_our_own(tmp_path: Path, explanation: Explanation) -> None:
    for name in ("cat", "dog"):
        Folder(tmp_path).save_figure(name, overlay(explanation))  # and then it is killed
    again = Folder(tmp_path)
    again.check()
    again.check_free({"cat.png", "dog.png"})
    again.save_figure("cat", overlay(explanation))
    again.finish(listing("cat.png"), "page")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat.png", "report.html", "results.json"]


def test_a_run_that_fails_leaves_the_list_of_the_killed_one(tmp_path: Path, explanation: Explanation) -> None:
    Folder(tmp_path).save_figure("cat", overlay(explanation))
    failing = Folder(tmp_path)
    failing.save_figure("dog", overlay(explanation))
    failing.discard()
    assert (tmp_path / "cat.png").exists()
    Folder(tmp_path).check_free({"cat.png"})
    (tmp_path / "bird.png").write_text("mine")
    with pytest.raises(WhylightError, match=r"bird\.png would be written over"):
        Folder(tmp_path).check_free({"bird.png"})
