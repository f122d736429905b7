"""A plan of maps for the network that comes along."""

from pathlib import Path

from whylight import registry
from whylight.runs.maps.plan import MapsPlan

METHODS = ("grad_cam", "occlusion:window=16,stride=16")


def plan_of(*sources: Path | str, methods: tuple[str, ...] = METHODS, **others: object) -> MapsPlan:
    """A plan of the bundled network; anything can be replaced."""
    parts = tuple(registry.describe(registry.read("methods", text)) for text in methods)
    return MapsPlan(tuple(str(each) for each in sources), "bundled", parts, **others)  # type: ignore[arg-type]  # passed on
