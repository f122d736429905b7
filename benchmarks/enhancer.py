"""Enhancers on CIFAR-10: what they gain, next to fair controls, on spoilt pictures, and before networks they never saw.

    python benchmarks/enhancer.py run --work FOLDER --data $WHYLIGHT_DATA [--part clean degraded strong] [--only frozen …]
    python benchmarks/enhancer.py list --work FOLDER
    python benchmarks/enhancer.py page [--work FOLDER]

``run`` carries out what the results lack, as commands that anybody could type (``list`` shows them), the most wanted
first, and goes on where it stopped; the answers go to benchmarks/results/enhancer. The parts need nothing of each other, so
that two processes may run at the same time with other parts. Everything is chosen on validation pictures of the training
part; the test pictures are scored once, at the end of each command. ``page`` writes docs/enhance-measured.md from what is
there, and with ``--work`` takes the pictures of the comparisons.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any, get_args

from _commands import machine, measure
from _enhancer_page import write_page
from _enhancer_runs import SMALLER, THROUGH, Part, runs
from _published_networks import write_published

RESULTS = Path(__file__).parent / "results" / "enhancer"
OF_PICTURES = ("fixed", "broken")
"""Lists of single pictures, which are counted elsewhere."""


def kept(answers: dict[str, Any]) -> dict[str, Any]:
    """What the page needs: of a training all but the system that it ran on, of a comparison nothing of single pictures."""
    if "before_after" not in answers:
        return {key: value for key, value in answers.items() if key != "versions"}
    found = {key: value for key, value in answers["before_after"].items() if key not in OF_PICTURES}
    return {"plan": answers["plan"], "before_after": found, "pairs": answers["pairs"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "list", "page"])
    parser.add_argument("--work", type=Path, help="where what is trained goes")
    parser.add_argument("--data", type=Path, default=os.environ.get("WHYLIGHT_DATA"), help="where data sets lie")
    parser.add_argument("--part", nargs="+", choices=get_args(Part), default=get_args(Part))
    parser.add_argument("--only", nargs="+", help="runs that begin like this; all without it")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    args = parser.parse_args()
    if args.what == "page":
        write_page(args.results, args.docs, args.work and args.work.resolve())
        return
    if args.work is None or args.data is None:
        parser.error("expected --work and --data")
    work = args.work.resolve()
    chosen = (
        run
        for run in runs(work, args.results)
        if run.part in args.part and (args.only is None or run.name.startswith(tuple(args.only)))
    )
    if args.what == "list":
        for run in chosen:
            print("whylight", *(word.replace(f"{work}/", "") for word in run.command), "--out", run.name)
        return
    for name in (THROUGH, SMALLER):
        write_published(name, args.data, work / name / "model.safetensors")
    os.environ["WHYLIGHT_DATA"] = str(args.data)
    args.results.mkdir(parents=True, exist_ok=True)
    about = machine(("whylight", "torch"))
    (args.results / "about.json").write_text(json.dumps(about), encoding="utf-8")
    measure(chosen, work, args.results, kept)


if __name__ == "__main__":
    main()
