"""The folder of a training: which plan it belongs to, and what in it is whylight's own.

plan.json               the plan, and the version that began it
state.safetensors       what an unfinished training goes on with
model.safetensors       the best network so far: ``--model file:FOLDER/model.safetensors``
training.json           plan, curve, scores, versions
events/                 for TensorBoard
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from whylight import lock
from whylight.errors import RunError
from whylight.training.plan import Plan, differences, from_plain
from whylight.whole import PART, check_writable, remove_unfinished, written_whole

PLAN, STATE, MODEL, TRAINING, EVENTS = "plan.json", "state.safetensors", "model.safetensors", "training.json", "events"
OWN = (PLAN, STATE, MODEL, TRAINING, EVENTS)


def check(folder: Path) -> None:
    """Raises RunError, before any work is done, when a training cannot be kept here: the folder cannot be written to, or
    holds something else."""
    check_writable(folder)
    if folder.exists() and not (folder / PLAN).exists():
        foreign = sorted(path.name for path in folder.iterdir() if not _is_own(path.name))
        if foreign:
            raise RunError(
                f"{folder} holds what no training wrote, such as {foreign[0]}; name an empty or new folder with --out"
            )


def _is_own(name: str) -> bool:
    return name == lock.NAME or name.endswith(PART)


def begun(folder: Path) -> Plan | None:
    """The plan of the training in a folder; None where none was begun. Raises RunError when it is damaged."""
    if not (folder / PLAN).exists():
        return None
    try:
        return from_plain(json.loads((folder / PLAN).read_text(encoding="utf-8"))["plan"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{folder / PLAN} is damaged; start again in another folder") from error


def check_plan(folder: Path, plan: Plan) -> None:
    """Raises RunError when the folder holds the training of another plan, with what is otherwise."""
    before = begun(folder)
    others = [] if before is None else differences(before, plan)
    if others:
        raise RunError(
            f"{folder} holds the training of another plan: {'; '.join(others)}. "
            "Name another folder with --out, or remove this one"
        )


def begin(folder: Path, plan: Plan) -> None:
    """Readies a folder that was checked and is locked."""
    remove_unfinished(folder)
    if not (folder / PLAN).exists():
        write_json(folder / PLAN, {"whylight": version("whylight"), "plan": plan.to_plain()})


def write_json(path: Path, plain: dict[str, Any]) -> None:
    """Writes plain data, whole or not at all."""
    with written_whole(path) as file:
        file.write(f"{json.dumps(plain, ensure_ascii=False, indent=2)}\n".encode("utf-8", "replace"))


def read_training(folder: Path) -> dict[str, Any] | None:
    """``training.json`` of a training that is finished; None of another."""
    try:
        plain = json.loads((folder / TRAINING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return plain if isinstance(plain, dict) and plain.get("finished") else None
