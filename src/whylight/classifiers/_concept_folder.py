"""The folder of a classifier of concepts: what it is, its head or its basis, and the network below.

infodisent.json         what is inside; written last, so that a folder without it is not complete
head.safetensors        the orthogonal matrix, and the weights of a head
network.safetensors     the network below, where whylight wrote that
concepts.json           what a person has said of the concepts
prototypes.json         pictures of each concept, beside prototypes.npz that holds them
"""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save as serialised
from torch import Tensor

from whylight.classifiers import _described
from whylight.classifiers._network_below import copy_into
from whylight.classifiers._weights import read_weights
from whylight.errors import ModelError
from whylight.nets.concept_basis import Basis
from whylight.nets.concepts import ConceptHead, Recipe

FORMAT = 1
DESCRIPTION, HEAD = "infodisent.json", "head.safetensors"
KIND = _described.Kind(DESCRIPTION, FORMAT, "classifier of concepts", "whylight train infodisent", "train it again")


@dataclass(frozen=True)
class Description:
    """What ``infodisent.json`` says.

    ``kind``: a ``head`` of its own, or the network's own decision in a ``turned`` basis. ``labels``: one name a logit.
    ``model``: the network below; ``layer``: the one whose channels are turned; ``copied``: whether the folder holds the
    network. ``recipe``: of the head. ``probe``: the logits of one random picture, which tell whether the network is still
    the same. ``fit``: how it was learnt, for people.
    """

    kind: Literal["head", "turned"]
    labels: tuple[str, ...]
    model: str
    layer: str
    recipe: dict[str, Any] = field(default_factory=dict)
    copied: bool = False
    probe: tuple[float, ...] = ()
    fit: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT


def write(folder: Path, description: Description, basis: Basis, head: ConceptHead | None) -> None:
    """Writes the folder; a reader finds all of it or none."""
    tensors = {"basis": basis.matrix()}
    if head is not None:
        tensors |= {"weight": head.signed(), "kept": head.kept}
        tensors |= {} if head.bias is None else {"bias": head.bias}
    plain = {name: each.detach().float().cpu().clone().contiguous() for name, each in tensors.items()}
    with _described.described(folder, KIND, description):
        _described.write(folder / HEAD, serialised(plain))
        if description.copied:
            copy_into(folder, description.model)


def read(folder: Path) -> Description:
    """The description; raises ModelError, in one sentence, when it is missing, damaged or of a newer format."""
    return _described.read(folder, KIND, Description, _fits)


def _fits(plain: dict[str, Any]) -> bool:
    """Whether the values that decide what is built are of their kind."""
    labels, recipe = plain["labels"], plain["recipe"]
    return (
        plain["kind"] in ("head", "turned")
        and isinstance(labels, list)
        and all(isinstance(label, str) for label in labels)
        and isinstance(plain["model"], str)
        and isinstance(plain["layer"], str)
        and isinstance(recipe, dict)
        and set(recipe) <= {entry.name for entry in fields(Recipe)}
    )


def read_head(folder: Path, description: Description) -> tuple[Basis, ConceptHead | None]:
    """The basis, and the head where there is one; raises ModelError when they are missing or do not fit the labels."""
    path = folder / HEAD
    tensors, _ = read_weights(path)
    wrong = ModelError(f"{path} does not hold what {DESCRIPTION} says; train it again")
    matrix = tensors.get("basis")
    if matrix is None or matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise wrong
    basis = Basis(len(matrix), None, matrix)
    if description.kind == "turned":
        return basis, None
    recipe = Recipe(**description.recipe)
    shape = (len(description.labels), len(matrix))
    if any(tensors.get(name, torch.empty(0)).shape != shape for name in ("weight", "kept")):
        raise wrong
    if recipe.bias != ("bias" in tensors):
        raise wrong
    head = ConceptHead(recipe, basis, tensors["weight"], tensors.get("bias"))
    kept: Tensor = tensors["kept"]
    head.kept.copy_(kept)
    return basis, head
