"""Decoy Fashion-MNIST: what at most 200 strokes over the decoys do for a network that learned them, by each loss.

    python benchmarks/decoys.py run --work FOLDER [--seeds 1 2 3] [--only rrr …] [--pictures N --epochs N]
    python benchmarks/decoys.py page

``run`` trains a network on pictures whose patch gives the label away, and one without patches; lets a simulated person paint
over 200 patches; and learns from that by each loss, as commands that anybody could type. What the results in
benchmarks/results/decoys lack is carried out, and goes on where it stopped. The test pictures are scored once, at the end of
each command. ``page`` writes docs/decoys.md from what is there.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from _commands import machine, measure, rounded
from _decoys_page import write_page
from _decoys_runs import EPOCHS, PICTURES, SEEDS, Scale, runs

RESULTS = Path(__file__).parent / "results" / "decoys"


def kept(answers: dict[str, Any]) -> dict[str, Any]:
    """What the page needs, with six digits behind the point."""
    if "what" in answers:
        names = ("accuracy", "evidence", "area", "corrections", "changes_itself", "accepted")
        return {name: rounded(answers[name]) for name in names}
    plain = {name: answers[name]["accuracy"] for name in ("test", "validation") if answers.get(name)}
    return {name: rounded(share) for name, share in plain.items()} | {"parameters": answers["parameters"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "page"])
    parser.add_argument("--work", type=Path, help="where networks, the store and versions go")
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS, help="all without it")
    parser.add_argument("--only", nargs="+", help="such as clean or rrr_spread; all without it")
    parser.add_argument("--pictures", type=int, default=PICTURES, help="to train with")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of the networks that are corrected")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    args = parser.parse_args()
    if args.what == "page":
        write_page(args.results, args.docs)
        return
    if args.work is None:
        parser.error("run needs --work FOLDER")
    work, scale = args.work.resolve(), Scale(args.pictures, args.epochs)
    args.results.mkdir(parents=True, exist_ok=True)
    about = machine(("whylight", "torch")) | {"pictures": scale.pictures, "epochs": scale.epochs}
    (args.results / "about.json").write_text(json.dumps(about), encoding="utf-8")
    wanted = (run for seed in args.seeds for run in runs(work, seed, scale) if not args.only or run.group in args.only)
    measure(wanted, work, args.results, kept)


if __name__ == "__main__":
    main()
