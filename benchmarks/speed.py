"""Ours against lime, shap, captum, pytorch-grad-cam, Quantus and RISE's reference, and against the passes that it needs.

    pip install -r benchmarks/requirements.txt
    python benchmarks/speed.py run --data $WHYLIGHT_DATA [--only lime rise] [--network resnet20] [--pictures 4] [--rounds 3]
    python benchmarks/speed.py page

Everything runs in one process with one thread, on the same network, pictures and settings; the sides take turns. ``run``
writes one file a row and goes on where it stopped; ``--again`` measures what is there already. ``page`` writes
docs/speed.md and its plots.
"""

import argparse
import contextlib
import json
import platform
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from _metric_pairs import counted
from _speed_bare import Floor
from _speed_case import ALL, SEED, Case
from _speed_clock import in_turn, peak_megabytes, repeats_for, timed
from _speed_page import write_page
from _speed_pairs import PAIRS, Pair

from whylight import perturb
from whylight.classifiers import _torchvision
from whylight.segments import segment

RESULTS = Path(__file__).parent / "results" / "speed"
PICTURES = {"squeezenet1_1": 2, "mobilenet_v2": 2, "resnet20": 16}
PACKAGES = ("captum", "grad-cam", "lime", "quantus", "shap", "torch")

Row = dict[str, Any]


def measure(pair: Pair, case: Case, floor: Floor, rounds: int) -> Row:
    """One row: the seconds of every round, the passes and the memory of both sides, and the bare passes of ours."""
    works = {"ours": pair.work(case), "theirs": pair.theirs(case)}
    passes, repeats = {}, {}
    for side, work in works.items():  # the first call also warms up
        with counted(case.model) as counter:
            work()
        passes[side] = counter
    memory = {side: peak_megabytes(work) for side, work in works.items()}
    if not pair.partial:
        works["bare"] = floor.work(pair.kind, passes["ours"])
    if pair.cuts:
        works["cut"] = lambda: segment(case.images, "slic", case.sizes.segments)
    for side, work in works.items():
        repeats[side] = repeats_for(timed(work)[0]) if pair.kind == "layer" or side == "cut" else 1
    found = [in_turn(works, repeats, turn) for turn in range(rounds)]
    case.model.zero_grad(set_to_none=True)  # what a rival left behind
    return {
        "pair": pair.name,
        "network": case.name,
        "side": case.images.shape[-1],
        "pictures": len(case.images),
        "ours": pair.ours.format(layer=case.layer, **asdict(case.sizes)),
        "library": pair.library,
        "rival": pair.rival,
        "unlike": pair.unlike,
        "passes": {side: asdict(counter) for side, counter in passes.items()},
        "batch": perturb.batch_size_for(case.images),
        "processor": {side: [round(each[side][0], 6) for each in found] for side in works},
        "clock": {side: [round(each[side][1], 6) for each in found] for side in works},
        "megabytes": memory,
    }


def wanted(args: argparse.Namespace) -> Iterator[tuple[str, list[Pair]]]:
    """What was asked for and is not there, network by network."""
    for name in args.network:
        pairs = [pair for pair in PAIRS if name in pair.networks and pair.name in args.only]
        left = [pair for pair in pairs if args.again or not file_of(args.out, name, pair).exists()]
        if left:
            yield name, left


def file_of(folder: Path, network: str, pair: Pair) -> Path:
    return folder / f"{network}.{pair.name}.json"


def run(args: argparse.Namespace) -> None:
    """Every row that is wanted; one whose rival fails is said and passed over."""
    _torchvision.import_torchvision("pytorch-grad-cam")
    args.out.mkdir(parents=True, exist_ok=True)
    about = {name: version(name) for name in PACKAGES}
    about |= {"machine": args.machine, "python": platform.python_version(), "seed": str(SEED)}
    (args.out / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    for name, pairs in wanted(args):
        case = Case.read(name, args.data, args.pictures or PICTURES[name], args.samples)
        floor = Floor(case)
        for pair in pairs:
            torch.manual_seed(SEED)  # rivals draw from the global state
            began = time.process_time()
            try:
                row = measure(pair, case, floor, args.rounds)
            except Exception as error:
                print(f"{name} {pair.name}: {type(error).__name__}: {error}", flush=True)
                continue
            file_of(args.out, name, pair).write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")
            seconds = {side: min(each) for side, each in row["processor"].items()}
            told = ", ".join(f"{side} {least:.3g}" for side, least in seconds.items())
            print(f"{name} {pair.name}: {told} ({time.process_time() - began:.0f} s in all)", flush=True)


def main() -> None:
    names = [pair.name for pair in PAIRS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "page"])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--network", nargs="+", default=list(ALL), choices=list(ALL))
    parser.add_argument("--only", nargs="+", default=names, choices=names)
    parser.add_argument("--pictures", type=int)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--machine", default=platform.processor() or platform.machine())
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    args = parser.parse_args()
    if args.what == "page":
        write_page(args.out, args.docs)
        return
    torch.set_num_threads(1)
    with warnings.catch_warnings(), contextlib.suppress(KeyboardInterrupt):
        warnings.simplefilter("ignore")  # rivals' own
        run(args)


if __name__ == "__main__":
    main()
