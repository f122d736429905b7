"""What a mask search costs, against the forward and backward passes that it cannot do without.

    python benchmarks/mask_speed.py --data $WHYLIGHT_DATA [--network NAME] [--pictures 16] [--iterations 200]

Both run in one process, in turn after every batch of the size that both use, on the same pictures; processor time is
compared, which other programs on the machine disturb least. The bare passes give the gradient of one probability with
respect to the pixels. What was measured is kept in benchmarks/results/undesirable/speed.json,
from which ``undesirable.py page`` makes a table.
"""

import argparse
import json
import platform
import statistics
import time
from pathlib import Path

import torch
from _imagenet import NETWORKS, network, picture_files, read_batch
from _undesirable_page import SPEED

from whylight import perturb, registry
from whylight.classifier import Classifier
from whylight.explanation import choose_targets
from whylight.method import Method
from whylight.tensors import target_output
from whylight.types import Images, Targets


def bare_passes(classifier: Classifier, images: Images, targets: Targets, iterations: int) -> None:
    """As many passes as the search makes, and nothing else."""
    batch = images.contiguous(memory_format=torch.channels_last)
    for _ in range(iterations):
        leaf = batch.clone().requires_grad_()
        probability = target_output(classifier.predict(leaf), targets)
        torch.autograd.grad(probability.sum(), leaf)


def ratio_of(method: Method, classifier: Classifier, images: Images, targets: Targets, iterations: int) -> float:
    """Processor seconds of the search over those of its bare passes; both take turns batch by batch."""
    bare = ours = 0.0
    for rows in torch.arange(len(images)).split(perturb.gradient_batch_size_for(images)):
        bare += seconds(bare_passes, classifier, images[rows], targets[rows], iterations)
        ours += seconds(method, classifier, images[rows], targets[rows])
    return ours / bare


def seconds(work: object, *arguments: object) -> float:
    """Processor seconds of one call."""
    assert callable(work)
    began = time.process_time()
    work(*arguments)
    return time.process_time() - began


def keep(what: str, found: dict[str, object]) -> None:
    """Writes one measurement beside those of other methods and networks."""
    known = json.loads(SPEED.read_text(encoding="utf-8")) if SPEED.exists() else {}
    SPEED.write_text(json.dumps(known | {what: found}, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--network", default="squeezenet1_1", choices=list(NETWORKS))
    parser.add_argument("--pictures", type=int, default=16)
    parser.add_argument("--iterations", type=int, default=200)
    parser.add_argument("--method", nargs="+", default=["f_tc", "f_ntc", "undesirable"])
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()

    classifier = network(args.network, args.data)
    images = read_batch(classifier, picture_files(args.data)[: args.pictures])
    targets = choose_targets(classifier, images)
    bare_passes(classifier, images[:4], targets[:4], 2)
    for name in args.method:
        method: Method = registry.read("methods", f"{name}:iterations={args.iterations}")
        ratios = [ratio_of(method, classifier, images, targets, args.iterations) for _ in range(args.rounds)]
        print(f"{name:<12} {statistics.median(ratios):.3f} × bare passes ({min(ratios):.3f} to {max(ratios):.3f})")
        found = {"pictures": args.pictures, "iterations": args.iterations, "ratios": ratios}
        keep(f"{args.network} {name}", found | {"threads": torch.get_num_threads(), "torch": torch.__version__})
    print(f"{args.network}, {args.pictures} pictures, {args.iterations} iterations, {args.rounds} rounds,")
    print(
        f"{torch.get_num_threads()} thread(s), torch {torch.__version__}, {platform.processor() or platform.machine()}"
    )


if __name__ == "__main__":
    main()
