"""A plan: everything that decides the numbers of a run, as plain data that one machine can hand to another.

How a run is carried out (workers, device, batch size, where the data lies) is no part of it: the same plan gives the same
rows. ``plan.json`` in the folder of a run holds it, so that a run goes on only with the plan that it began with.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from whylight import registry
from whylight.errors import RunError
from whylight.method import Method
from whylight.metric import Metric
from whylight.runs.names import name_all

Part = dict[str, Any]
"""A part as ``registry.describe`` writes it: its name and all its settings."""

Target = Literal["top1", "label"]


@dataclass(frozen=True)
class Plan:
    """What is evaluated on what, by what.

    ``data``, ``model``: as they are written on the command line. ``methods``, ``controls``, ``metrics``: every part with all
    its settings. ``target``: the label that is explained, each picture's most probable one (``top1``) or its true one
    (``label``). ``seed``: of the order of the pictures and of the intervals. ``limit``: how many pictures at most.
    ``shard``: how many pictures are finished together. ``pictures``: how many pictures the data set has, and ``labels``
    a hash of its labels' names, so that other data under the same name are noticed.
    """

    data: str
    model: str
    methods: tuple[Part, ...]
    controls: tuple[Part, ...]
    metrics: tuple[Part, ...]
    target: Target = "top1"
    seed: int = 0
    limit: int | None = None
    shard: int = 8
    pictures: int = 0
    labels: str = ""

    def to_plain(self) -> dict[str, Any]:
        """The plan as data that JSON can hold."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    def build_methods(self) -> dict[str, Method]:
        """Each method under the name that it has in rows and tables."""
        return name_all([registry.build("methods", part) for part in self.methods], self.seed)

    def build_controls(self) -> dict[str, Method]:
        """Each control, likewise."""
        return name_all([registry.build("controls", part) for part in self.controls], self.seed)

    def build_metrics(self) -> dict[str, Metric]:
        """Each metric, likewise."""
        return name_all([registry.build("metrics", part) for part in self.metrics], self.seed)

    @property
    def count(self) -> int:
        """How many pictures are evaluated."""
        return self.pictures if self.limit is None else min(self.limit, self.pictures)


def from_plain(plain: object) -> Plan:
    """The plan that ``to_plain`` wrote, also through JSON; raises RunError for anything else."""
    known = {setting.name for setting in fields(Plan)}
    if not isinstance(plain, dict) or set(plain) != known:
        raise RunError("expected a plan of whylight evaluate (its plan.json); start again in another folder")
    settings: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}
    return Plan(**settings)


def differences(old: Plan, new: Plan) -> list[str]:
    """What another plan has otherwise, one phrase each; empty for equal plans."""
    return changes(old.to_plain(), new.to_plain())


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The same for plans of any kind as plain data; lists hold parts, or text."""
    return [_difference(key, before[key], after[key]) for key in before if before[key] != after[key]]


def _difference(key: str, before: Any, after: Any) -> str:
    if not isinstance(before, list):
        return f"{key} was {before}, now {after}"
    gone = ", ".join(_spelled(part) for part in before if part not in after)
    come = ", ".join(_spelled(part) for part in after if part not in before)
    if not gone and not come:
        return f"{key} are in another order"
    return f"{key} " + " and ".join(
        phrase for phrase in (f"had {gone}" if gone else "", f"now have {come}" if come else "") if phrase
    )


def _spelled(part: Part | str) -> str:
    """A part as it is written on the command line, with all its settings."""
    if isinstance(part, str):
        return part
    settings = ",".join(f"{key}={_value(value)}" for key, value in part.items() if key != "name")
    return f"{part['name']}:{settings}" if settings else part["name"]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return f"({_spelled(value)})"
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
