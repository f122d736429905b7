"""The plan of maps: everything that decides the maps of many pictures, as plain data; ``plan.json`` holds it.

How it is carried out (engine, workers, device, batch size) is no part of it. ``count`` and ``shard`` come from the inventory
and are found in the place when a run goes on; so a folder that has changed in the meantime changes nothing.
"""

import json
from dataclasses import asdict, dataclass, fields, replace
from importlib.metadata import version
from typing import Any, Literal

from whylight.errors import RunError
from whylight.runs.maps import inventory
from whylight.runs.maps.place import Place
from whylight.runs.plan import Part, changes

PLAN, RESULTS, FOLDER = "plan.json", "results.json", "maps"
FEWEST, MOST = 8, 64
"""Pictures that are finished together."""
SHARDS = 64
"""Into so many shards a run is divided at least, where it has the pictures, so that workers end at about the same time."""


@dataclass(frozen=True)
class MapsPlan:
    """What is explained, by what.

    ``pictures``: the sources as they were named; ``column``: of Parquet lists. ``model``, ``target``: as on the command
    line. ``methods``, ``prepare``: with all settings. ``seed``: what every method was given. ``precision``: of the passes of
    perturbed pictures. ``count``: how many pictures there are; ``shard``: how many are finished together.
    """

    pictures: tuple[str, ...]
    model: str
    methods: tuple[Part, ...]
    target: tuple[str, ...] = ("top1",)
    column: str | None = None
    seed: int | None = None
    prepare: Part | None = None
    precision: Literal["float32", "bfloat16", "compiled", "int8"] = "float32"
    count: int = 0
    shard: int = FEWEST

    def to_plain(self) -> dict[str, Any]:
        """The plan as data that JSON can hold."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @property
    def shards(self) -> int:
        """How many shards there are."""
        return -(-self.count // self.shard)

    def places(self, number: int) -> range:
        """The pictures of a shard, by their numbers in the inventory."""
        return range(number * self.shard, min(self.count, (number + 1) * self.shard))

    def of(self, count: int) -> "MapsPlan":
        """The plan for so many pictures."""
        return replace(self, count=count, shard=max(FEWEST, min(MOST, count // SHARDS)))


def check(place: Place, plan: MapsPlan) -> MapsPlan | None:
    """The plan that is gone on with in a place, None where nothing was begun.

    Raises RunError when the place cannot be written to, holds something else, or the maps of another plan or version.
    """
    place.check()
    names = place.names()
    if PLAN not in names:
        foreign = [name for name in names if name != inventory.FOLDER and not name.startswith(".")]
        if foreign:
            raise RunError(
                f"{place.address} holds what no run of many pictures wrote, such as {foreign[0]}; name an empty or new "
                "folder with --out"
            )
        return None
    begun, before = _read(place)
    others = changes(replace(begun, count=0, shard=0).to_plain(), replace(plan, count=0, shard=0).to_plain())
    if before != (now := version("whylight")):
        others.insert(0, f"it was begun by whylight {before}, this is {now}")
    if others:
        raise RunError(
            f"{place.address} holds the maps of another plan: {'; '.join(others)}. Name another folder with --out, or "
            "remove this one"
        )
    return begun


def write(place: Place, plan: MapsPlan) -> None:
    """Writes the plan down: from now on the run can be gone on with."""
    text = json.dumps({"whylight": version("whylight"), "plan": plan.to_plain()}, ensure_ascii=False, indent=2)
    place.write(PLAN, f"{text}\n".encode("utf-8", "replace"))


def _read(place: Place) -> tuple[MapsPlan, str]:
    damaged = RunError(
        f"{place.address} holds no run of many pictures: {PLAN} is damaged; start again in another folder"
    )
    try:
        with place.reading(PLAN) as file:
            plain = json.loads(file.read())
        settings, before = plain["plan"], str(plain["whylight"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged from error
    if not isinstance(settings, dict) or set(settings) != {field.name for field in fields(MapsPlan)}:
        raise damaged
    kept: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}
    return MapsPlan(**kept), before
