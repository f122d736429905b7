"""CNN, CNN + SVM and SVM on masked pixels on Fashion-MNIST: how good they are, and whether they look at the same place.

    python benchmarks/fashion.py run --work FOLDER [--only small_cnn svm_standard …]
    python benchmarks/fashion.py page

``run`` carries out what the folder lacks, as commands that anybody could type, and goes on where it stopped; the answers
go to benchmarks/results/fashion. Nothing is chosen on the test pictures, which are scored once, at the end of each command.
``page`` writes docs/fashion.md and its figures from what is there, and says what is missing. Two processes may run at the
same time with other groups.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from _fashion_page import write_page
from _fashion_runs import Run, runs

RESULTS = Path(__file__).parent / "results" / "fashion"
ANSWERS = {"train": "training.json", "compare": "results.json"}
IN_PART = 1
"""How a comparison ends that some pictures failed in; how many is kept."""
SIMILARITY = "spearman"
"""Agreement in each class is kept of this one."""


def carry_out(run: Run, work: Path) -> dict[str, Any]:
    """The answers of one command, and what it took; raises CalledProcessError when it leaves none."""
    out = work / run.name
    began = time.monotonic()
    command = [sys.executable, "-m", "whylight", *run.command, "--out", str(out), "--quiet"]
    ended = subprocess.run(command, check=False)  # noqa: S603 - our own commands
    if ended.returncode not in {0, IN_PART}:
        ended.check_returncode()
    seconds = round(time.monotonic() - began, 1)
    answers = (out / ANSWERS[run.command[0]]).read_text(encoding="utf-8")
    return {"group": run.group, "seconds": seconds, "answers": kept(json.loads(answers.replace(f"{work}/", "")))}


def kept(answers: dict[str, Any]) -> dict[str, Any]:
    """What the page needs: of a training all but the system that it ran on, of a comparison nothing of single pictures."""
    items = answers.get("items", [])
    answers = rounded({key: value for key, value in answers.items() if key not in {"items", "versions", "models"}})
    if "agreement" in answers:
        answers["failed"] = sum("error" in item for item in items)
        answers["classes"] = [row for row in answers["classes"] if row["similarity"] == SIMILARITY]
        for row in (*answers["classes"], *answers["pairs"]):
            del row["who"]
        for numbers in answers["agreement"]["similarities"].values():
            for name in ("beyond_chance", "beyond_class", "n", "n_class"):
                del numbers[name]
        for model in answers["scores"]["models"]:
            del model["confusion"], model["labels"]
    return answers


def rounded(plain: Any) -> Any:
    """The same with six digits behind the point."""
    if isinstance(plain, dict):
        return {key: rounded(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [rounded(value) for value in plain]
    return round(plain, 6) if isinstance(plain, float) else plain


def about() -> dict[str, Any]:
    """On what all this was measured."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = names[0].partition(":")[2].strip() if names else platform.machine()
    versions = {name: version(name) for name in ("whylight", "torch", "scikit-learn")}
    return {"machine": f"{os.cpu_count()}-core {processor}", **versions}


def measure(work: Path, only: list[str] | None) -> None:
    """Everything of the chosen groups that the results lack."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "about.json").write_text(json.dumps(about()), encoding="utf-8")
    for run in runs(work):
        answer = RESULTS / f"{run.name}.json"
        if answer.exists() or (only and not {run.group, run.name} & set(only)):
            continue
        print(run.name, flush=True)
        try:
            found = carry_out(run, work)
        except subprocess.CalledProcessError as error:
            print(f"{run.name} ended with {error.returncode}; those that need it will fail too", flush=True)
            continue
        answer.write_text(json.dumps(found), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "page"])
    parser.add_argument("--work", type=Path, help="where trained networks and SVMs go")
    parser.add_argument("--only", nargs="+", help="groups or single runs, as svm_l2 or svm_l2.0; all without it")
    parser.add_argument("--results", type=Path, default=RESULTS, help="of which the page is written")
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    args = parser.parse_args()
    if args.what == "page":
        write_page(args.results, args.docs)
    elif args.work is None:
        parser.error("run needs --work FOLDER")
    else:
        measure(args.work.resolve(), args.only)


if __name__ == "__main__":
    main()
