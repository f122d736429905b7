"""From what a user asks for to a plan and the pictures: what was not asked for is chosen by the data and the network."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

import numpy as np
import torch
from numpy.typing import NDArray

from whylight import datasets, registry
from whylight.classifier import Classifier
from whylight.classifiers import networks
from whylight.dataset import Dataset
from whylight.errors import DataError, PictureError, SpecError
from whylight.frame import Resizing
from whylight.tensors import generator
from whylight.training.batches import ORDER
from whylight.training.data import Labelled, Progress, labelled
from whylight.training.hyperparameters import changed, defaults_for
from whylight.training.plan import Plan, Precision
from whylight.training.start import network_of, starting_model

NETWORK = "small_cnn"
UNTRAINED = "weights=none"
SMALL = 64
"""Pictures up to this side keep their size; larger ones are brought to it, or to what a network of a zoo is made for."""
ZOO_SIZE = 224
LOOKED_AT = 16
"""So many pictures tell whether a data set is in colour."""


Asked = Literal["auto", "float32", "bfloat16"]
"""A precision as it is asked for."""


@dataclass(frozen=True)
class Wish:
    """What is asked for; None where nothing is. ``changes``: of the hyperparameters' defaults. The rest: see ``Plan``."""

    data: str
    data_root: Path | None = None
    network: str | None = None
    start: str | None = None
    frozen: bool = False
    size: tuple[int, int] | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    validation: float = 0.1
    seed: int = 0
    limit: int | None = None
    precision: Asked = "auto"
    shuffle_labels: bool = False


@dataclass(frozen=True, eq=False)
class Prepared:
    """``pictures``: all of them at the network's size. ``resizing``: how they are brought there. ``model``: the one
    whose weights are gone on with."""

    plan: Plan
    pictures: Labelled
    resizing: Resizing
    model: Classifier | None


def prepare(wish: Wish, device: torch.device, begun: Plan | None = None, tell: Progress | None = None) -> Prepared:
    """Opens the data, chooses what was left open, and reads every picture.

    ``begun``: the plan that the folder began with, whose precision is kept where none is asked for. Raises WhylightError
    for what cannot be trained.
    """
    network, start = _network(wish)
    model = starting_model(start)
    given = changed(
        defaults_for(network, started=model is not None and networks.is_of_a_zoo(network), frozen=wish.frozen),
        wish.changes,
    )
    _check_together(wish, given.patience, model)
    dataset = training_part(wish.data, wish.data_root)
    resizing = _resizing(wish, dataset, network, model)
    with torch.random.fork_rng(devices=[]):  # what cannot be built is said before all pictures are read
        networks.build(network, max(2, len(dataset.labels)), resizing.channels, resizing.size)
    places = None if wish.limit is None else drawn(len(dataset), wish.limit, wish.seed)
    pictures = labelled(dataset, resizing, tell, places)
    check_labels(pictures, wish.data)
    plan = Plan(
        data=wish.data,
        network=network,
        hyperparameters=given,
        size=resizing.size,
        channels=resizing.channels,
        start=start,
        frozen=wish.frozen,
        validation=wish.validation,
        seed=wish.seed,
        limit=wish.limit,
        precision=precision_for(wish.precision, device, begun),
        pictures=len(pictures),
        content=content_of(pictures, model),
        shuffle_labels=wish.shuffle_labels,
    )
    return Prepared(plan, pictures, resizing, model)


def _check_together(wish: Wish, patience: int | None, model: Classifier | None) -> None:
    """Raises SpecError for wishes that make no sense together."""
    if wish.frozen and model is None:
        raise SpecError(
            "expected weights that are learnt already with --frozen, which trains the last layer only; name them with "
            "--start, or take a network of torchvision: or timm:"
        )
    check_patience(patience, wish.validation)


def check_patience(patience: int | None, validation: float) -> None:
    """Raises SpecError for a patience without a validation to wait for."""
    if patience is not None and validation == 0:
        raise SpecError(
            "--patience waits for a better validation, and --validation 0 leaves none; leave one of them out"
        )


def _network(wish: Wish) -> tuple[str, str | None]:
    """The network's name, and the model whose weights it begins with: of a zoo they are its own unless others are named."""
    text = wish.network
    if text is None:
        inside = None if wish.start is None else network_of(wish.start)
        return inside or NETWORK, wish.start
    if not networks.is_of_a_zoo(text):
        return text, wish.start
    name, _, settings = text.partition(",")
    if settings == UNTRAINED:
        return name, wish.start
    if settings and wish.start:
        raise SpecError(f"expected weights behind {name} or --start; got both; leave one of them out")
    return name, wish.start or text


