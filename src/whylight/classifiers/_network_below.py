"""The network below a classifier that lies in a folder: copied into it where whylight wrote it, else loaded by its name.

network.safetensors     the copy: the whole checkpoint, also where ``enhancer=none`` takes a part of it

A probe, the answers to one random picture, tells later whether the network is still the one that was built on.
"""

from importlib.resources import as_file, files
from pathlib import Path

import torch

from whylight.classifier import Classifier
from whylight.classifiers import _zoo, bundled, checkpoint
from whylight.errors import ModelError
from whylight.spec import Spec, parse
from whylight.whole import written_whole

NETWORK = "network.safetensors"
DRIFT = 0.05
"""How far the answers to the probe may be from those that were noted, as a share of the largest: rounding differs between
machines, and a mask may keep another pixel."""


def can_be_copied(model: str) -> bool:
    """Whether a model's description names a checkpoint that whylight wrote."""
    return model == bundled.PREFIX or parse(model).name == checkpoint.PREFIX


def copy_into(folder: Path, model: str) -> None:
    """Writes the checkpoint of a model that can be copied."""
    if model == bundled.PREFIX:
        with as_file(files("whylight") / "classifiers" / "weights" / bundled.WEIGHTS) as path:
            content = path.read_bytes()
    else:
        content = Path(_zoo.name_of(parse(model))).expanduser().read_bytes()
    with written_whole(folder / NETWORK) as file:
        file.write(content)


def load_below(folder: Path, model: str, *, copied: bool, device: torch.device) -> Classifier:
    """The network that ``model`` described when the folder was written; raises ModelError when it cannot be loaded."""
    if copied:
        return checkpoint.load(Spec(checkpoint.PREFIX, str(folder / NETWORK), parse(model).settings), device=device)
    from whylight.classifiers._load import load  # it loads the files that this one serves

    return load(model, device=str(device))


def probe(classifier: Classifier) -> tuple[float, ...]:
    """The answers to one random picture, always the same one."""
    shape = (1, classifier.resizing.channels, *classifier.input_size)
    picture = torch.rand(shape, generator=torch.Generator().manual_seed(0)).to(classifier.device)
    return tuple(classifier.logits(picture)[0].tolist())


def check_probe(classifier: Classifier, before: tuple[float, ...], *, made: str, changed: str, again: str) -> None:
    """Raises ModelError when the answers to the probe are others than ``before``. ``made``: how the classifier came to be;
    ``changed``: what must be another one since; ``again``: what to do."""
    noted, found = torch.tensor(before), torch.tensor(probe(classifier))
    if noted.shape != found.shape or (noted - found).abs().max() > DRIFT * noted.abs().max().clamp_min(1e-3):
        raise ModelError(
            f"{classifier.name} does not answer as it did when it was {made}: {changed} has changed since; {again}"
        )
