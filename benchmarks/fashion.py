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
from pathlib import Path
from typing import Any

from _commands import machine, measure, rounded
from _fashion_page import write_page
from _fashion_runs import runs

RESULTS = Path(__file__).parent / "results" / "fashion"
SIMILARITY = "spearman"
"""Agreement in each class is kept of this one."""


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
        work = args.work.resolve()
        RESULTS.mkdir(parents=True, exist_ok=True)
        about = machine(("whylight", "torch", "scikit-learn"))
        (RESULTS / "about.json").write_text(json.dumps(about), encoding="utf-8")
        chosen = (run for run in runs(work) if not args.only or {run.group, run.name} & set(args.only))
        measure(chosen, work, RESULTS, kept)


if __name__ == "__main__":
    main()
