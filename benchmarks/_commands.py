"""Commands of whylight, carried out one at a time: what they answered, and what they cost."""

import json
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

ANSWERS = {"train": "training.json", "compare": "results.json", "learn": "results.json", "evaluate": "results.json"}
IN_PART = 1
"""How a comparison ends that some pictures failed in."""

Row = dict[str, Any]


class Command(Protocol):
    """``name``: of its folder. ``command``: the words behind ``whylight``, without ``--out``."""

    @property
    def name(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def command(self) -> tuple[str, ...]: ...


def carry_out(run: Command, work: Path, kept: Callable[[Row], Row]) -> Row:
    """The answers of one command, as far as they are ``kept``, and the seconds that it took by the clock and of the
    processor, those of attempts that were broken off included; raises CalledProcessError when it leaves none."""
    out, costs = work / run.name, work / f"{run.name}.costs.jsonl"
    command = [sys.executable, "-m", "whylight", *run.command, "--out", str(out), "--quiet"]
    work.mkdir(parents=True, exist_ok=True)
    began, processor = time.monotonic(), _of_children()
    try:
        ended = subprocess.run(command, check=False)  # noqa: S603 - our own commands
    finally:
        with costs.open("a", encoding="utf-8") as file:
            file.write(json.dumps([time.monotonic() - began, _of_children() - processor]) + "\n")
    if ended.returncode not in {0, IN_PART}:
        ended.check_returncode()
    wall, cpu = (sum(each) for each in zip(*map(json.loads, costs.read_text(encoding="utf-8").splitlines())))
    words = [_without_folders(word, work) for word in run.command]
    answers = _without_folders((out / ANSWERS[run.command[0]]).read_text(encoding="utf-8"), work)
    found = kept(json.loads(answers))
    return {"group": run.group, "command": words, "seconds": round(wall, 1), "cpu": round(cpu, 1), "answers": found}


def _without_folders(text: str, work: Path) -> str:
    """Paths below this machine's folders as they are within them."""
    for folder in (str(work), os.environ.get("WHYLIGHT_DATA", "")):
        text = text.replace(f"{folder}/", "") if folder else text
    return text


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(runs: Iterable[Command], work: Path, results: Path, kept: Callable[[Row], Row]) -> None:
    """Every run that the results lack; one that fails is said and passed over."""
    results.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped; the same command goes on"))  # what was spent is noted
    for run in runs:
        answer = results / f"{run.name}.json"
        if answer.exists():
            continue
        print(time.strftime("%H:%M"), run.name, flush=True)
        try:
            found = carry_out(run, work, kept)
        except subprocess.CalledProcessError as error:
            print(f"{run.name} ended with {error.returncode}; those that need it will fail too", flush=True)
            continue
        answer.write_text(json.dumps(found), encoding="utf-8")


def rounded(plain: Any) -> Any:
    """The same with six digits behind the point."""
    if isinstance(plain, dict):
        return {key: rounded(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [rounded(value) for value in plain]
    return round(plain, 6) if isinstance(plain, float) else plain


def machine(packages: Sequence[str]) -> Row:
    """On what it was measured."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = names[0].partition(":")[2].strip() if names else platform.machine()
    return {"machine": f"{os.cpu_count()}-core {processor}", **{name: version(name) for name in packages}}
