"""``whylight explain``: what it writes, prints and answers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from whylight import classifiers, perturb
from whylight.classifier import Classifier
from whylight.cli import _explaining, _tables, _work
from whylight.explanation import Explanation, explain
from whylight.methods.cam.grad_cam import GradCAM
from whylight.methods.perturbation.occlusion import Occlusion

from .conftest import QUICK, Run


def results_in(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return results


def test_no_argument_explains_the_sample(run: Run, tmp_path: Path) -> None:
    answer = run("explain", *QUICK)
    assert answer.exit_code == 0, answer.stderr
    assert "chelsea" in answer.stdout
    assert "whylight-out/report.html" in answer.stdout
    assert answer.stderr == ""
    results = results_in(tmp_path / "whylight-out")
    assert [item["method"] for item in results["items"]] == ["grad_cam", "occlusion:window=16,stride=16"]


def test_all_files_are_there_and_listed(run: Run, tmp_path: Path) -> None:
    run("explain", *QUICK)
    out = tmp_path / "whylight-out"
    listed = {name for item in results_in(out)["items"] for name in item["files"].values()}
    assert {path.name for path in out.iterdir()} == listed | {"results.json", "report.html"}
    assert listed == {
        f"chelsea.{method}.{kind}"
        for method in ("grad_cam", "occlusion_window_16_stride_16")
        for kind in ("png", "npz")
    }
    with np.load(out / "chelsea.grad_cam.npz") as maps:
        assert maps["map"].shape == (32, 32)
        assert maps["picture_map"].shape == (300, 451)


def test_the_plan_holds_every_setting(run: Run, tmp_path: Path) -> None:
    run("explain", "--method", "rise:samples=8", "--seed", 7, "--batch-size", 4, "--target", "bee")
    plan = results_in(tmp_path / "whylight-out")["plan"]
    assert plan["methods"][0]["name"] == "rise"
    assert (plan["methods"][0]["samples"], plan["methods"][0]["seed"]) == (8, 7)
    assert plan["pictures"] == ["chelsea"]
    assert {key: plan[key] for key in ("model", "target", "seed", "precision", "batch_size", "device")} == {
        "model": "convolution", "target": "bee", "seed": 7, "precision": "float32", "batch_size": 4, "device": "cpu"
    }  # fmt: skip


def test_broken_pictures_are_listed_and_the_good_ones_explained(run: Run, album: Path, tmp_path: Path) -> None:
    answer = run("explain", album, "nowhere.png", *QUICK)
    assert answer.exit_code == 1
    assert answer.stderr.count("error: ") == 3
    assert "nowhere.png" in answer.stderr
    assert "Traceback" not in answer.stderr
    items = results_in(tmp_path / "whylight-out")["items"]
    broken = [Path(item["picture"]).name for item in items if "error" in item]
    assert broken == ["empty.png", "words.jpg", "nowhere.png"]
    assert len([item for item in items if "error" not in item]) == 4
    assert (tmp_path / "whylight-out" / "grün_猫.grad_cam.png").exists()
    assert "words.jpg" in (tmp_path / "whylight-out" / "report.html").read_text(encoding="utf-8")


def test_nothing_that_can_be_explained_leaves_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.png").touch()
    answer = run("explain", "broken.png")
    assert answer.exit_code == 2
    assert answer.stderr == "error: broken.png is empty (0 bytes); copy it again\n"
    assert answer.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["broken.png"]


def test_pictures_of_one_name_get_files_of_their_own(run: Run, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (20, 20), "red").save(tmp_path / folder / "cat.png")
    assert run("explain", "a", "b", "--method", "grad_cam").exit_code == 0
    files = [item["files"]["overlay"] for item in results_in(tmp_path / "whylight-out")["items"]]
    assert files == ["cat.grad_cam.png", "cat-2.grad_cam.png"]


def test_a_second_run_leaves_nothing_of_the_first(run: Run, album: Path, tmp_path: Path) -> None:
    run("explain", album, *QUICK)
    run("explain", album / "b.jpg", "--method", "grad_cam")
    assert {path.name for path in (tmp_path / "whylight-out").iterdir()} == {
        "b.grad_cam.png", "b.grad_cam.npz", "report.html", "results.json"
    }  # fmt: skip


def test_several_targets_are_items_of_their_own(run: Run, convolution: Classifier, tmp_path: Path) -> None:
    assert run("explain", "--method", "grad_cam", "--target", "top3").exit_code == 0
    items = results_in(tmp_path / "whylight-out")["items"]
    probabilities = [item["probability"] for item in items]
    assert probabilities == sorted(probabilities, reverse=True)
    assert len({item["target"]["index"] for item in items}) == 3
    assert [item["files"]["overlay"] for item in items] == [f"chelsea.grad_cam.top{rank}.png" for rank in (1, 2, 3)]


def test_json_is_all_that_stdout_holds(run: Run, album: Path, tmp_path: Path) -> None:
    answer = run("explain", album, "--json", *QUICK)
    assert answer.exit_code == 1
    assert json.loads(answer.stdout) == results_in(tmp_path / "whylight-out")


def test_json_of_nothing_lists_the_errors(run: Run, tmp_path: Path) -> None:
    answer = run("explain", "nowhere.png", "--json")
    assert answer.exit_code == 2
    assert json.loads(answer.stdout)["items"][0]["error"] == "there is no file or folder nowhere.png; check the path"
    assert list(tmp_path.iterdir()) == []


def test_quiet_prints_nothing(run: Run) -> None:
    answer = run("explain", "--quiet", "--method", "grad_cam")
    assert (answer.exit_code, answer.output) == (0, "")


def test_strict_fails_on_a_flag(run: Run, tmp_path: Path) -> None:
    words = ("explain", "--method", "grad_cam:relu=true", "--target", "dog")
    Image.new("RGB", (32, 32)).save(tmp_path / "black.png")
    assert run(*words, "black.png").exit_code == 0
    assert results_in(tmp_path / "whylight-out")["items"][0]["flags"] != []
    assert run(*words, "black.png", "--strict").exit_code == 1


def test_strict_passes_without_flags(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def unflagged(*parts: Any) -> Explanation:
        explanation = explain(*parts)
        return replace(explanation, verdict=replace(explanation.verdict, flags=((),) * len(explanation)))

    monkeypatch.setattr(_work, "explain", unflagged)
    assert run("explain", "--strict", "--method", "grad_cam").exit_code == 0


def test_a_method_that_fails_does_not_stop_the_others(run: Run, tmp_path: Path) -> None:
    answer = run(
        "explain", "--method", "occlusion:window=99", "--method", "grad_cam:layer=nowhere", "--method", "grad_cam"
    )
    assert answer.exit_code == 1
    assert "error: occlusion:window=99: expected a window of 1 to 32 pixels" in answer.stderr
    items = results_in(tmp_path / "whylight-out")["items"]
    assert [item["flags"] for item in items][1] == ["layer_not_reached"]
    assert ["error" in item for item in items] == [True, True, False]


def test_a_picture_that_fails_alone_does_not_stop_the_batch(
    run: Run, album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (32, 32), "white").save(album / "white.png")
    original = GradCAM.__call__

    def fails_on_white(self: GradCAM, classifier: Classifier, images: torch.Tensor, targets: torch.Tensor) -> Any:
        if (images == 1).flatten(1).all(dim=1).any():
            raise ZeroDivisionError
        return original(self, classifier, images, targets)

    monkeypatch.setattr(GradCAM, "__call__", fails_on_white)
    answer = run("explain", album, "--method", "grad_cam")
    assert answer.exit_code == 1
    items = results_in(tmp_path / "whylight-out")["items"]
    assert {Path(item["picture"]).name: item.get("error") for item in items}["white.png"] == "ZeroDivisionError"
    assert len([item for item in items if "error" not in item]) == 2


def test_a_black_box_gets_methods_that_suit_it(
    run: Run, black_box: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifiers, "load", lambda text, *, device: black_box)
    monkeypatch.setattr(_explaining, "DEFAULTS_OF_BLACK_BOX", ("occlusion:window=16",))
    assert run("explain").exit_code == 0
    answer = run("explain", "--method", "grad_cam")
    assert answer.exit_code == 2
    assert "methods that work on it" in answer.stderr


def test_ctrl_c_keeps_what_is_finished(run: Run, album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Occlusion, "__call__", stopped)
    answer = run("explain", album, *QUICK)
    assert answer.exit_code == 130
    assert answer.stderr.endswith("stopped: 2 explanations were finished and kept\n")
    out = tmp_path / "whylight-out"
    items = [item for item in results_in(out)["items"] if "error" not in item]
    assert [item["method"] for item in items] == ["grad_cam"] * 2
    assert {path.name for path in out.iterdir()} == {
        *(name for item in items for name in item["files"].values()), "results.json", "report.html"
    }  # fmt: skip


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    answer = run("explain", "--method", "grad_cam")
    assert answer.exit_code == 2
    assert answer.stderr == "error: No space left on device\n"
    assert list(tmp_path.iterdir()) == []


def test_reduced_precision_reports_its_error(run: Run, tmp_path: Path) -> None:
    assert run("explain", "--method", "occlusion:window=16", "--precision", "bfloat16").exit_code == 0
    item = results_in(tmp_path / "whylight-out")["items"][0]
    assert item["details"]["precision_error"] > 0


def test_the_batch_size_reaches_the_engine(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int | None] = []
    original = perturb.batch_size_for

    def watched(images: torch.Tensor) -> int:
        seen.append(perturb.current_execution().batch_size)
        return original(images)

    monkeypatch.setattr(perturb, "batch_size_for", watched)
    run("explain", "--method", "occlusion:window=16", "--batch-size", 3)
    assert set(seen) == {3}


def test_model_and_device_are_passed_on(run: Run, convolution: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[str | None, str]] = []

    def load(text: str | None, *, device: str) -> Classifier:
        given.append((text, device))
        return convolution

    monkeypatch.setattr(classifiers, "load", load)
    run("explain", "--model", "onnx:net.onnx", "--device", "cpu", "--method", "grad_cam")
    run("explain", "-m", "timm:x", "--method", "grad_cam")
    auto = "cuda" if torch.cuda.is_available() else "cpu"
    assert given == [("onnx:net.onnx", "cpu"), ("timm:x", auto)]


def test_many_pictures_are_tables_up_to_a_limit(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tables, "MOST_PICTURES", 4)
    (tmp_path / "many").mkdir()
    for number in range(7):
        Image.new("RGB", (8, 8), (number * 9, 90, 40)).save(tmp_path / "many" / f"{number}.png")
    answer = run("explain", "many", "--method", "grad_cam")
    assert answer.exit_code == 0
    assert "many/3.png" in answer.stdout
    assert "many/4.png" not in answer.stdout
    assert "… and 3 more pictures" in answer.stdout
    assert len(results_in(tmp_path / "whylight-out")["items"]) == 7


def test_same_seed_same_maps(run: Run, tmp_path: Path) -> None:
    maps = []
    for out, seed in (("a", 1), ("b", 1), ("c", 2)):
        run("explain", "--method", "rise:samples=40", "--seed", seed, "--out", out)
        with np.load(tmp_path / out / "chelsea.rise_samples_40.npz") as saved:
            maps.append(saved["map"])
    assert np.array_equal(maps[0], maps[1])
    assert not np.array_equal(maps[0], maps[2])


def test_the_seed_reaches_parts_inside_parts() -> None:
    methods = _explaining.read_methods(["smooth_grad:of=(rise:samples=8)"], 5)
    method = methods["smooth_grad:of=(rise:samples=8)"]
    assert (method.seed, method.of.seed) == (5, 5)  # type: ignore[attr-defined]  # these two have a seed
    assert _explaining.read_methods(["rise"], None)["rise"].seed == 0  # type: ignore[attr-defined]  # it has one
