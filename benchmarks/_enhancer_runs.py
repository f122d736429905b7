"""What ``benchmarks/enhancer.py`` trains and compares, as commands of whylight, the most wanted first.

Three parts, which need nothing of each other:

    clean       a small classifier near the accuracy that was published, an enhancer before it, fair controls; three seeds
    degraded    four modes on spoilt pictures, through a strong network with published weights, and before networks they
                never saw
    strong      an enhancer before the same strong network on pictures as they are

Strong is right on at least 92 % of the test pictures. Of the published networks that is resnet56 (93.4 %); resnet20 (91.7 %)
is not, and is one of those that no enhancer is trained through.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Part = Literal["clean", "degraded", "strong"]

SEEDS = (0, 1, 2)
DATA = ("--data", "cifar10")
TRAIN = (*DATA, "--test", "cifar10")
ALL = ("--score", "all", "--limit", "50", "--seed", "0")
"""Accuracies are of all test pictures, maps of 50."""

PUBLISHED = 0.757
"""The accuracy of the source's classifier on CIFAR-10."""
BASELINE = ("--network", "deeper_cnn:pools=4")
"""Like the source's: convolutions one behind the other, a pool behind each, no augmentation. It stands still near the
published accuracy, so that more epochs of the same do not help it."""
SEARCHED = 14
"""Epochs among which the number is looked for that brings the validation pictures nearest to the published accuracy."""

FREE = "unet:width=16,depth=3,norm=true"
"""It begins with no picture at all. One that begins with the picture itself (as ``NET``) gained less in as many steps on the
validation pictures: the classifier holds it near the picture, since anything else confuses it."""
DRAWN = ("--net", FREE, "--stage1-epochs", "0")
GUIDED = ("--deep-supervision", "1")
"""Without it the middle of the U-Net hardly learns within so few epochs: half of the gain on the validation pictures."""
TWO_STAGES = ("--net", FREE, "--stage1-epochs", "2")
"""The source's way: reconstruction first."""
NET = ("--net", "unet:width=16,depth=3,change=1", "--stage1-epochs", "0")
"""For restoration and before strong networks. It gives the picture itself to begin with, so that nothing has to be
reconstructed first."""
OPTIMISER = ("--batch-size", "64", "--optimiser", "adam", "--schedule", "one_cycle")
STEPS = (*OPTIMISER, "--rate", "0.001")
EPOCHS = ("--epochs", "4")
FEW_EPOCHS = ("--epochs", "3", *STEPS)
"""For networks that are dearer."""
FEW_WATCH = ("--validation", "0.04")

THROUGH, SMALLER = "resnet56", "resnet20"
OTHERS = ("bundled",)
DEGRADATIONS = {
    "noise": "gaussian_noise:sigma=0.1",
    "jpeg": "jpeg:quality=10",
    "half": "downscale:factor=2",
}
WEIGHTS = {"recognition_aware": "0.01", "unsupervised": "1"}
"""λ. Published, for 224 × 224 and 1,000 labels, are 0.001 and 10; the latter is of a mean over labels, so that 0.1 is the
same for ten of them. Both are taken ten times as strong here. Of *transformer* it only scales what Adam scales again."""
TRIED = {"recognition_aware": ("0.001", "0.01", "0.1"), "unsupervised": ("0.1", "1")}
"""What is tried on few pictures and their validation part."""


@dataclass(frozen=True)
class Run:
    """``name``: of its folder, with its seed behind the last dot. ``command``: the words behind ``whylight``, without
    ``--out``. ``group``: what its seeds are averaged under."""

    name: str
    group: str
    part: Part
    command: tuple[str, ...]


def runs(work: Path, results: Path) -> Iterator[Run]:
    """Everything, in an order in which each finds what it needs below ``work``, the most wanted first."""
    yield from _weights(work)
    for short in DEGRADATIONS:
        yield from _restored(work, short, "restoration", "recognition_aware")
    yield Run("search.0", "search", "clean", _baseline(SEARCHED, 0, DATA))
    epochs = nearest_epoch(results / "search.0.json")
    if epochs is not None:
        yield from _first(work, epochs)
    yield from _strong(work)
    if epochs is not None:
        yield from _controls(work)
    for short in DEGRADATIONS:
        yield from _restored(work, short, "unsupervised", "transformer")
    if epochs is not None:
        yield from _otherwise(work)


def file(work: Path, name: str) -> str:
    """A trained model as a description that ``whylight`` loads."""
    return f"file:{work / name / 'model.safetensors'}"


def nearest_epoch(search: Path) -> int | None:
    """After how many epochs the validation pictures were nearest to the published accuracy; None before that is known."""
    if not search.exists():
        return None
    curve = json.loads(search.read_text(encoding="utf-8"))["answers"]["curve"]
    distances = [abs(row["validation_accuracy"] - PUBLISHED) for row in curve]
    return 1 + distances.index(min(distances))


def _baseline(epochs: int, seed: int, data: tuple[str, ...]) -> tuple[str, ...]:
    return ("train", "classifier", *data, *BASELINE, "--epochs", str(epochs), "--seed", str(seed))


