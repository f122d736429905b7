"""What ``benchmarks/decoys.py`` trains and learns, as commands of whylight, and the strokes of its simulated person."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from whylight.datasets import open_dataset
from whylight.store import Model, Picture, Store, StoredExplanation, Stroke
from whylight.tensors import generator
from whylight.training.prepare import drawn, with_split

SEEDS = (1, 2, 3)
"""Seed 0 was there to choose weights and steps with."""
PICTURES, EPOCHS = 12_000, 8
"""To train with, of 60,000; and how often."""
NETWORK = "strided_cnn:hidden=64"
"""It sees where in the picture something is and how bright, so that it learns a corner in a minute: 109,562 parameters."""
CORRECTED = 200
"""Pictures with a stroke, a fifth of which is held out."""
BRUSH = 0.2
"""Of the picture's side: a round dab of 5.6 pixels over a patch of 4 × 4."""
SETTINGS = {
    "none": ("--loss", "rrr", "--weight", "0"),
    "counter_examples": ("--loss", "counter_examples", "--weight", "3"),
    "rrr": ("--loss", "rrr", "--weight", "10"),
    "rrr_grad_cam": ("--loss", "rrr_grad_cam", "--weight", "10"),
}
"""``none``: the same steps on the same pictures without a loss on explanations."""
SPREAD = "_spread"
LOSSES = {
    **{f"{name}{SPREAD}": (*settings, "--spread") for name, settings in SETTINGS.items() if name != "none"},
    **SETTINGS,
}
"""With marks that hold at the same place in every picture, and with marks of the corrected pictures alone."""
STEPS = ("--epochs", "10", "--rate", "0.002", "--replay", "12000")
TRAIN = ("train", "classifier", "--network", NETWORK, "--rate", "0.002", "--validation", "0", "--precision", "float32")


@dataclass(frozen=True)
class Scale:
    """``pictures`` to train with, and how many ``epochs``."""

    pictures: int = PICTURES
    epochs: int = EPOCHS


@dataclass(frozen=True)
class Run:
    """See ``_commands.Command``."""

    name: str
    group: str
    command: tuple[str, ...]


def decoy(seed: int, more: str = "") -> str:
    """The data set with the patches of a seed."""
    return f"decoy_fashion_mnist:seed={seed}{more}"


def runs(work: Path, seed: int, scale: Scale) -> Iterator[Run]:
    """Both networks of a seed, and what is learned of the confounded one by each loss."""
    size = ("--limit", str(scale.pictures), "--epochs", str(scale.epochs), "--seed", str(seed))
    clean = ("--test", decoy(seed, ",test=clean"))
    yield Run(f"clean.{seed}", "clean", (*TRAIN, "--data", "fashion_mnist", "--test", "fashion_mnist", *size))
    yield Run(f"confounded.{seed}", "confounded", (*TRAIN, "--data", decoy(seed), *clean, *size))
    model = f"file:{work / f'confounded.{seed}' / 'model.safetensors'}"
    store = work / f"strokes.{seed}.db"
    paint(store, seed, scale)
    learn = (
        "learn",
        "--what",
        "model",
        "--store",
        str(store),
        "--model",
        model,
        "--data",
        decoy(seed),
        "--device",
        "cpu",
    )
    for name, settings in LOSSES.items():
        yield Run(
            f"{name}.{seed}", name, (*learn, *clean, "--check", decoy(seed), *settings, *STEPS, "--seed", str(seed))
        )


def paint(path: Path, seed: int, scale: Scale) -> None:
    """A store in which a person painted over the patches of ``CORRECTED`` of the pictures to train with."""
    if path.exists():
        return
    text = with_split(decoy(seed), "train")
    dataset = open_dataset(text)
    known = drawn(len(dataset), scale.pictures, seed)
    order = torch.randperm(len(known), generator=generator(seed, CORRECTED))[:CORRECTED].tolist()
    path.parent.mkdir(parents=True, exist_ok=True)
    with Store(path) as store:
        model = store.add_model(Model("confounded", str(seed), dataset.labels))
        for place in sorted(known[each] for each in order):
            sample = dataset[place]
            assert sample.supporting is not None
            assert sample.label is not None
            rows, columns = sample.supporting.nonzero()
            middle = tuple(float(each.mean() + 0.5) / 28 for each in (columns, rows))
            store.add_picture(Picture(sample.key, sample.name, 28, 28, text, place))
            label = dataset.labels[sample.label]
            shown = store.add(
                StoredExplanation(sample.key, model, {}, "integrated_gradients", sample.label, label, 1, 1.0)
            )
            store.note(shown, Stroke(matters=False, width=BRUSH, points=((middle[0], middle[1]),)), person="simulated")
