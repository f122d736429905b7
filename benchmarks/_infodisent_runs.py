"""What ``benchmarks/infodisent.py`` trains and evaluates, as commands of whylight; those that need others come later."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

SEEDS = (0, 1, 2)
GROUPS = ("networks", "accuracy", "ablation", "parametrisation", "drawing", "post_hoc", "maps")
DEIT = "timm:deit_tiny_patch16_224"
DEIT_WEIGHTS = "models/deit_tiny_patch16_224.imagenet1k.safetensors"
FEW = "10000"
"""Pictures of the trainings that are many, and of the transformer: its grids of 50,000 are 3.8 GB."""
KEEPS = ("0", "5")
MANY_CHANNELS = ("mobilenet_v2",)
"""A step of 1,280 channels takes a tenth with reflections: 0.28 instead of 2.8 s."""
METRICS = ("--metric", "insertion", "--metric", "deletion")


@dataclass(frozen=True)
class Run:
    """``name``: of its folder. ``group``: what is asked. ``command``: the words behind ``whylight``, without ``--out``."""

    name: str
    group: str
    command: tuple[str, ...]


def runs(work: Path) -> Iterator[Run]:
    """Everything, in an order in which each finds what it needs below ``work``; grids of a network and pictures are made
    once for all trainings."""
    for run in _all(work):
        grids = ("--grids", str(work / "grids")) if run.command[1] == "infodisent" else ()
        yield replace(run, command=(*run.command, *grids))


def _all(work: Path) -> Iterator[Run]:
    yield from _networks()
    for seed in SEEDS:
        yield from _accuracy(work, seed)
    for seed in SEEDS:
        yield from _ablation(seed)
    yield from _choices()
    yield from _post_hoc()
    yield from _maps(work)


def data_file(name: str) -> str:
    """A file of the data that WHYLIGHT_DATA names."""
    return str(Path(os.environ.get("WHYLIGHT_DATA", "data")) / name)


def _networks() -> Iterator[Run]:
    """The black boxes: one for Fashion-MNIST, and the transformer with a last layer of its own for each data set."""
    fashion = ("--data", "fashion_mnist", "--network", "fashion_cnn")
    yield Run("fashion_cnn", "networks", ("train", "classifier", *fashion))
    for data in ("cifar10", "fashion_mnist"):
        network = f"{DEIT},weights={data_file(DEIT_WEIGHTS)}"
        words = ("--data", data, "--network", network, "--frozen", "--epochs", "3", "--limit", FEW)
        yield Run(f"deit.{data}", "networks", ("train", "classifier", *words))


def _black_boxes(work: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(name, data, options): what is on the test of each data set what, without concepts."""
    yield "compact", "cifar10", ()
    yield "fashion_cnn", "fashion_mnist", ("--model", f"file:{work / 'fashion_cnn' / 'model.safetensors'}")
    for data in ("cifar10", "fashion_mnist"):
        model = f"file:{work / f'deit.{data}' / 'model.safetensors'}"
        yield "deit", data, ("--model", model, "--limit", FEW)


def _accuracy(work: Path, seed: int) -> Iterator[Run]:
    for name, data, options in _black_boxes(work):
        for keep in KEEPS:
            words = ("--data", data, "--test", data, *options, "--keep", keep, "--seed", str(seed))
            yield Run(f"accuracy.{name}.{data}.{keep}.{seed}", "accuracy", ("train", "infodisent", *words))


def _ablation(seed: int) -> Iterator[Run]:
    """Basis × pooling × signs on the included network."""
    for basis in ("learned", "random", "identity"):
        for pooling in ("two_sided", "max", "mean"):
            for signs in ("non_negative", "free"):
                switches = ("--basis", basis, "--pooling", pooling, "--signs", signs)
                words = ("--data", "cifar10", "--test", "cifar10", "--limit", FEW, "--keep", "0", "--epochs", "8")
                name = f"ablation.{basis}.{pooling}.{signs}.{seed}"
                yield Run(name, "ablation", ("train", "infodisent", *words, *switches, "--seed", str(seed)))


def _choices() -> Iterator[Run]:
    """Ways to learn a rotation, to take a maximum, and to answer; ``expm`` is also what draws by ``gumbel`` and answers by
    ``softmax``."""
    words = ("train", "infodisent", "--data", "cifar10", "--test", "cifar10", "--limit", FEW, "--keep", "5")
    for seed in SEEDS:
        last = ("--seed", str(seed))
        for how in ("expm", "cayley", "householder"):
            yield Run(f"parametrisation.{how}.{seed}", "parametrisation", (*words, "--parametrisation", how, *last))
        for how in ("soft", "hard"):
            yield Run(f"drawing.{how}.{seed}", "drawing", (*words, "--drawing", how, *last))
        yield Run(f"drawing.sigmoid.{seed}", "drawing", (*words, "--answers", "sigmoid", *last))


def _post_hoc() -> Iterator[Run]:
    """The same decision in a basis of its own: on CIFAR-10 and, of ImageNet, on its validation pictures."""
    words = ("train", "infodisent", "--post-hoc", "--validation", "0")
    yield Run("post_hoc.compact", "post_hoc", (*words, "--data", "cifar10", "--limit", FEW))
    networks = {
        "squeezenet1_1": f"torchvision:squeezenet1_1,weights={data_file('models/squeezenet1_1.imagenet1k.safetensors')}",
        "mobilenet_v2": f"torchvision:mobilenet_v2,weights={data_file('models/mobilenet_v2.imagenet1k_tfsame.safetensors')}",
        "deit": f"{DEIT},weights={data_file(DEIT_WEIGHTS)}",
    }
    for name, model in networks.items():
        how = ("--parametrisation", "householder") if name in MANY_CHANNELS else ()
        yield Run(f"post_hoc.{name}", "post_hoc", (*words, "--data", "imagenet", "--model", model, *how))


def _maps(work: Path) -> Iterator[Run]:
    """Insertion, deletion and, where boxes are known, pointing against Grad-CAM on the same classifiers of concepts."""
    methods = ("--method", "infodisent", "--method", "infodisent:place=heat", "--method", "grad_cam")
    for name, data in (("compact", "cifar10"), ("deit", "cifar10"), ("fashion_cnn", "fashion_mnist")):
        model = f"infodisent:{work / f'accuracy.{name}.{data}.5.0'}"
        words = ("evaluate", "--data", data, "--model", model, "--limit", "200")
        yield Run(f"maps.{name}.{data}", "maps", (*words, *methods, *METRICS))
    for name in ("mobilenet_v2", "deit"):
        words = (
            "evaluate",
            "--data",
            "imagenet",
            "--model",
            f"infodisent:{work / f'post_hoc.{name}'}",
            "--limit",
            "200",
        )
        metrics = (*METRICS, "--metric", "pointing_game")
        yield Run(f"maps.{name}.imagenet", "maps", (*words, *methods, *metrics))
