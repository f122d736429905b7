"""Prototypes on the disk: numbers in one safetensors file beside the classifier; the pictures stay in their data set."""

import json
from pathlib import Path

from safetensors.torch import save as serialised

from whylight.classifiers._weights import metadata_json, read_weights
from whylight.concepts.prototypes import Prototypes
from whylight.errors import ModelError
from whylight.whole import written_whole

FILE, KEY = "prototypes.safetensors", "whylight"
FORMAT = 1
TENSORS = ("strength", "places", "cells", "purity", "magnitude")


def write_prototypes(folder: Path, prototypes: Prototypes, data: str) -> None:
    """``data``: the description of the data set in which their places are."""
    tensors = {name: getattr(prototypes, name).cpu().contiguous() for name in TENSORS}
    said = {"format": FORMAT, "data": data, "grid": list(prototypes.grid), "seen": prototypes.seen}
    with written_whole(folder / FILE) as file:
        file.write(serialised(tensors, metadata={KEY: json.dumps(said)}))


def read_prototypes(folder: Path) -> tuple[Prototypes, str] | None:
    """The prototypes in a folder and their data set's description; None where there are none.

    Raises ModelError when they are damaged or of a newer format.
    """
    path = folder / FILE
    if not path.exists():
        return None
    tensors, metadata = read_weights(path)
    said = metadata_json(path, metadata, KEY) or {}
    grid, data, seen = said.get("grid"), said.get("data"), said.get("seen")
    known = isinstance(grid, list) and isinstance(data, str) and isinstance(seen, int)
    if said.get("format") != FORMAT or not known or not set(TENSORS) <= set(tensors):
        raise ModelError(f"{path} holds no prototypes that this whylight reads; look for them again")
    assert isinstance(grid, list)
    assert isinstance(seen, int)
    parts = {name: tensors[name] for name in TENSORS}
    return Prototypes(**parts, grid=(int(grid[0]), int(grid[1])), seen=seen), str(data)
