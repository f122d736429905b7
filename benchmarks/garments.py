"""How well photos of garments are brought into the form of Fashion-MNIST, and how often what is no garment is doubted.

    python benchmarks/garments.py --data $WHYLIGHT_DATA [--photos 60] [--others 60] [--only white others …]

Photos are made of the last 5,000 training pictures (``_garment_photos.py``), on seven kinds of background; the test
pictures are not touched. The preparation was tuned on pictures 55,000 to 55,023 and 55,100 to 55,139, and looked at on a few
without garments: none of these is measured. For each kind: Pearson's correlation and the overlap of the shapes
(intersection over union, levels above 10) with the picture that the photo was made of; how often a small network, trained
here on other training pictures, gives the label, and the answer that it gives for the original; how often the preparation
warns, and how often something is doubted. Then the same for pictures without garments. Prints the tables of
docs/photos.md.
"""

import argparse
import platform
import time
import warnings
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from _garment_photos import BACKGROUNDS, garment_photo
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from whylight import registry
from whylight.datasets.fashion_mnist import LABELS, NUMBERS, PICTURES, read_idx
from whylight.pictures import read_picture
from whylight.preparation import Prepared, doubts_about
from whylight.preparations.garment import Garment

FIRST = 55_200
"""The first picture that nothing was tuned on."""
LOOKED_AT = 16
"""Of pictures without garments so many were looked at while the preparation was made: the first by name, or as drawn with
seed 0."""
OTHERS = "others"
TRAINED_ON, EPOCHS = 6_000, 2


def as_input(pictures: NDArray[np.uint8]) -> Tensor:
    """(picture, 1, 28, 28) in [0, 1]."""
    return torch.from_numpy(pictures.copy()).float()[:, None] / 255


def trained(pictures: NDArray[np.uint8], labels: NDArray[np.uint8]) -> nn.Module:
    """Three convolutions, trained in seconds."""
    torch.manual_seed(0)
    widths = (1, 16, 32, 64)
    layers: list[nn.Module] = []
    for inner, outer in pairwise(widths):
        layers += [nn.Conv2d(inner, outer, 3, padding=1, bias=False), nn.BatchNorm2d(outer), nn.ReLU(), nn.MaxPool2d(2)]
    network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(576, len(LABELS)))
    inputs, targets = as_input(pictures[:TRAINED_ON]), torch.from_numpy(labels[:TRAINED_ON].astype(np.int64))
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(inputs)).split(64):
            optimiser.zero_grad()
            functional.cross_entropy(network(inputs[rows]), targets[rows]).backward()
            optimiser.step()
    return network.eval()


def answers(network: nn.Module, pictures: Iterable[NDArray[np.uint8]]) -> Tensor:
    """Probabilities (picture, label)."""
    with torch.no_grad():
        found: Tensor = network(as_input(np.stack(list(pictures)))).softmax(dim=1)
    return found


def pixels_of(prepared: Prepared) -> NDArray[np.uint8]:
    """The 28 × 28 picture."""
    return np.asarray(prepared.picture)


def overlap(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Intersection over union of what is not black."""
    a, b = first > 10, second > 10
    return float((a & b).sum() / (a | b).sum())


def row(kind: str, network: nn.Module, originals: NDArray[np.uint8], labels: NDArray[np.uint8]) -> str:
    """One row of the first table."""
    random = np.random.default_rng(0)
    photos = [garment_photo(original, kind, random) for original in originals]
    made = time.perf_counter()
    prepared = [Garment()(photo) for photo in photos]
    seconds = (time.perf_counter() - made) / len(photos)
    results = [pixels_of(each) for each in prepared]
    pairs = list(zip(results, originals, strict=True))
    pearson = np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs])
    before, after = answers(network, originals), answers(network, results)
    truth = torch.from_numpy(labels.astype(np.int64))
    right = [float((found.argmax(dim=1) == truth).float().mean()) for found in (before, after)]
    same = float((before.argmax(dim=1) == after.argmax(dim=1)).float().mean())
    warned = np.mean([bool(each.warnings) for each in prepared])
    doubted = np.mean([bool(doubts_about(found, LABELS, each)) for found, each in zip(after, prepared, strict=True)])
    shape = np.mean([overlap(a, b) for a, b in pairs])
    shares = " | ".join(f"{share:.0%}" for share in (same, warned, doubted))
    return f"| {kind} | {pearson:.3f} | {shape:.3f} | {right[0]:.0%} → {right[1]:.0%} | {shares} | {seconds:.2f} |"


def other_row(name: str, network: nn.Module, pictures: list[Image.Image]) -> str:
    """One row of the second table."""
    prepared = [Garment()(picture) for picture in pictures]
    found = answers(network, [pixels_of(each) for each in prepared])
    warned = np.mean([bool(each.warnings) for each in prepared])
    untypical = np.mean([each.numbers["untypical"] > 1 for each in prepared])
    doubted = np.mean([bool(doubts_about(one, LABELS, each)) for one, each in zip(found, prepared, strict=True)])
    return f"| {name} | {len(pictures)} | {untypical:.0%} | {warned:.0%} | {doubted:.0%} |"


def drawn(whole: int, count: int) -> list[int]:
    """Places that were not looked at, drawn with seed 1; fewer where there are not so many."""
    known = {*range(LOOKED_AT), *np.random.default_rng(0).permutation(whole)[:LOOKED_AT].tolist()}
    order: list[int] = np.random.default_rng(1).permutation(whole).tolist()
    return [place for place in order if place not in known][:count]


def others(root: Path, count: int) -> dict[str, Callable[[], list[Image.Image]]]:
    """Pictures without garments as their subject."""

    def files(pattern: str) -> list[Image.Image]:
        paths = sorted(map(str, root.glob(pattern)))
        return [read_picture(paths[place]) for place in drawn(len(paths), count)]

    def cifar() -> list[Image.Image]:
        samples = registry.read("datasets", f"cifar10:folder={root / 'cifar-10-batches-bin'}")
        return [samples[place].picture for place in drawn(len(samples), count)]

    return {
        "ImageNet": lambda: files("imagenet/val/*/*.JPEG"),
        "COCO": lambda: files("coco/images/*"),
        "CIFAR-10": cifar,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--others", type=int, default=60)
    parser.add_argument("--only", nargs="+", default=[*BACKGROUNDS, OTHERS], choices=[*BACKGROUNDS, OTHERS])
    args = parser.parse_args()
    warnings.filterwarnings("ignore", "Conversion from CIE-LAB")  # tints that no screen shows are clipped
    folder = args.data / "fashion-mnist"
    pictures = read_idx(folder / "train-images-idx3-ubyte.gz", PICTURES)
    labels = read_idx(folder / "train-labels-idx1-ubyte.gz", NUMBERS)
    network = trained(pictures, labels)
    chosen = slice(FIRST, FIRST + args.photos)
    print("| background | correlation | shape | right before → after | same answer | warned | doubted | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    for kind in (kind for kind in BACKGROUNDS if kind in args.only):
        print(row(kind, network, pictures[chosen], labels[chosen]), flush=True)
    print("\n| pictures | number | untypical | warned | doubted |\n|---|---|---|---|---|")
    for name, read in others(args.data, args.others).items() if OTHERS in args.only else ():
        print(other_row(name, network, read()), flush=True)
    print(f"\n{args.photos} photos a row, one thread, torch {torch.__version__}, {platform.machine()}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
