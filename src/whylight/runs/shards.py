"""Shards: some pictures that are finished together, one Parquet file each, written whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch

from whylight.runs import rows
from whylight.runs.plan import Plan
from whylight.tensors import generator
from whylight.whole import written_whole

FOLDER = "shards"
COMPRESSION = "zstd"


def cut(plan: Plan) -> list[list[int]]:
    """The places in the data set that each shard holds, in an order drawn by the plan's seed."""
    order = torch.randperm(plan.pictures, generator=generator(plan.seed, 0)).tolist()[: plan.count]
    return [order[start : start + plan.shard] for start in range(0, len(order), plan.shard)]


def path_of(folder: Path, number: int) -> Path:
    """Where a shard's file is."""
    return folder / FOLDER / f"{number:05d}.parquet"


def finished(folder: Path, count: int) -> list[int]:
    """The numbers below ``count`` of the shards that are there and can be read."""
    return [number for number in range(count) if is_whole(path_of(folder, number))]


def is_whole(path: Path) -> bool:
    """Whether a shard's file is there and can be read."""
    try:
        return bool(pq.read_schema(path).equals(rows.SHARD))
    except (OSError, pa.ArrowInvalid):
        return False


def write(folder: Path, number: int, found: Sequence[rows.Row]) -> None:
    """Writes the rows of a shard; equal rows give equal bytes."""
    with written_whole(path_of(folder, number)) as file:
        pq.write_table(rows.table(list(found)), file, compression=COMPRESSION)


def read(folder: Path, number: int) -> pa.Table:
    """The rows of a shard."""
    return pq.read_table(path_of(folder, number))
