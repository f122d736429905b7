"""What ONNX Runtime gains over torch in float32, in float32 itself and in 8-bit numbers, and what it does to the maps.

    python benchmarks/precision.py run --data $WHYLIGHT_DATA [--network resnet20 ...] [--pictures 8]
    python benchmarks/precision.py page

Every picture is explained three times on the same samples, in turns, in one process with one thread: processor time is
compared, and the maps of float32 in torch with the others. 8-bit numbers are calibrated with the first pictures, as the
command line does it. Each network and method is one file under benchmarks/results/precision; what is there already is passed
over, unless ``--again`` is given. ``page`` writes docs/precision.md.
"""

import argparse
import json
import platform
import time
from pathlib import Path
from typing import Any

import torch
from _commands import machine, rounded
from _imagenet import NETWORKS, network, picture_files, read_batch
from _precision_page import NAMES, write_page
from _small import small_batch, small_network

from whylight import perturb, registry
from whylight.classifier import Classifier
from whylight.explanation import choose_targets
from whylight.method import Method
from whylight.precision.runtime import in_runtime
from whylight.tensors import agreement, flat, mean_ranks
from whylight.types import Images, Targets

RESULTS = Path(__file__).parent / "results" / "precision"
METHODS = {
    "occlusion": "occlusion",
    "rise": "rise:samples=512,tolerance=0",
    "lime": "lime:samples=512,tolerance=0",
    "kernel_shap": "kernel_shap:samples=512,tolerance=0",
}
PACKAGES = ("onnxruntime", "torch")

Row = dict[str, Any]


def case(name: str, data: Path, count: int) -> tuple[Classifier, Images]:
    """A network with real weights, and real pictures."""
    if name in NETWORKS:
        classifier = network(name, data)
        return classifier, read_batch(classifier, picture_files(data)[:: max(1, 700 // count)][:count])
    classifier = small_network(name, data)
    return classifier, small_batch(name, classifier, data, count)


def explained(classifier: Classifier, method: Method, images: Images, targets: Targets) -> tuple[torch.Tensor, Row]:
    """The maps of a method, and what they cost."""
    began = time.process_time()
    with perturb.metered() as meter:
        maps = method(classifier, images, targets).maps
    seconds = time.process_time() - began
    return maps, {"seconds": seconds, "passes": meter.forward, "error": meter.precision_error}


def measure(ways: dict[str, Classifier], method: Method, images: Images, targets: Targets) -> list[Row]:
    """A row a picture: what each way cost, and how its map correlates with float32's."""
    rows = []
    for place in range(len(images)):
        names = list(ways) if place % 2 == 0 else list(ways)[::-1]
        one = slice(place, place + 1)
        found = {name: explained(ways[name], method, images[one], targets[one]) for name in names}
        exact = found["torch"][0]
        row: Row = {}
        for name, (maps, cost) in found.items():
            ranks = agreement(mean_ranks(flat(exact)), mean_ranks(flat(maps)))
            row[name] = cost | {"pearson": float(agreement(exact, maps)), "spearman": float(ranks)}
        rows.append(row)
    return rows


def run(args: argparse.Namespace) -> None:
    """Everything that was asked for and is not there."""
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.network:
        files = {method: args.out / f"{name}.{method}.json" for method in args.method}
        if not (left := [method for method in args.method if args.again or not files[method].exists()]):
            continue
        exact, images = case(name, args.data, args.pictures)
        targets = choose_targets(exact, images)
        began = time.process_time()
        ways = {"torch": exact, "compiled": in_runtime(exact, images, "compiled")}
        ways["int8"] = in_runtime(exact, images, "int8")
        ready = time.process_time() - began
        for method in left:
            built = registry.read("methods", METHODS[method])
            rows = measure(ways, built, images, targets)
            about = {"network": name, "method": METHODS[method], "side": images.shape[-1], "ready": ready}
            where = machine(PACKAGES) | {"python": platform.python_version()}
            found = rounded(about | where | {"pictures": rows})
            files[method].write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            print(name, method, json.dumps(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    runs = commands.add_parser("run")
    runs.add_argument("--data", type=Path, required=True)
    runs.add_argument("--network", nargs="+", default=list(NAMES), choices=list(NAMES))
    runs.add_argument("--method", nargs="+", default=list(METHODS), choices=list(METHODS))
    runs.add_argument("--pictures", type=int, default=8)
    runs.add_argument("--again", action="store_true")
    runs.add_argument("--out", type=Path, default=RESULTS)
    runs.set_defaults(work=run)
    page = commands.add_parser("page")
    page.set_defaults(work=lambda _: write_page(RESULTS, Path(__file__).parents[1] / "docs" / "precision.md"))
    args = parser.parse_args()
    args.work(args)


if __name__ == "__main__":
    main()
