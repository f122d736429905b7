"""Classifiers of concepts on CIFAR-10, Fashion-MNIST and ImageNet: how good, how short, and what each part is good for.

    python benchmarks/infodisent.py list --work FOLDER
    python benchmarks/infodisent.py run --work FOLDER [--only accuracy ablation …]
    python benchmarks/infodisent.py page

``run`` carries out what the results lack, as commands that anybody could type, and goes on where it stopped. Nothing is
chosen on the test pictures, which are scored once, at the end of each command. ``page`` writes docs/infodisent-results.md.
"""

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from _infodisent_page import write_page
from _infodisent_runs import GROUPS, Run, runs

RESULTS = Path(__file__).parent / "results" / "infodisent"
ANSWERS = {"train": "training.json", "evaluate": "results.json"}
Row = dict[str, Any]


def carry_out(run: Run, work: Path) -> Row:
    """The answers of one command and its seconds; raises CalledProcessError when it leaves none."""
    out, began = work / run.name, time.monotonic()
    command = [sys.executable, "-m", "whylight", *run.command, "--out", str(out), "--quiet"]
    if run.command[1] == "infodisent":
        (work / "grids").mkdir(parents=True, exist_ok=True)
        command += ["--grids", str(work / "grids")]
    subprocess.run(command, check=True)  # noqa: S603 - our own commands
    answers = json.loads((out / ANSWERS[run.command[0]]).read_text(encoding="utf-8").replace(f"{work}/", ""))
    answers = {key: value for key, value in answers.items() if key not in {"versions", "items"}}
    return {"group": run.group, "seconds": round(time.monotonic() - began, 1), "answers": answers}


def measure(work: Path, only: list[str] | None) -> None:
    """Everything of the chosen groups that the results lack."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "about.json").write_text(json.dumps(about()), encoding="utf-8")
    for run in runs(work):
        answer = RESULTS / f"{run.name}.json"
        if answer.exists() or (only and run.group not in only):
            continue
        print(time.strftime("%H:%M"), run.name, flush=True)
        try:
            found = carry_out(run, work)
        except subprocess.CalledProcessError as error:
            print(f"{run.name} ended with {error.returncode}; those that need it will fail too", flush=True)
            continue
        if run.keeps:
            answer.write_text(json.dumps(found), encoding="utf-8")
        else:
            answer.write_text(json.dumps({"group": run.group, "seconds": found["seconds"], "answers": {}}))


def about() -> Row:
    """On what all this was measured."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = names[0].partition(":")[2].strip() if names else platform.machine()
    return {"machine": f"{os.cpu_count()}-core {processor}", **{name: version(name) for name in ("whylight", "torch")}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["list", "run", "page"])
    parser.add_argument("--work", type=Path, help="where networks and classifiers of concepts go")
    parser.add_argument("--only", nargs="+", choices=GROUPS, help="groups; all without it")
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    args = parser.parse_args()
    if args.what == "page":
        write_page(RESULTS, args.docs)
    elif args.work is None:
        parser.error(f"{args.what} needs --work FOLDER")
    elif args.what == "list":
        for run in runs(args.work.resolve()):
            if not args.only or run.group in args.only:
                print(shlex.join(["whylight", *run.command, "--out", str(args.work / run.name)]))
    else:
        measure(args.work.resolve(), args.only)


if __name__ == "__main__":
    main()
