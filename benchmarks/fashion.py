"""CNN, CNN + SVM and SVM on masked pixels on Fashion-MNIST: how good they are, and whether they look at the same place.

    python benchmarks/fashion.py run --work FOLDER [--only small_cnn svm_standard …]

``run`` carries out what the folder lacks, as commands that anybody could type, and goes on where it stopped; the answers
go to benchmarks/results/fashion. Everything is chosen on validation pictures of the training part; the test pictures are
scored once, at the end of each command.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from _fashion_runs import Run, runs

RESULTS = Path(__file__).parent / "results" / "fashion"
ANSWERS = {"train": "training.json", "compare": "results.json"}


def carry_out(run: Run, work: Path) -> dict[str, Any]:
    """The answers of one command, and what it took; raises CalledProcessError when it fails."""
    out = work / run.name
    began = time.monotonic()
    command = [sys.executable, "-m", "whylight", *run.command, "--out", str(out), "--quiet"]
    subprocess.run(command, check=True)  # noqa: S603 - our own commands
    answers: dict[str, Any] = json.loads((out / ANSWERS[run.command[0]]).read_text(encoding="utf-8"))
    return {"group": run.group, "seconds": round(time.monotonic() - began, 1), "answers": answers}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run"])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", nargs="+", help="groups; all without it")
    args = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    for run in runs(args.work):
        answer = RESULTS / f"{run.name}.json"
        if answer.exists() or (args.only and run.group not in args.only):
            continue
        print(run.name, flush=True)
        found = carry_out(run, args.work)
        answer.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
