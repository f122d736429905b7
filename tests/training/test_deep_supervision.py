"""A label told by the coarsest grid of an enhancer: what is added to the loss, and that nothing of it is kept."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from whylight import registry
from whylight.errors import ModelError, RunError, SpecError
from whylight.nets.painter import Painter
from whylight.training import folder, run
from whylight.training.deep_supervision import Guide, guide_for, noted, together
from whylight.training.prepare import Prepared
from whylight.training.prepare_enhancer import EnhancerWish, prepare_enhancer

from .conftest import CPU, Place, after

DATA, MODEL = "planted:count=60,size=32,classes=3", "planted:classes=3,size=32"
UNET = "unet:width=2,depth=2,norm=true"


def prepared(weight: float = 1.0, **others: Any) -> Prepared:
    """An enhancer of a few weights for 48 planted pictures: 3 steps an epoch."""
    settings: dict[str, Any] = {"net": UNET, "stage1_epochs": 1, "changes": {"batch": 16, "epochs": 2}, **others}
    wish = EnhancerWish(DATA, model=MODEL, validation=0.2, precision="float32", deep_supervision=weight, **settings)
    return prepare_enhancer(wish, CPU)


def painter(text: str) -> Painter:
    built: Painter = registry.read("enhancers", text).build(3, (32, 32))
    return built


def test_the_loss_is_the_weighted_cross_entropy_of_the_mean_over_the_grid() -> None:
    guide = Guide(features=2, classes=3, weight=0.5)
    with torch.no_grad():
        guide.head.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
        guide.head.bias.copy_(torch.tensor([0.0, 0.0, 0.5]))
    grid = torch.tensor([[[[1.0, 3.0]], [[0.0, -2.0]]]])  # means 2 and −1
    logits = guide(grid)
    torch.testing.assert_close(logits, torch.tensor([[2.0, -1.0, 0.5]]))
    expected = 0.5 * (math.log(math.exp(2) + math.exp(-1) + math.exp(0.5)) - 2)
    assert guide.losses(logits, torch.tensor([0])).item() == pytest.approx(expected, abs=1e-6)


def test_it_begins_with_the_same_answer_to_everything() -> None:
    guide = Guide(features=4, classes=5, weight=1.0)
    assert guide(torch.rand(2, 4, 3, 3)).abs().max() == 0


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        (UNET, (2, 8, 8, 8)),
        ("unet:width=3,depth=4", (2, 48, 2, 2)),
        (f"chained:first=({UNET}),then=({UNET})", (2, 8, 8, 8)),
    ],
)
def test_the_coarsest_grid_of_an_enhancer(text: str, shape: tuple[int, ...]) -> None:
    network = painter(text)
    assert network.coarsest is not None
    assert network.coarsest.features == shape[1]
    with noted(network) as grids:
        network(torch.rand(2, 3, 32, 32))
    network(torch.rand(2, 3, 32, 32))
    assert [tuple(grid.shape) for grid in grids] == [shape]  # of what passed within, and no longer


def test_without_a_weight_nothing_is_added() -> None:
    network = painter(UNET)
    assert guide_for(network, 3, 0.0) is None
    assert together(network, None) is network


def tensors(path: Path) -> dict[str, Tensor]:
    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict


def test_the_layer_is_not_kept_and_the_enhancer_learns_otherwise(place: Place) -> None:
    kept = []
    for name, weight in (("with", 1.0), ("without", 0.0)):
        found = run.carry_out(place(name), prepared(weight))
        kept.append(tensors(place(name).folder / folder.MODEL))
        stages = [row for row in found["curve"] if row["stage"] == "frozen"]
        extra = math.log(3) if weight else 0.0  # of three labels, as long as the layer knows nothing
        assert stages[0]["loss"] - stages[0]["validation_loss"] == pytest.approx(extra, abs=0.1)
    assert kept[0].keys() == kept[1].keys()
    changed = [name for name in kept[0] if not torch.equal(kept[0][name], kept[1][name])]
    assert any("down" in name for name in changed)


@pytest.mark.parametrize(("mode", "moment"), [("joint", 2), ("joint", 5), ("frozen", 8), ("transformer", 5)])
def test_a_stopped_training_goes_on_to_the_same_bytes(place: Place, mode: str, moment: int) -> None:
    given = prepared(mode=mode)
    whole = run.carry_out(place("whole"), given)
    assert not run.carry_out(place("stopped", stops=after(moment)), given)["finished"]
    gone_on = run.carry_out(place("stopped"), given)
    models = [(place(name).folder / folder.MODEL).read_bytes() for name in ("whole", "stopped")]
    assert models[0] == models[1]
    assert [row["loss"] for row in whole["curve"]] == [row["loss"] for row in gone_on["curve"]]


def test_it_is_part_of_the_plan(place: Place) -> None:
    run.carry_out(place(), prepared())
    with pytest.raises(RunError, match=r"deep_supervision was 1\.0, now 0\.5"):
        run.carry_out(place(), prepared(0.5))


@pytest.mark.parametrize(
    ("others", "error", "message"),
    [
        (
            {"mode": "restoration"},
            SpecError,
            "the mode restoration does not look at labels, so leave --deep-supervision",
        ),
        ({"mode": "unsupervised"}, SpecError, "the mode unsupervised does not look at labels"),
        ({"net": "srresnet:width=2,blocks=1"}, ModelError, "it has no coarse grid that could tell the label"),
        ({"weight": -1.0}, SpecError, "deep_supervision must be 0 or above; got -1"),
        ({"weight": math.nan}, SpecError, "deep_supervision must be 0 or above; got nan"),
    ],
)
def test_what_cannot_be(others: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        prepared(**others)
