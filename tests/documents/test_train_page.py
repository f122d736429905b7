"""The page on training has every network, counted and not typed, and the defaults that they are trained with."""

import re
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from whylight.classifiers import networks
from whylight.training.folder import OWN
from whylight.training.hyperparameters import DEFAULTS

PAGE = (Path(__file__).parents[2] / "docs" / "train.md").read_text(encoding="utf-8")
ROW = r"\| `(\w+)` \| (\d+) × \d+ × (\d) \| (\d+) × \d+ \| ([\d,]+) \| ([\d.]+) \|"
ROWS = {name: rest for name, *rest in re.findall(ROW, PAGE)}


def test_every_network_has_a_row() -> None:
    assert set(ROWS) == set(networks.names())


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_row_is_what_can_be_counted(name: str) -> None:
    side, channels, grid = (int(each) for each in ROWS[name][:3])
    network = networks.build(name, 10, channels, (side, side)).eval()
    seen: list[int] = []
    layer = network.get_submodule(networks.layer_of(network) or "")
    layer.register_forward_hook(lambda _module, _inputs, output: seen.append(output.shape[2]))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, channels, side, side))
    parameters = sum(each.numel() for each in network.parameters())
    multiplications = counter.get_total_flops() / 2 / 1e6  # each goes with an addition
    assert ROWS[name][3:] == [f"{parameters:,}", f"{multiplications:.1f}"]
    assert seen == [grid]


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_the_defaults_are_told(name: str) -> None:
    given = DEFAULTS[name]
    (row,) = [line for line in PAGE.splitlines() if f"`{name}`" in line and f"| {given.optimiser} |" in line]
    for number in (given.rate, given.schedule, given.epochs, given.batch):
        assert f"| {number} |" in row
    assert (f"smoothing {given.smoothing}" in row) == (given.smoothing > 0)


@pytest.mark.parametrize("name", OWN)
def test_every_file_of_the_folder_is_told(name: str) -> None:
    assert f"| `{name}" in PAGE
