"""Classifiers of concepts on CIFAR-10, Fashion-MNIST and ImageNet: how good, how short, and what each part is good for.

    python benchmarks/infodisent.py list --work FOLDER
    python benchmarks/infodisent.py run --work FOLDER [--only accuracy ablation …]
    python benchmarks/infodisent.py page

``run`` carries out what the results lack, as commands that anybody could type, and goes on where it stopped. Nothing is
chosen on the test pictures, which are scored once, at the end of each command. ``page`` writes docs/infodisent-results.md.
"""

import argparse
import json
import shlex
from pathlib import Path
from typing import Any

from _commands import machine, measure
from _infodisent_page import write_page
from _infodisent_runs import GROUPS, runs

RESULTS = Path(__file__).parent / "results" / "infodisent"
Row = dict[str, Any]


def kept(answers: Row) -> Row:
    """What the page needs: nothing of the networks below, and of the others neither versions nor single pictures."""
    if "parameters" in answers:
        return {}
    return {key: value for key, value in answers.items() if key not in {"versions", "items"}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["list", "run", "page"])
    parser.add_argument("--work", type=Path, help="where networks and classifiers of concepts go")
    parser.add_argument(
        "--only", nargs="+", help=f"groups ({', '.join(GROUPS)}), or beginnings of names; all without it"
    )
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    args = parser.parse_args()
    if args.what == "page":
        write_page(RESULTS, args.docs)
        return
    if args.work is None:
        parser.error(f"{args.what} needs --work FOLDER")
    work = args.work.resolve()
    wanted = tuple(args.only or ("",))
    chosen = (run for run in runs(work) if run.group in wanted or run.name.startswith(wanted))
    if args.what == "list":
        for run in chosen:
            print(shlex.join(["whylight", *run.command, "--out", str(work / run.name)]))
        return
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "about.json").write_text(json.dumps(machine(("whylight", "torch"))), encoding="utf-8")
    measure(chosen, work, RESULTS, kept)


if __name__ == "__main__":
    main()
