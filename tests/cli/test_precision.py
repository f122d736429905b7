"""``whylight explain --precision``: what is measured is said and kept, what cannot be is refused before any work."""

import json
from pathlib import Path
from typing import Any

import pytest

from whylight.cli import _passes
from whylight.precision.choice import Choice, Tried

from .conftest import Run

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

OCCLUSION = ("--method", "occlusion:window=16,stride=16,output=logit")


def results_in(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "whylight-out" / "results.json").read_text(encoding="utf-8"))
    return results


def test_float32_in_torch_unless_asked(run: Run, tmp_path: Path) -> None:
    assert run("explain", *OCCLUSION).stderr == ""
    precision = results_in(tmp_path)["precision"]
    assert (precision["asked"], precision["name"], precision["trials"]) == ("float32", "float32", [])
    assert precision["runtime"].startswith("torch ")


def test_8_bit_numbers_are_tried_said_and_kept(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whylight.precision.pilot.LEAST", -1.0)  # of a network that was never trained
    answer = run("explain", *OCCLUSION, "--precision", "int8")
    assert answer.exit_code == 0, answer.stderr
    assert answer.stderr.startswith("int8: maps correlate with float32's by at least ")
    assert "in 1 trial, " in answer.stderr
    results = results_in(tmp_path)
    precision = results["precision"]
    assert (precision["asked"], precision["name"], precision["least_correlation"]) == ("int8", "int8", 0.98)
    assert precision["runtime"].startswith("onnxruntime ")
    assert precision["calibration"] == [results["items"][0]["picture"]]
    assert precision["correlation"] == precision["trials"][0]["correlation"]
    assert precision["speed_up"] > 0
    assert results["items"][0]["details"]["precision_error"] > 0


def test_maps_that_change_are_refused_and_nothing_is_kept(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whylight.precision.pilot.LEAST", 1.1)
    answer = run("explain", *OCCLUSION, "--precision", "int8")
    assert answer.exit_code == 2
    assert "in 8-bit numbers the map of occlusion on convolution correlates with float32's by " in answer.stderr
    assert "use --precision float32" in answer.stderr
    assert not (tmp_path / "whylight-out" / "results.json").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--method", "grad_cam", "--precision", "int8"), "grad_cam needs more of a network than its outputs"),
        (("--engine", "local", "--precision", "auto", "a.png"), "--precision auto measures this machine"),
        (
            ("--engine", "local", "--precision", "int8", "--method", "grad_cam", "a.png"),
            "grad_cam needs more of a network",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(
    words: tuple[str, ...], sentence: str, run: Run, tmp_path: Path
) -> None:
    answer = run("explain", *words)
    assert answer.exit_code == 2
    assert sentence in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_compiled_maps_are_those_of_torch(run: Run, tmp_path: Path) -> None:
    answer = run("explain", *OCCLUSION, "--method", "grad_cam", "--precision", "compiled")
    assert (answer.exit_code, answer.stderr) == (0, "")
    results = results_in(tmp_path)
    assert results["precision"]["name"] == "compiled"
    errors = {item["method"]: item["details"]["precision_error"] for item in results["items"]}
    assert errors["grad_cam"] == 0  # in torch
    assert 0 < errors[OCCLUSION[1]] < 1e-5


def test_what_is_chosen_is_said_and_kept(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Choice(
        "bfloat16", (Tried("float32", 0.02), Tried("bfloat16", 0.01, 0.001), Tried("compiled", reason="none"))
    )
    monkeypatch.setattr(_passes, "choose", lambda *_: found)
    answer = run("explain", *OCCLUSION, "--precision", "auto")
    assert answer.stderr == "bfloat16 is chosen: float32 20 ms, bfloat16 10 ms, no compiled (none) a picture\n"
    precision = results_in(tmp_path)["precision"]
    assert (precision["asked"], precision["name"]) == ("auto", "bfloat16")
    assert precision["tried"][1] == {"way": "bfloat16", "seconds": 0.01, "error": 0.001, "reason": None}
