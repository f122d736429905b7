"""What is learned from verdicts, measured with simulated judges on pictures that nothing was learned from.

    python benchmarks/feedback.py explain --data $WHYLIGHT_DATA --work FOLDER
    python benchmarks/feedback.py run --data $WHYLIGHT_DATA --work FOLDER
    python benchmarks/feedback.py evidence --data $WHYLIGHT_DATA --work FOLDER
    python benchmarks/feedback.py page

``explain`` makes every candidate of every picture, which is nearly all of the cost, and goes on where it stopped. ``run``
lets the judges go through them, ``evidence`` measures the prior of segments, ``page`` writes docs/feedback-measured.md.
"""

import argparse
import json
from pathlib import Path

import torch
from _commands import machine
from _feedback_cases import Cases, World, load_cases, make_cases, worlds
from _feedback_evidence import measure_evidence
from _feedback_loop import JUDGES, by_belief, by_rank, judge_all, measured, said, split_of, thought
from _feedback_page import Row, write_page

from whylight.feedback.acceptance import learn

RESULTS = Path(__file__).parent / "results" / "feedback"
SEEDS = 5
HELD_OUT = {"planted": 14, "coco": 14}
THRESHOLD = 0.3


def judged(world: World, cases: Cases) -> list[Row]:
    """Every judge and seed: without learning, and with what was learned from the other pictures."""
    truth, rows = thought(cases, THRESHOLD), []
    for judge in JUDGES:
        for seed in range(SEEDS):
            split = split_of(len(truth), HELD_OUT[world.name], seed)
            verdicts = said(truth, judge, seed)
            belief = learn(judge_all(cases, split.judged, verdicts, seed), cases.options)
            about = {"judge": judge, "seed": seed, "judged": len(split.judged)}
            rows += [
                {**about, "scheme": "next rank", **measured(cases, split.held_out, truth, by_rank(cases))},
                {
                    **about,
                    "scheme": "learned",
                    "gain": round(belief.gain, 2),
                    **measured(cases, split.held_out, truth, by_belief(cases, belief, seed)),
                },
            ]
            print(world.name, rows[-2], rows[-1], flush=True)
    return rows


def about(cases: Cases) -> Row:
    """What was judged."""
    truth = thought(cases, THRESHOLD)
    return {
        "pictures": len(truth),
        "options": len(cases.options),
        "acceptable": float(truth.any(axis=1).mean()),
        "threshold": THRESHOLD,
        **machine(("torch",)),
    }


def keep(name: str, found: Row) -> None:
    """Numbers beside the script."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["explain", "run", "evidence", "page"])
    parser.add_argument("--data", type=Path, help="where data and weights lie")
    parser.add_argument("--work", type=Path, help="where the explanations go")
    parser.add_argument("--only", nargs="+", default=[*HELD_OUT], help="planted, coco or both")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of evidence")
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    args = parser.parse_args()
    if args.what == "page":
        write_page(RESULTS, args.docs)
        return
    if args.data is None or args.work is None:
        parser.error(f"{args.what} needs --data FOLDER and --work FOLDER")
    torch.set_num_threads(1)
    for world in worlds(args.data.resolve()):
        if world.name not in args.only:
            continue
        if args.what == "explain":
            make_cases(world, args.work)
        elif args.what == "run":
            cases = load_cases(world, args.work)
            keep(world.name, {"about": about(cases), "rows": judged(world, cases)})
        else:
            rows = measure_evidence(world, HELD_OUT[world.name], args.seeds)
            keep(f"{world.name}_evidence", {"about": machine(("torch",)), "rows": rows})


if __name__ == "__main__":
    main()
