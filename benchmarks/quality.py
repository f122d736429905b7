"""How many passes, and how much time, LIME, Kernel SHAP and RISE need for the same error as others.

    python benchmarks/quality.py run --data $WHYLIGHT_DATA [--network resnet20] [--method lime] [--pictures 20]
    python benchmarks/quality.py page

The error is that of a map against a converged one, as a share of the latter's range (root mean square over the pixels). The
converged one is the plain formula, without control or kriging, with 50 times the samples of the default and another seed.
RISE's maps are compared without their mean, since the paper's formula adds a constant to each pixel. Runs go on where they
stopped: benchmarks/results/quality keeps a file for each network and method. Processor time is compared.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from _imagenet import NETWORKS, network, picture_files, read_batch
from _quality_page import write_page
from _quality_rivals import rivals_of
from _small import small_batch, small_network

from whylight import perturb
from whylight.classifier import Classifier
from whylight.explanation import choose_targets
from whylight.methods.perturbation.rise import RISE
from whylight.methods.surrogate.kernel_shap import KernelSHAP
from whylight.methods.surrogate.lime import LIME
from whylight.segments import segment
from whylight.types import Images, Maps, Targets

RESULTS = Path(__file__).parent / "results" / "quality"
DOCS = Path(__file__).parents[1] / "docs"
METHODS: dict[str, LIME | KernelSHAP | RISE] = {"lime": LIME(), "kernel_shap": KernelSHAP(), "rise": RISE()}
LADDERS = {
    "lime": (125, 250, 500, 1000, 2000),
    "kernel_shap": (256, 512, 1024, 2048, 4096),
    "rise": (500, 1000, 2000, 4000, 8000),
}
REFERENCE_SEED = 10_000
Explain = Callable[[Classifier, Images, Targets], Maps]


def plain(method: LIME | KernelSHAP | RISE) -> LIME | KernelSHAP | RISE:
    """The same method, and nothing that lessens its noise."""
    return replace(method, control=False) if isinstance(method, RISE) else replace(method, kriging=False)


def measured(classifier: Classifier, images: Images, targets: Targets, name: str, explain: Explain) -> dict[str, Any]:
    """A map and what it cost."""
    with perturb.metered() as meter:
        began = time.process_time()
        found = explain(classifier, images, targets)
        seconds = time.process_time() - began
    return {"name": name, "passes": meter.forward, "seconds": seconds, "map": found[0]}


def of_picture(name: str, classifier: Classifier, images: Images, times: int, seed: int) -> list[dict[str, Any]]:
    """Every rung of every ladder on one picture."""
    method, targets = METHODS[name], choose_targets(classifier, images)
    many = replace(plain(method), samples=times * method.samples, tolerance=0.0, seed=REFERENCE_SEED)
    reference = settled(name, many(classifier, images, targets).maps[0])
    extent = float(reference.max() - reference.min())
    rows = [
        measured(classifier, images, targets, "ours, default", lambda *given: replace(method, seed=seed)(*given).maps)
    ]
    for samples in LADDERS[name]:
        for label, each in (("ours", method), ("ours, plain", plain(method))):
            asked = replace(each, samples=samples, tolerance=0.0, seed=seed)
            rows.append(measured(classifier, images, targets, label, lambda *given, asked=asked: asked(*given).maps))
        for label, rival in rivals_of(name).items():
            explain = lambda *given, rival=rival: rival(*given, samples, seed)  # noqa: B023, E731 - called at once
            rows.append(measured(classifier, images, targets, label, explain) | {"passes": samples})
    for row in rows:
        missed = settled(name, row.pop("map")) - reference
        row["error"] = float(missed.double().square().mean().sqrt()) / max(extent, 1e-12)
    return rows


def settled(name: str, found: Maps) -> Maps:
    """What is compared of a map."""
    return found - found.mean() if name == "rise" else found


def cutting(images: Images) -> dict[str, float]:
    """Processor seconds of LIME's own segmentation of a picture, and of ours."""
    from skimage.segmentation import quickshift

    picture = images[0].permute(1, 2, 0).double().numpy()
    began = time.process_time()
    quickshift(picture, kernel_size=4, max_dist=200, ratio=0.2, rng=0)
    middle = time.process_time()
    segment(images, count=None)
    return {"quickshift": middle - began, "slic": time.process_time() - middle}


def run(args: argparse.Namespace) -> None:
    """Every picture that the results lack."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    small = args.network not in NETWORKS
    classifier = small_network(args.network, args.data) if small else network(args.network, args.data, folded=True)
    for name in args.method:
        path = RESULTS / f"{args.network}_{name}.json"
        known = (
            json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"times": args.reference, "pictures": {}}
        )
        if known["times"] != args.reference:
            raise SystemExit(f"{path} has references of {known['times']} times the samples; move it away first")
        for place in range(args.pictures):
            if str(place) in known["pictures"]:
                continue
            files = [] if small else picture_files(args.data)[place::97][:1]
            images = (
                small_batch(args.network, classifier, args.data, place + 1)[place:]
                if small
                else read_batch(classifier, files)
            )
            rows = of_picture(name, classifier, images, args.reference, args.seed + place)
            known["pictures"][str(place)] = {"rows": rows, "cutting": cutting(images)}
            path.write_text(json.dumps(known), encoding="utf-8")
            print(time.strftime("%H:%M"), args.network, name, place, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "page"])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--network", default="resnet20", choices=["resnet20", *NETWORKS])
    parser.add_argument("--method", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--reference", type=int, default=50, help="times the default number of samples")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.what == "page":
        write_page(RESULTS, DOCS)
    elif args.data is None:
        parser.error("run needs --data")
    else:
        run(args)


if __name__ == "__main__":
    main()
