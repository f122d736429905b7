"""Rows for an SVM: what a network makes of each picture, in batches, kept on disk while the pictures are gone through.

A run that is killed finds the finished shards again: their names hold a hash of the pictures, the weights and the layer.
"""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save as serialised
from torch import Tensor

from whylight import perturb
from whylight.classifiers._weights import read_weights
from whylight.errors import ModelError
from whylight.training.data import Labelled, Progress
from whylight.training.svm_fit import Rows
from whylight.types import Images
from whylight.whole import written_whole

SHARD = 4096
"""Pictures whose rows are kept together."""
CACHE = "rows"


@dataclass(frozen=True)
class Cache:
    """``folder``: where shards lie. ``content``: what tells the rows of these pictures from any others."""

    folder: Path
    content: str

    def path(self, what: str, start: int) -> Path:
        """The file of a shard."""
        known = hashlib.sha256(f"{self.content} {what} {SHARD}".encode()).hexdigest()[:16]
        return self.folder / CACHE / f"{known}-{start:08d}.safetensors"

    def clear(self) -> None:
        """Removes all shards."""
        shutil.rmtree(self.folder / CACHE, ignore_errors=True)


def rows_of(
    data: Labelled,
    make: Callable[[Images], Tensor],
    device: torch.device,
    *,
    cache: Cache | None = None,
    what: str = "",
    tell: Progress | None = None,
) -> Rows:
    """``make`` of every picture as a row, (picture, number), in single precision.

    ``cache``: where finished shards are kept and found, under ``what``. Raises ModelError for rows that are not finite.
    """
    parts = []
    for start in range(0, len(data), SHARD):
        stop = min(len(data), start + SHARD)
        path = None if cache is None else cache.path(what, start)
        rows = _kept(path)
        if rows is None:
            rows = _made(data, make, device, start, stop, tell)
            if path is not None:
                _keep(path, rows)
        elif tell is not None:
            tell(stop, len(data))
        parts.append(rows)
    whole = torch.cat(parts)
    if not bool(whole.isfinite().all()):
        raise ModelError("the features of some pictures are NaN or infinite; check the network's weights and its layer")
    return np.ascontiguousarray(whole.numpy())


def _made(
    data: Labelled,
    make: Callable[[Images], Tensor],
    device: torch.device,
    start: int,
    stop: int,
    tell: Progress | None,
) -> Tensor:
    def run(first: int, last: int) -> Tensor:
        images = data.images(torch.arange(start + first, start + last)).to(device)
        with perturb.explained_failures("the network of the features", images):
            return perturb.forward(lambda shown: make(shown).flatten(1), images).float().cpu()

    parts = []
    size = perturb.batch_size_for(data.images([start]).to(device))
    for _, last, rows in perturb.in_batches(run, stop - start, size):
        parts.append(rows.clone())
        if tell is not None:
            tell(start + last, len(data))
    return torch.cat(parts)


def _kept(path: Path | None) -> Tensor | None:
    if path is None or not path.exists():
        return None
    try:
        tensors, _ = read_weights(path)
    except ModelError:  # a shard that cannot be read is made again
        return None
    return tensors.get("rows")


def _keep(path: Path, rows: Tensor) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as file:
        file.write(serialised({"rows": rows.contiguous()}))
