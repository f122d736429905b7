"""``whylight learn``: what verdicts and strokes teach, on the terminal and as results.json."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from whylight import datasets
from whylight.cli.learn import LossOnReasons
from whylight.cli.learn import learn as command
from whylight.cli.main import app
from whylight.store import Model, Picture, Store, StoredExplanation, Stroke, Verdict
from whylight.store.values import Said
from whylight.training import folder, run
from whylight.training.correction import DEFAULTS
from whylight.training.learning import TOLERANCE
from whylight.training.prepare import Wish, prepare
from whylight.training.prepare_correction import CorrectionWish
from whylight.training.right_reasons import LOSSES
from whylight.training.session import Setup

DATA = "planted:count=60,size=32,classes=3"
Learn = Callable[..., Any]


@pytest.fixture
def learn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learn:
    """``learn("--what", …)`` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, ["learn", *words])


def judged(count: int, say: Callable[[int, int], list[Said]]) -> None:
    """A store in which something is said of the most probable label's explanations by two methods of ``count`` pictures."""
    dataset = datasets.open_dataset(DATA)
    with Store("whylight.db") as store:
        model = store.add_model(Model("m", "1", dataset.labels))
        for place in range(count):
            sample = dataset[place]
            store.add_picture(Picture(sample.key, sample.name, *sample.picture.size, DATA, place))
            for number, method in enumerate(("lime", "occlusion")):
                details = {"context": {"label": "a", "probabilities": [0.6, 0.3, 0.1]}}
                shown = StoredExplanation(sample.key, model, {"m": method}, method, 0, "a", 1, 0.6, details)
                evidence = np.random.default_rng(place).normal(size=(32, 32)).astype(np.float32)
                segments = np.repeat(np.repeat(np.arange(4, dtype=np.int32).reshape(2, 2), 16, 0), 16, 1)
                key = store.add(shown, evidence=evidence, segments=segments)
                for said in say(place, number):
                    store.note(key, said, person="Ada")


def test_candidates_that_people_accept(learn: Learn) -> None:
    judged(12, lambda _place, number: [Verdict(up=number == 1)])
    answer = learn()
    assert answer.exit_code == 0, repr(answer.exception)
    assert "Accepted most surely: occlusion for the most probable label" in answer.stdout
    assert "On 12 held-out pictures the first explanation is accepted of 100% instead of 0%" in " ".join(
        answer.stdout.split()
    )
    found = json.loads(Path("whylight-learned/results.json").read_text())
    assert found["verdicts"] == 24
    assert found["candidates"][0]["candidate"] == {"rank": 1, "method": "occlusion"}
    assert found["effect"]["gain"]["first"]["mean"] == 1


def test_segments_that_people_want(learn: Learn) -> None:
    """The upper left quarter belongs into every explanation, the lower right one into none."""
    strokes = [Stroke(True, 0.48, ((0.25, 0.25),)), Stroke(False, 0.48, ((0.75, 0.75),))]
    judged(8, lambda _place, number: list(strokes) if number == 0 else [])
    answer = learn("--what", "segments", "--model", "planted:classes=3,size=32", "--json")
    assert answer.exit_code == 0, repr(answer.exception)
    found = json.loads(answer.stdout)
    assert found["explanations"] == 8
    assert found["effect"]["right"] > found["effect"]["most"] == 0.5
    assert found["method"]["name"] == "bayesian_lime"


MISTAKES = {
    "there is no store whylight.db; whylight judge and whylight serve make one": (),
    "nobody has judged an explanation in whylight.db": ("judged",),
    "segments are looked at with the model that was judged; give --model MODEL": ("judged", "--what", "segments"),
    "give --model MODEL and --data DATA with labels": ("judged", "--what", "model"),
    "--revert takes back versions of a model; give --what model with it": ("judged", "--revert"),
    "nothing was learned in whylight-learned": ("judged", "--what", "model", "--revert"),
    "Invalid value for '--loss'": ("judged", "--loss", "mse"),
}


@pytest.mark.parametrize("sentence", MISTAKES)
def test_a_mistake_is_one_sentence(sentence: str, learn: Learn) -> None:
    words = MISTAKES[sentence]
    if words:
        judged(1, lambda *_: [])
    answer = learn(*words[1:])
    assert answer.exit_code == 2
    assert sentence in answer.stderr
    assert answer.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_model_learns_and_is_taken_back(learn: Learn, tmp_path: Path) -> None:
    wish = Wish(data=DATA, network="fashion_cnn:width=4", changes={"epochs": 4, "batch": 16}, precision="float32")
    run.carry_out(Setup(tmp_path / "cnn", torch.device("cpu")), prepare(wish, torch.device("cpu")))
    judged(20, lambda _place, number: [Stroke(False, 0.2, ((0.1, 0.1), (0.9, 0.1)))] if number == 0 else [])
    words = ("--what", "model", "--model", "file:cnn/model.safetensors", "--data", DATA, "--device", "cpu")
    settings = (
        "--epochs",
        "1",
        "--batch-size",
        "16",
        "--tolerance",
        "100",
        "--test",
        "planted:count=9,size=32,classes=3,seed=3",
    )
    answer = learn(*words, *settings)
    assert answer.exit_code == 0, repr(answer.exception)
    assert "Version 1 is accepted: accuracy" in answer.stdout
    assert "By occlusion, the evidence in pixels that should not matter" in answer.stdout
    assert "Use it with --model file:whylight-learned/model.safetensors; --revert takes it back." in answer.stdout
    assert "accuracy, planted:count=9,size=32,classes=3,seed=3" in answer.stdout
    found = json.loads(Path("whylight-learned/results.json").read_text())
    assert found["accuracy"]["test"]["pictures"] == 9
    assert (Path("whylight-learned") / folder.MODEL).exists()
    answer = learn("--what", "model", "--revert")
    assert answer.stdout == "version 1 is taken back: file:cnn/model.safetensors is in use again\n"
    assert not (Path("whylight-learned") / folder.MODEL).exists()


def test_what_is_taken_unless_said_otherwise_is_what_a_correction_takes() -> None:
    given, plain = inspect.signature(command).parameters, CorrectionWish("m", "d")
    assert {name: given[name].default for name in ("epochs", "rate")} == {
        "epochs": DEFAULTS.epochs,
        "rate": DEFAULTS.rate,
    }
    assert given["batch_size"].default == DEFAULTS.batch
    assert given["tolerance"].default / 100 == TOLERANCE
    assert (given["loss"].default, given["weight"].default) == (plain.loss, plain.weight)
    assert given["replay"].default == plain.replay
    assert [each.value for each in LossOnReasons] == list(LOSSES)
