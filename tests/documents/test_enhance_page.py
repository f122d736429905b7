"""The page on enhancers has every enhancer, mode and degradation, and numbers that are counted and not typed."""

import re
from pathlib import Path
from typing import get_args

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from whylight import registry
from whylight.training.enhancement import DEFAULTS, WEIGHTS, Mode

PAGE = (Path(__file__).parents[2] / "docs" / "enhance.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([\w:=,]+)` \| [^|]+ \| ([\d,]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("text", "parameters", "millions"), ROWS)
def test_a_row_is_what_can_be_counted(text: str, parameters: str, millions: str) -> None:
    with torch.device("meta"):
        network = registry.read("enhancers", text).build(3, (32, 32)).eval()
        picture = torch.zeros(1, 3, 32, 32)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(picture)
    assert f"{sum(each.numel() for each in network.parameters()):,}" == parameters
    assert f"{counter.get_total_flops() / 2 / 1e6:.1f}" == millions  # each goes with an addition


def test_every_enhancer_and_degradation_is_told() -> None:
    assert {text.partition(":")[0] for text, *_ in ROWS} == {*registry.names("enhancers")} - {"chained"}
    assert all(f"| `{name}:" in PAGE for name in registry.names("degradations"))


@pytest.mark.parametrize("mode", get_args(Mode))
def test_a_mode_is_told_with_its_weight(mode: Mode) -> None:
    (row,) = re.findall(rf"^\| `{mode}` \| .*$", PAGE, re.MULTILINE)
    assert row.split("|")[-2].strip() == (f"{WEIGHTS[mode]:g}" if mode in WEIGHTS else "")


def test_the_defaults_are_told() -> None:
    assert f"| optimiser, batch | {DEFAULTS.optimiser}, {DEFAULTS.batch} |" in PAGE
    assert f"| {DEFAULTS.epochs} |" in PAGE
    assert f"when {DEFAULTS.patience} epochs in a row" in PAGE
    assert f"| {DEFAULTS.rate:g}, or 0.001 where" in PAGE
