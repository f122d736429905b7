"""The folder of a classifier of concepts: what it is, its head or its basis, and the network below.

infodisent.json         what is inside; written last, so that a folder without it is not complete
head.safetensors        the orthogonal matrix, and the weights of a head
network.safetensors     the network below, where whylight wrote that
concepts.json           what a person has said of the concepts
prototypes.json         pictures of each concept, beside prototypes.npz that holds them
"""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, cast

import torch
from safetensors.torch import save as serialised
from torch import Tensor

from whylight.classifiers._network_below import copy_into
from whylight.classifiers._weights import read_weights
from whylight.errors import ModelError
from whylight.nets.concept_basis import Basis
from whylight.nets.concepts import ConceptHead, Recipe
from whylight.whole import written_whole

FORMAT = 1
DESCRIPTION, HEAD = "infodisent.json", "head.safetensors"


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
    """Writes the folder; a reader finds all of it or none, since the description comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DESCRIPTION).unlink(missing_ok=True)
    tensors = {"basis": basis.matrix()}
    if head is not None:
        tensors |= {"weight": head.signed(), "kept": head.kept}
        tensors |= {} if head.bias is None else {"bias": head.bias}
    plain = {name: each.detach().float().cpu().clone().contiguous() for name, each in tensors.items()}
    _write(folder / HEAD, serialised(plain))
    if description.copied:
        copy_into(folder, description.model)
    _write(folder / DESCRIPTION, f"{json.dumps(asdict(description), ensure_ascii=False, indent=2)}\n".encode())


def _write(path: Path, content: bytes) -> None:
    with written_whole(path) as file:
        file.write(content)


def read(folder: Path) -> Description:
    """The description; raises ModelError, in one sentence, when it is missing, damaged or of a newer format."""
    path = folder / DESCRIPTION
    if not folder.is_dir():
        raise ModelError(f"there is no folder {folder}; `whylight train infodisent --out FOLDER` writes one")
    if not path.exists():
        raise ModelError(f"{folder} holds no {DESCRIPTION}: no classifier of concepts, or one that was not finished")
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} is damaged ({error}); train it again") from error
    if isinstance(plain, dict) and plain.get("format") != FORMAT:
        raise ModelError(
            f"{path} has format {plain.get('format')}; this whylight reads format {FORMAT}: install a newer one"
        )
    if not isinstance(plain, dict) or set(plain) != {entry.name for entry in fields(Description)} or not _fits(plain):
        raise ModelError(f"{path} does not say what this whylight needs to know of concepts; train it again")
    lists = {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}
    return Description(**cast(Any, lists))


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
