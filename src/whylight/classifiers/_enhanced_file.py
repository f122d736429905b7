"""The checkpoint of an enhanced classifier: the enhancer, and the classifier with its weights or, where its network cannot
be built from a description, by its name.

    enhancer.NAME       weights and buffers of the enhancer
    classifier.NAME     those of the classifier's network, where the file holds them
    metadata            {"format", "enhancer": its settings, "classifier": a recipe, or {"name", "hash"}}

A classifier that is only named is loaded by that name, and refused unless it has the weights that the enhancer was trained
through.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as serialised
from torch import Tensor, nn

from whylight import registry
from whylight.classifier import Classifier
from whylight.classifiers import bundled
from whylight.classifiers._normalised import Normalised
from whylight.classifiers._weights import assign
from whylight.classifiers.checkpoint import FORMAT, KEY, PREFIX, Recipe, assembled, read_recipe, recipe_of
from whylight.classifiers.enhanced import enhanced, without
from whylight.classifiers.module import still
from whylight.classifiers.networks import ZOOS, normalisation_of
from whylight.enhancer import Enhancer
from whylight.errors import ModelError, SpecError
from whylight.spec import parse
from whylight.whole import written_whole

ENHANCER, CLASSIFIER = "enhancer.", "classifier."
Plain = dict[str, Any]


@dataclass(frozen=True)
class Named:
    """A classifier that is loaded by its name. ``hash``: of its weights."""

    name: str
    hash: str


@dataclass(frozen=True, eq=False)
class Parts:
    """What a checkpoint is written of. ``enhancer``: described; ``network``: its weights. ``classifier``: described;
    ``module``: its weights. ``learnt``: whether those were trained too."""

    enhancer: Enhancer
    network: nn.Module
    classifier: Recipe | Named
    module: nn.Module
    learnt: bool = False


def save(path: Path, parts: Parts) -> None:
    """Writes an enhancer and the classifier that it was trained through, whole or not at all."""
    tensors = _under(ENHANCER, parts.network)
    if parts.learnt or isinstance(parts.classifier, Recipe):
        tensors |= _under(CLASSIFIER, parts.module)
    plain = {
        "format": FORMAT,
        "enhancer": registry.describe(parts.enhancer),
        "classifier": asdict(parts.classifier),
    }
    with written_whole(path) as file:
        file.write(serialised(tensors, metadata={KEY: json.dumps(plain)}))


def load_enhanced(
    path: Path, tensors: Mapping[str, Tensor], described: Plain, *, device: torch.device, name: str
) -> Classifier:
    """The enhanced classifier in a file; raises ModelError when a part does not fit, or a classifier that is named has other
    weights now."""
    _check(path, described)
    inside = _classifier(path, _of(CLASSIFIER, tensors), described["classifier"], device)
    inside = replace(inside, name=f"{name},enhancer=none")
    try:
        enhancer: Enhancer = registry.build("enhancers", described["enhancer"])
        network = enhancer.build(inside.resizing.channels, inside.input_size)
    except (SpecError, ValueError) as error:
        raise ModelError(f"the enhancer in {path} cannot be built ({error}); write the checkpoint again") from error
    assign(network, _of(ENHANCER, tensors), source=str(path), model=described["enhancer"]["name"])
    return enhanced(inside, still(network, device), name)


def description_of(classifier: Classifier) -> Recipe | Named:
    """How a classifier is made again: by a recipe, or else by its name. Raises ModelError for a black box."""
    module = module_of(classifier)
    return _recipe(classifier) or Named(classifier.name, digest(module))


def module_of(classifier: Classifier) -> nn.Module:
    """The network inside; raises ModelError for a black box."""
    if classifier.module is None:
        raise ModelError(
            f"{classifier.name} is a black box, and an enhancer learns from a classifier's gradients; name a torch network, "
            "such as file:, torchvision:, timm: or hf:"
        )
    return classifier.module


def digest(module: nn.Module) -> str:
    """A hash of a network's weights and buffers."""
    known = hashlib.sha256()
    for name, tensor in module.state_dict().items():
        known.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    return known.hexdigest()[:16]


def _recipe(classifier: Classifier) -> Recipe | None:
    """How the classifier's network is built again; None where only its name says."""
    given = parse(classifier.name)
    predict = classifier.predict
    if without(classifier) is not None or not isinstance(predict, Normalised) or predict.output != "logits":
        return None
    if given.name == PREFIX and not given.settings:
        return recipe_of(Path(given.value or "").expanduser())
    if given.name == bundled.PREFIX:
        return bundled.recipe()
    mean, deviation = normalisation_of(classifier) or ((), ())
    if given.name not in ZOOS:
        return None
    resizing = classifier.resizing
    return Recipe(
        network=f"{given.name}:{given.value}",
        labels=classifier.labels,
        size=resizing.size,
        shorter=resizing.shorter,
        interpolation=resizing.interpolation,
        mean=mean,
        std=deviation,
        layer=classifier.layer,
    )


def _classifier(path: Path, tensors: Mapping[str, Tensor], described: Plain, device: torch.device) -> Classifier:
    if "network" in described:
        return assembled(path, dict(tensors), read_recipe(path, described), device=device, name=str(path))
    from whylight.classifiers._load import load  # it loads this file

    found = load(described["name"], device=str(device))
    if tensors:
        assign(module_of(found), dict(tensors), source=str(path), model=found.name)
    elif digest(module_of(found)) != described["hash"]:
        raise ModelError(
            f"{found.name} has other weights than the enhancer in {path} was trained through; bring those back, or train "
            "the enhancer again"
        )
    return found


def _check(path: Path, described: Plain) -> None:
    if described.get("format") != FORMAT:
        raise ModelError(
            f"{path} has format {described.get('format')}; this whylight reads format {FORMAT}: install a newer one"
        )
    inside = described.get("classifier")
    if not isinstance(described.get("enhancer"), dict) or not isinstance(inside, dict):
        raise ModelError(f"the description inside {path} does not say which enhancer it is; write the checkpoint again")
    if "network" not in inside and not {"name", "hash"} <= set(inside):
        raise ModelError(f"the description inside {path} does not say which classifier it is of; write it again")


def _under(prefix: str, module: nn.Module) -> dict[str, Tensor]:
    return {f"{prefix}{name}": each.detach().cpu().contiguous() for name, each in module.state_dict().items()}


def _of(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): each for name, each in tensors.items() if name.startswith(prefix)}
