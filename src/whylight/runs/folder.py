"""The folder of a run: which plan it belongs to, and what in it is whylight's own.

plan.json      the plan, and the version that began it
shards/        one file for each finished shard
results.parquet, curves.parquet, timings.parquet, failures.parquet
results.json, report.html
"""

import json
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from whylight import lock
from whylight.errors import RunError
from whylight.runs import merging, shards
from whylight.runs.plan import Plan, differences, from_plain
from whylight.whole import PART, check_writable, remove_unfinished, written_whole

PLAN = "plan.json"
RESULTS, REPORT = "results.json", "report.html"
OWN = {
    PLAN,
    RESULTS,
    REPORT,
    shards.FOLDER,
    lock.NAME,
    merging.RESULTS,
    merging.CURVES,
    merging.TIMINGS,
    merging.FAILURES,
}


def check(folder: Path, plan: Plan | None = None) -> None:
    """Raises RunError, before any work is done, when the run cannot be kept here: the folder cannot be written to, holds
    something else, or the run of another plan (looked at when ``plan`` is given)."""
    check_writable(folder)
    if folder.exists() and not (folder / PLAN).exists():
        foreign = sorted(path.name for path in folder.iterdir() if not _is_own(path.name))
        if foreign:
            raise RunError(
                f"{folder} holds what no evaluation wrote, such as {foreign[0]}; name an empty or new folder with --out"
            )
    elif plan is not None and folder.exists():
        _check_plan(folder, plan)


def _is_own(name: str) -> bool:
    return name == lock.NAME or name.endswith(PART)


def _check_plan(folder: Path, plan: Plan) -> None:
    begun, before = read_plan(folder)
    others = differences(begun, plan)
    if before != (now := version("whylight")):
        others.insert(0, f"it was begun by whylight {before}, this is {now}")
    if others:
        raise RunError(
            f"{folder} holds the evaluation of another plan: {'; '.join(others)}. "
            "Name another folder with --out, or remove this one"
        )


def read_plan(folder: Path) -> tuple[Plan, str]:
    """The plan of the run in a folder, and the version that began it; raises RunError when there is none."""
    try:
        plain = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        begun_by, plan = str(plain["whylight"]), plain["plan"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{folder} holds no evaluation: {PLAN} is missing or damaged; start again in another folder"
        ) from error
    return from_plain(plan), begun_by


def begin(folder: Path, plan: Plan) -> bool:
    """Readies a folder that was checked and is locked; returns whether the run begins here, and does not go on."""
    (folder / shards.FOLDER).mkdir(exist_ok=True)
    for each in (folder, folder / shards.FOLDER):
        remove_unfinished(each)
    if (folder / PLAN).exists():
        return False
    text = json.dumps({"whylight": version("whylight"), "plan": plan.to_plain()}, ensure_ascii=False, indent=2)
    with written_whole(folder / PLAN) as file:
        file.write(f"{text}\n".encode())
    return True


def discard(folder: Path) -> None:
    """Removes everything of a run, and the folder unless something else is in it."""
    for path in (folder / shards.FOLDER).glob("*.parquet"):
        path.unlink()
    with suppress(OSError):
        (folder / shards.FOLDER).rmdir()
    for name in OWN - {shards.FOLDER}:
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
