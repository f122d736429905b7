"""What ``benchmarks/fashion.py`` trains, fits and compares, as commands of whylight; those that need others come later."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SEEDS = (0, 1, 2)
NETWORKS = {"small_cnn": ("--validation", "0", "--precision", "float32"), "fashion_cnn": ()}
"""The source's network sees all training pictures for as many epochs as it was published with; ours keeps its best epoch."""
NORMALISATIONS = ("none", "standard", "l2")
SHARES = ("0.1", "0.2", "0.3", "0.5", "0.7", "1")
KEPT = "0.5"
"""The share of the pixels in the fit to all pictures; chosen on the validation pictures of the smaller fits."""
PIXEL_C = "10"
FEW = "10000"
"""Pictures of the fits that are many: each share of the pixels with its controls."""

TRAIN = ("--data", "fashion_mnist", "--test", "fashion_mnist")


@dataclass(frozen=True)
class Run:
    """``name``: of its folder. ``command``: the words behind ``whylight``, without ``--out``. ``group``: what its seeds are
    averaged under."""

    name: str
    group: str
    command: tuple[str, ...]


def runs(work: Path) -> Iterator[Run]:
    """Everything, in an order in which each finds what it needs below ``work``."""
    for seed in SEEDS:
        yield from _networks(seed)
        yield from _on_features(work, seed)
    yield from _on_pixels(work)
    yield _maps(work)


def model(work: Path, network: str, seed: int) -> str:
    """A trained network as a description that ``whylight`` loads."""
    return f"file:{work / f'{network}.{seed}' / 'model.safetensors'}"


def _networks(seed: int) -> Iterator[Run]:
    for network, settings in NETWORKS.items():
        command = ("train", "classifier", *TRAIN, "--network", network, *settings, "--seed", str(seed))
        yield Run(f"{network}.{seed}", network, command)


def _on_features(work: Path, seed: int) -> Iterator[Run]:
    features = ("train", "svm", *TRAIN, "--features", model(work, "fashion_cnn", seed), "--seed", str(seed))
    costs = ("--c", "0.01", "--c", "0.1", "--c", "1")
    for kind in NORMALISATIONS:
        yield Run(f"svm_{kind}.{seed}", f"svm_{kind}", (*features, "--normalise", kind, *costs))
    yield Run(f"svm_end_to_end.{seed}", "svm_end_to_end", (*features, "--end-to-end"))


def _on_pixels(work: Path) -> Iterator[Run]:
    kernel = ("--pixels", "--kernel", "rbf", "--normalise", "none", "--c", PIXEL_C)
    shares = tuple(word for share in SHARES for word in ("--keep", share))
    masked = ("train", "svm", *TRAIN, *kernel, "--mask", model(work, "fashion_cnn", 0))
    yield Run("masks.0", "masks", (*masked, *shares, "--controls", "--limit", FEW))
    yield Run(
        "masks_self.0", "masks_self", ("train", "svm", *TRAIN, *kernel, "--mask", "self", *shares, "--limit", FEW)
    )
    for seed in SEEDS:
        network = ("--mask", model(work, "fashion_cnn", seed), "--keep", KEPT, "--seed", str(seed))
        yield Run(f"masked.{seed}", "masked", ("train", "svm", *TRAIN, *kernel, *network))


def _maps(work: Path) -> Run:
    models = [
        model(work, "fashion_cnn", 0),
        f"svm:{work / 'svm_standard.0'}",
        model(work, "fashion_cnn", 1),
        model(work, "small_cnn", 0),
    ]
    named = tuple(word for each in models for word in ("--model", each))
    asked = ("--method", "cam", "--target", "label", "--limit", "500", "--score", "all", "--seed", "0")
    return Run("maps.0", "maps", ("compare", "--data", "fashion_mnist", *named, *asked))
