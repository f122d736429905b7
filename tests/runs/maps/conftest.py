"""Stand-ins: a folder of small pictures, and a plan for the network that comes along."""

from pathlib import Path

import pytest
from PIL import Image

from whylight import registry
from whylight.runs.maps.plan import MapsPlan

METHODS = ("grad_cam", "occlusion:window=16,stride=16")


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


def plan_of(*sources: Path | str, methods: tuple[str, ...] = METHODS, **others: object) -> MapsPlan:
    """A plan of the bundled network; anything can be replaced."""
    parts = tuple(registry.describe(registry.read("methods", text)) for text in methods)
    return MapsPlan(tuple(str(each) for each in sources), "bundled", parts, **others)  # type: ignore[arg-type]  # passed on