def training_part(text: str, root: Path | None) -> Dataset:
    """The data set's part to train with: its ``train`` split where it has splits.

    Raises SpecError when another split is named: the test is for the end.
    """
    dataset: Any = datasets.open_dataset(with_split(text, "train"), root)
    if _splits(text.partition(":")[0]) and dataset.split != "train":
        raise SpecError(
            f"{text} names the split {dataset.split}, which is there to score with once the training is over; "
            f"train on {text.partition(':')[0]} and name the rest as --test"
        )
    found: Dataset = dataset
    return found


def with_split(text: str, split: str) -> str:
    """The description with a split, where the data set has splits and the description names none."""
    name = text.partition(":")[0]
    if split not in _splits(name) or "split=" in text.replace(" ", ""):
        return text
    return f"{text}{',' if ':' in text else ':'}split={split}"


def _splits(name: str) -> tuple[str, ...]:
    """The splits of a data set that has one to train with."""
    if name not in registry.names("datasets"):
        return ()
    splits = get_args(get_type_hints(registry.find("datasets", name)).get("split"))
    return splits if "train" in splits else ()


def drawn(count: int, limit: int, seed: int) -> Sequence[int]:
    """The places of ``limit`` of ``count`` pictures, drawn by the seed."""
    order = torch.randperm(count, generator=generator(seed, ORDER))
    return sorted(order[:limit].tolist())


def check_labels(pictures: Labelled, data: str) -> None:
    """Raises DataError when there are not at least two labels with pictures."""
    counts = pictures.counts()
    empty = [name for name, count in counts.items() if count == 0]
    if len(counts) < 2 or empty:
        what = f"none for {', '.join(empty[:3])}" if len(counts) > 1 else f"the only label {next(iter(counts))!r}"
        raise DataError(f"a classifier needs pictures of at least two labels, and of every label; {data} has {what}")


def _resizing(wish: Wish, dataset: Dataset, network: str, model: Classifier | None) -> Resizing:
    if model is not None:
        size = wish.size or model.resizing.size
        shorter = model.resizing.shorter
        if shorter is not None and size != model.resizing.size:
            shorter = round(shorter * min(size) / min(model.resizing.size))
        return replace(model.resizing, size=size, shorter=shorter)
    if networks.is_of_a_zoo(network):
        size = wish.size or (ZOO_SIZE, ZOO_SIZE)
        return Resizing(size, min(size), channels=networks.COLOURS)
    return own_resizing(dataset, wish.size)


def own_resizing(dataset: Dataset, wanted: tuple[int, int] | None = None) -> Resizing:
    """How a data set's pictures are brought to the size that is wanted, or to their own where that is small; grey ones stay
    grey."""
    first = _first_pictures(dataset)
    grey = all((pixels == pixels[:, :, :1]).all() for pixels in first)
    height, width = first[0].shape[:2] if first else (SMALL, SMALL)
    size = wanted or ((height, width) if max(height, width) <= SMALL else (SMALL, SMALL))
    return Resizing(size, min(size), channels=1 if grey else networks.COLOURS)


def _first_pictures(dataset: Dataset) -> list[NDArray[np.uint8]]:
    """The first pictures that can be read, in colour."""
    found = []
    for place in range(min(LOOKED_AT, len(dataset))):
        with suppress(PictureError):  # told when all are read
            found.append(np.asarray(dataset[place].picture.convert("RGB")))
    return found


def precision_for(asked: Asked, device: torch.device, begun: Plan | None) -> Precision:
    """The precision that was asked for, that of the training that was ``begun``, or the quick one."""
    if asked != "auto":
        return asked
    return begun.precision if begun is not None else quick_precision(device)


def quick_precision(device: torch.device) -> Precision:
    """bfloat16 where the hardware multiplies in it (a network of Fashion-MNIST's size: 40 instead of 70 ms a batch on a core
    with AVX512-BF16); elsewhere it is several times slower than float32."""
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return "bfloat16" if device.type == "cpu" and supported() else "float32"


def content_of(pictures: Labelled, model: Classifier | None) -> str:
    """A hash of the pictures, their labels and the weights that are gone on with."""
    known = hashlib.sha256(json.dumps([pictures.classes, pictures.labels.tolist(), pictures.keys]).encode())
    if model is not None and model.module is not None:
        for name, tensor in model.module.state_dict().items():
            known.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    return known.hexdigest()[:16]
