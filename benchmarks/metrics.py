"""Metrics against Quantus, on the same network, pictures and maps in one process.

    pip install -r benchmarks/requirements.txt
    python benchmarks/metrics.py run --data $WHYLIGHT_DATA --network squeezenet1_1 --pictures 4
    python benchmarks/metrics.py page

Both sides make equally many passes, which hooks on the network count; they take turns, and the ratio is the median over the
rounds. The bare passes of each side, in its own batches, show how much the network leaves to win. ``run`` adds what it
measured to the results and prints it, ``page`` writes docs/metrics/speed.md from them.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from _imagenet import NETWORKS, network, picture_files, read_batch
from _metric_page import print_rows, write_page
from _metric_pairs import METRICS, Sizes, bare, counted, default_passes, ours, theirs
from _small import DATASETS, small_batch, small_network
from torch import nn

import whylight
from whylight import perturb
from whylight.explanation import Explanation

RESULTS = Path(__file__).parent / "results" / "metrics.json"
LARGE, SMALL = Sizes(steps=24, samples=6), Sizes(steps=48, samples=10)
SIZES = {"lenet": Sizes(steps=56, samples=10), **dict.fromkeys(NETWORKS, LARGE)}
"""Quantus wants equal steps of whole numbers of features."""
SEED = 0

Clocks = tuple[float, float]
"""Seconds of the processor, seconds of the clock."""


def explained(name: str, root: Path, pictures: int) -> Explanation:
    """Saliency of real pictures."""
    if name in NETWORKS:
        classifier = network(name, root)
        images = read_batch(classifier, picture_files(root)[:pictures])
    else:
        classifier = small_network(name, root)
        images = small_batch(name, classifier, root, pictures)
    return whylight.explain(classifier, whylight.read_method("saliency"), images)


def timed(work: Callable[[], object]) -> Clocks:
    """One call."""
    processor, clock = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - processor, time.perf_counter() - clock


def compare(metric: str, explanation: Explanation, sizes: Sizes, rounds: int) -> dict[str, Any]:
    """One row: the medians of both sides and of their bare passes, and the ratio of every round."""
    module = explanation.classifier.module
    assert isinstance(module, nn.Module)
    sides = {"ours": ours(metric, explanation, sizes), "theirs": theirs(metric, explanation, sizes)}
    passes = {}
    for side, work in sides.items():  # the first call of each also warms up
        with counted(module) as counter:
            work()
        passes[side] = counter
    for side, as_ours in (("ours", True), ("theirs", False)):
        passes[f"bare_{side}"], sides[f"bare_{side}"] = bare(explanation, passes[side], as_ours=as_ours)
    taken: dict[str, list[Clocks]] = {side: [] for side in sides}
    for turn in range(rounds):
        order = list(sides) if turn % 2 == 0 else list(sides)[::-1]
        for side in order:
            taken[side].append(timed(sides[side]))
    each = {
        side: [[1e3 * one / passes[side].total for one in clocks] for clocks in found] for side, found in taken.items()
    }
    ratios, walls = (
        [b[clock] / a[clock] for a, b in zip(each["ours"], each["theirs"], strict=True)] for clock in (0, 1)
    )
    return {
        "metric": metric,
        "ratio": statistics.median(ratios),
        "ratios": sorted(round(one, 3) for one in ratios),
        "wall_ratio": statistics.median(walls),
        "ms_a_pass": {side: round(statistics.median(clocks[0] for clocks in found), 4) for side, found in each.items()},
        "passes": {side: asdict(passes[side]) for side in ("ours", "theirs")},
        "default_passes": default_passes(metric, explanation),
    }


def run(args: argparse.Namespace) -> None:
    """All metrics on one network; its rows replace those that the results had."""
    torch.manual_seed(SEED)
    explanation = explained(args.network, args.data, args.pictures)
    sizes = SIZES.get(args.network, SMALL)
    rows = [compare(metric, explanation, sizes, args.rounds) for metric in args.metric]
    shared = {
        "network": args.network,
        "pictures": len(explanation),
        "side": explanation.images.shape[-1],
        "rounds": args.rounds,
        "batch": perturb.batch_size_for(explanation.images),
        "threads": torch.get_num_threads(),
    }
    rows = [{**shared, **row} for row in rows]
    print_rows(rows)
    found: dict[str, Any] = json.loads(args.out.read_text()) if args.out.exists() else {"rows": []}
    new = {(row["network"], row["metric"]) for row in rows}
    kept = [row for row in found["rows"] if (row["network"], row["metric"]) not in new]
    about = {
        "seed": SEED,
        "machine": args.machine,
        "torch": torch.__version__,
        "quantus": version("quantus"),
        "python": platform.python_version(),
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps({"about": about, "rows": kept + rows}, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "page"])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--network", default="lenet", choices=[*NETWORKS, *DATASETS])
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--metric", nargs="+", default=list(METRICS), choices=list(METRICS))
    parser.add_argument("--machine", default=platform.processor() or platform.machine())
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    args = parser.parse_args()
    if args.what == "page":
        write_page(json.loads(args.out.read_text()), args.docs / "metrics" / "speed.md")
    else:
        torch.set_num_threads(1)
        run(args)


if __name__ == "__main__":
    main()
