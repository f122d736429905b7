"""Stand-ins: a data set in memory, a plan over it, and the parts of that plan around a tiny network."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from whylight.classifier import Classifier
from whylight.dataset import Dataset, Sample
from whylight.errors import PictureError
from whylight.runs.plan import Plan
from whylight.runs.setup import Parts

BROKEN = 3
"""The place of the picture that cannot be read."""


@dataclass(frozen=True)
class Album(Dataset):
    """Small pictures of noise with the labels of the tiny network, of which one cannot be read."""

    count: int = 10
    broken: tuple[int, ...] = (BROKEN,)
    labels: tuple[str, ...] = field(default=("bee", "ant", "zebra"))

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: int) -> Sample:
        if place in self.broken:
            raise PictureError(f"{place}.png is damaged or incomplete")
        noise = torch.rand(3, 20, 24, generator=torch.Generator().manual_seed(place))
        picture = Image.fromarray((noise * 255).byte().permute(1, 2, 0).numpy())
        return Sample(f"{place}.png", picture, place % 3, f"{place:08x}")


PLAN = Plan(
    data="album",
    model="convolution",
    methods=({"name": "saliency"}, {"name": "occlusion", "window": 8, "stride": 8}),
    controls=({"name": "random_map"},),
    metrics=({"name": "gini"}, {"name": "passes"}, {"name": "runtime"}),
    limit=8,
    shard=3,
    pictures=10,
)


MakeParts = Callable[..., Parts]


@pytest.fixture
def make_parts(convolution: Classifier) -> MakeParts:
    """``make_parts(plan)``: the parts of a plan around an ``Album`` and the tiny network; anything can be replaced."""

    def make(plan: Plan, **others: Any) -> Parts:
        controls = plan.build_controls()
        parts = Parts(
            Album(plan.pictures),
            convolution,
            plan.build_methods() | controls,
            frozenset(controls),
            plan.build_metrics(),
            ((1,), (0, 3), ()),
        )
        return replace(parts, **others)

    return make


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with nine pictures that are good, one of them below, and one that is broken."""
    folder = tmp_path / "album"
    (folder / "grün 猫").mkdir(parents=True)
    for number in range(8):
        Image.effect_noise((40 + number, 30), 90).convert("RGB").save(folder / f"{number}.png")
    Image.effect_noise((30, 50), 90).save(folder / "grün 猫" / "a b.jpg")
    (folder / "broken.png").write_text("no picture")
    return folder
