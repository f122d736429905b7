"""What ``benchmarks/fashion.py`` trains, fits and compares, as commands of whylight; those that need others come later."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SEEDS = (0, 1, 2)
AS_PUBLISHED = ("--validation", "0", "--precision", "float32")
"""The source's networks see all training pictures for as many epochs as they were published with, and are not chosen by
anything; ours keeps the epoch that is best on its validation pictures."""
NETWORKS = {"small_cnn": AS_PUBLISHED, "small_cnn_whole": AS_PUBLISHED, "deeper_cnn": AS_PUBLISHED, "fashion_cnn": ()}
VARIANTS = {"deeper_cnn": "deeper_cnn:pools=4", "small_cnn_whole": "small_cnn:hidden=64"}
"""As it was published, down to one cell; and with the lines that the source's listing has commented out."""
NORMALISATIONS = ("none", "standard", "l2")
COSTS = ("0.01", "0.1", "1")
MARGIN = ("--loss", "l2_svm", "--epochs", "6", "--rate", "0.02")
"""It goes on from a network that is trained already, so that fewer epochs at a lower rate are enough."""
SHARES = ("0.1", "0.2", "0.3", "0.5", "0.7", "1")
KEPT = "0.5"
"""The share of the pixels in the fit to all pictures."""
PIXEL_C = "10"
FEW = "10000"
"""Pictures of the fits that are many: each share of the pixels with its controls."""

TRAIN = ("--data", "fashion_mnist", "--test", "fashion_mnist")
RBF = ("--kernel", "rbf", "--normalise", "none", "--c", PIXEL_C)
EVERY = ("--validation", "0")
"""Nothing is chosen in the fits to all pictures, and each takes long: they are fitted once."""


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
    yield from _maps(work)
    yield from _on_pixels(work)


def model(work: Path, network: str, seed: int) -> str:
    """A trained network as a description that ``whylight`` loads."""
    return f"file:{work / f'{network}.{seed}' / 'model.safetensors'}"


def _networks(seed: int) -> Iterator[Run]:
    for name, settings in NETWORKS.items():
        network = ("--network", VARIANTS.get(name, name), *settings, "--seed", str(seed))
        yield Run(f"{name}.{seed}", name, ("train", "classifier", *TRAIN, *network))


def _on_features(work: Path, seed: int) -> Iterator[Run]:
    costs = tuple(word for cost in COSTS for word in ("--c", cost))
    fit = ("train", "svm", *TRAIN, "--seed", str(seed))
    ours, theirs = model(work, "fashion_cnn", seed), model(work, "deeper_cnn", seed)
    for kind in NORMALISATIONS:
        yield Run(f"svm_{kind}.{seed}", f"svm_{kind}", (*fit, *costs, "--features", ours, "--normalise", kind))
    yield Run(f"deeper_svm.{seed}", "deeper_svm", (*fit, "--features", theirs, "--validation", "0"))
    margin = ("train", "classifier", *TRAIN, "--seed", str(seed), "--start", ours, *MARGIN)
    yield Run(f"svm_end_to_end.{seed}", "svm_end_to_end", margin)


def _maps(work: Path) -> Iterator[Run]:
    hybrids = (f"svm:{work / 'svm_standard.0'}", f"svm:{work / 'svm_none.0'}")
    others = [("fashion_cnn", 1), ("svm_end_to_end", 0), ("small_cnn", 0)]
    models = (model(work, "fashion_cnn", 0), *hybrids, *(model(work, *each) for each in others))
    yield _compared("maps.0", models, "cam", "500")


def _compared(name: str, models: tuple[str, ...], method: str, pictures: str) -> Run:
    named = tuple(word for each in models for word in ("--model", each))
    asked = ("--method", method, "--target", "label", "--limit", pictures, "--score", "all", "--seed", "0")
    return Run(name, name.partition(".")[0], ("compare", "--data", "fashion_mnist", *named, *asked))


def _on_pixels(work: Path) -> Iterator[Run]:
    shares = tuple(word for share in SHARES for word in ("--keep", share))
    fit, few = ("train", "svm", *TRAIN, "--pixels", *RBF), ("--limit", FEW)
    cnn = model(work, "fashion_cnn", 0)
    yield Run("masks.0", "masks", (*fit, "--mask", cnn, *shares, "--controls", *few))
    yield Run("masks_self.0", "masks_self", (*fit, "--mask", "self", *shares, *few))
    folders = ("masks.0/keep-100", f"masks.0/keep-{float(KEPT) * 100:g}")
    models = (cnn, f"svm:{work / 'svm_standard.0'}", *(f"svm:{work / folder}" for folder in folders))
    yield _compared("maps_of_pixels.0", models, "occlusion:window=4,stride=2,fill=black,output=logit", "200")
    for seed in SEEDS:
        mask = ("--mask", model(work, "fashion_cnn", seed), "--keep", KEPT, "--seed", str(seed))
        yield Run(f"masked.{seed}", "masked", (*fit, *mask, *EVERY))
    yield Run("pixels.0", "pixels", (*fit, *EVERY))