def _first(work: Path, epochs: int) -> Iterator[Run]:
    """The classifiers, the enhancers before them, and the classifiers that were trained as many steps more."""
    for seed in SEEDS:
        yield Run(f"baseline.{seed}", "baseline", "clean", _baseline(epochs, seed, TRAIN))
    for seed in SEEDS:
        yield _enhanced(work, "frozen", seed, "--mode", "frozen", *DRAWN, *GUIDED)
        more = ("--start", file(work, f"baseline.{seed}"), *EPOCHS, *STEPS)
        longer = ("train", "classifier", *TRAIN, *more, "--augmentation", "shift_flip", "--seed", str(seed))
        yield Run(f"longer.{seed}", "longer", "clean", longer)
        yield _seen(work, "frozen", seed)


def _enhanced(work: Path, name: str, seed: int, *options: str) -> Run:
    through = ("--model", file(work, f"baseline.{seed}"))
    told = (*EPOCHS, *OPTIMISER, "--rate", "0.005", "--seed", str(seed))
    command = ("train", "enhancer", *TRAIN, *through, *options, *told)
    return Run(f"{name}.{seed}", name, "clean", command)


def _seen(work: Path, name: str, seed: int) -> Run:
    """Before and after; of the frozen one also before others, and beside the classifier that was trained longer."""
    before, after = file(work, f"baseline.{seed}"), file(work, f"{name}.{seed}")
    pairs = [(before, after)]
    others: tuple[str, ...] = ()
    if name == "frozen":
        longer = file(work, f"longer.{seed}")
        pairs += [(before, longer), (longer, after)]
        others = (file(work, f"baseline.{(seed + 1) % len(SEEDS)}"), file(work, SMALLER))
    command = ("compare", *DATA, *_pairs(pairs), *_transfer(others), *ALL)
    return Run(f"{name}_seen.{seed}", f"{name}_seen", "clean", command)


def _controls(work: Path) -> Iterator[Run]:
    for seed in SEEDS:
        yield _enhanced(work, "random", seed, "--mode", "frozen", *DRAWN, *GUIDED, "--shuffle-labels")
        yield _seen(work, "random", seed)
        yield _enhanced(work, "joint", seed, "--mode", "joint", *DRAWN, *GUIDED)
        yield _seen(work, "joint", seed)


def _otherwise(work: Path) -> Iterator[Run]:
    """The enhancer trained without deep supervision, and with reconstruction first; one seed each."""
    yield _enhanced(work, "unguided", 0, "--mode", "frozen", *DRAWN)
    yield _seen(work, "unguided", 0)
    yield _enhanced(work, "two_stages", 0, "--mode", "frozen", *TWO_STAGES, *GUIDED)
    yield _seen(work, "two_stages", 0)


def _strong(work: Path) -> Iterator[Run]:
    through = ("--model", file(work, THROUGH), "--mode", "frozen", *NET, *FEW_EPOCHS, *FEW_WATCH, "--seed", "0")
    yield Run("strong.0", "strong", "strong", ("train", "enhancer", *TRAIN, *through))
    seen = _pairs([(file(work, THROUGH), file(work, "strong.0"))])
    command = ("compare", *DATA, *seen, *_transfer((file(work, SMALLER),)), *ALL)
    yield Run("strong_seen.0", "strong_seen", "strong", command)


def _weights(work: Path) -> Iterator[Run]:
    """λ, on few pictures and without the test."""
    for mode, tried in TRIED.items():
        for weight in tried:
            name = f"weights_{mode}_{weight}"
            command = (*_through(work, "jpeg", mode, weight), *DATA, "--limit", "10000", "--validation", "0.2")
            yield Run(f"{name}.0", name, "degraded", command)


def _through(work: Path, short: str, mode: str, weight: str | None) -> tuple[str, ...]:
    told = () if weight is None else ("--weight", weight)
    spoilt = ("--degrade", DEGRADATIONS[short])
    model = ("--model", file(work, THROUGH), "--mode", mode)
    return ("train", "enhancer", *model, *told, *spoilt, *NET, *FEW_EPOCHS, "--seed", "0")


def _restored(work: Path, short: str, *modes: str) -> Iterator[Run]:
    """Enhancers of spoilt pictures in some modes; the others are compared with plain restoration picture by picture."""
    for mode in modes:
        name = f"{mode}_{short}"
        yield Run(f"{name}.0", name, "degraded", (*_through(work, short, mode, WEIGHTS.get(mode)), *TRAIN, *FEW_WATCH))
        after = file(work, f"{name}.0")
        plain = file(work, f"restoration_{short}.0")
        pairs = [(file(work, THROUGH), after), *([(plain, after)] if mode != "restoration" else [])]
        others = _transfer((file(work, SMALLER), *OTHERS))
        command = ("compare", *DATA, *_pairs(pairs), *others, "--degrade", DEGRADATIONS[short], *ALL)
        yield Run(f"{name}_seen.0", f"{name}_seen", "degraded", command)


def _pairs(pairs: list[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(word for before, after in pairs for word in ("--before", before, "--after", after))


def _transfer(models: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for model in models for word in ("--transfer", model))
