"""``file:CHECKPOINT`` is a classifier that whylight trained: one safetensors file that says how it is to be used.

The file's metadata holds, under the key ``whylight``, a JSON object with the fields of ``Recipe``. A file may hold an
enhancer with its classifier; ``file:CHECKPOINT,enhancer=none`` is that classifier alone.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, cast

import torch
from safetensors.torch import save as serialised
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.classifiers import _zoo, networks
from whylight.classifiers._normalised import Preparation
from whylight.classifiers._settings import Interpolation
from whylight.classifiers._weights import assign, metadata_json, read_weights
from whylight.classifiers.enhanced import without
from whylight.classifiers.module import still, wrap
from whylight.classifiers.networks import COLOURS
from whylight.errors import ModelError, SpecError
from whylight.frame import Resizing
from whylight.spec import Spec
from whylight.whole import written_whole

PREFIX = "file"
KEY = "whylight"
FORMAT = 1


@dataclass(frozen=True)
class Recipe:
    """What a checkpoint says of itself.

    ``network``: one of whylight's own (``resnet20``), ``torchvision:NAME`` or ``timm:NAME``. ``labels``: one name a logit.
    ``size``: the input's (height, width). ``shorter``: the shorter side before the centre is cut out; None squashes.
    ``mean``, ``std``: one number a channel, for pictures in [0, 1]. ``layer``: where the CAM family looks; None finds it.
    """

    network: str
    labels: tuple[str, ...]
    size: tuple[int, int]
    shorter: int | None
    interpolation: Interpolation
    mean: tuple[float, ...]
    std: tuple[float, ...]
    layer: str | None = None
    format: int = FORMAT


def save(path: Path, module: nn.Module, settings: Recipe | Mapping[str, Any]) -> None:
    """Writes the weights as they are (half precision stays half) and the recipe; either all of the file or none of it.

    Raises ModelError when the recipe is not one that ``load`` reads.
    """
    recipe = settings if isinstance(settings, Recipe) else read_recipe(path, settings)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}
    with written_whole(path) as file:
        file.write(serialised(tensors, metadata={KEY: json.dumps(asdict(recipe))}))


def load(given: Spec, *, device: torch.device) -> Classifier:
    """The classifier, or with ``enhancer=none`` the one behind an enhancer; raises ModelError when the file is missing, no
    checkpoint of ours, or does not fit its network."""
    path, settings = Path(_zoo.name_of(given)).expanduser(), dict(given.settings)
    wanted = settings.pop("enhancer", None)
    for key in settings:
        raise SpecError(f"{given.name} has no setting {key!r}; it has enhancer")
    if wanted not in (None, "none"):
        raise SpecError(
            f"{given.name}:enhancer can only be none, for the classifier behind an enhancer; got {wanted!r}"
        )
    found = load_file(path, device=device, name=f"{PREFIX}:{given.value}")
    if wanted is None:
        return found
    inside = without(found)
    if inside is None:
        raise ModelError(f"{path} holds no enhancer; leave enhancer=none out")
    return inside


def recipe_of(path: Path) -> Recipe:
    """What a checkpoint says of itself; raises ModelError for a file that is none."""
    return read(path)[1]


def read(path: Path) -> tuple[dict[str, Tensor], Recipe]:
    """The weights in a checkpoint and what it says of itself; raises ModelError for a file that is none."""
    tensors, described = _described(path)
    if "enhancer" in described:
        raise ModelError(
            f"{path} holds an enhancer with its classifier; here the classifier alone is needed: name the model that the "
            "enhancer was trained through"
        )
    return tensors, read_recipe(path, described)


def _described(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    tensors, metadata = read_weights(path)
    described = metadata_json(path, metadata, KEY)
    if described is None:
        raise ModelError(
            f"{path} holds weights but no description of their network, so whylight did not write it; name the network: "
            f"torchvision:NAME,weights={path} or timm:NAME,weights={path}"
        )
    return tensors, described


def load_file(path: Path, *, device: torch.device, name: str) -> Classifier:
    """The classifier in a file; raises as ``load`` does."""
    tensors, described = _described(path)
    if "enhancer" in described:
        from whylight.classifiers._enhanced_file import load_enhanced  # it reads checkpoints too

        return load_enhanced(path, tensors, described, device=device, name=name)
    return assembled(path, tensors, read_recipe(path, described), device=device, name=name)


def assembled(path: Path, tensors: dict[str, Tensor], recipe: Recipe, *, device: torch.device, name: str) -> Classifier:
    """The classifier of a recipe with these weights; ``path``: where they are from."""
    network = build(recipe)
    assign(network, tensors, source=str(path), model=recipe.network)
    preparation = Preparation(
        Resizing(recipe.size, recipe.shorter, recipe.interpolation, len(recipe.mean) or COLOURS),
        recipe.mean,
        recipe.std,
    )
    return wrap(still(network, device), recipe.labels, preparation, name=name, layer=recipe.layer)


def read_recipe(path: Path, described: Mapping[str, Any]) -> Recipe:
    """The recipe of plain data; raises ModelError for missing or unknown fields, or a newer format."""
    if described.get("format", FORMAT) != FORMAT:
        raise ModelError(
            f"{path} has format {described['format']}; this whylight reads format {FORMAT}: install a newer one"
        )
    known = {entry.name for entry in fields(Recipe)}
    needed = known - {"layer", "format"}
    if not needed <= set(described) <= known:
        wrong = sorted((needed - set(described)) | (set(described) - known))
        raise ModelError(
            f"the description inside {path} lacks or does not know {', '.join(wrong)}; write the checkpoint again"
        )
    lists = {key: tuple(value) if isinstance(value, (list, tuple)) else value for key, value in described.items()}
    return Recipe(**cast(Any, lists))


def build(recipe: Recipe) -> nn.Module:
    """The network with untrained weights; raises ModelError for one that whylight does not know."""
    return networks.build(recipe.network, len(recipe.labels), len(recipe.mean) or COLOURS, recipe.size)
