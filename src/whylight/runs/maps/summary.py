"""What the maps of a run say in sum: read shard by shard, without the maps themselves."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow.compute as pc
import pyarrow.parquet as pq

from whylight.runs.maps.place import Place
from whylight.runs.maps.shards import name_of

COLUMNS = ["place", "method", "flags", "error"]
MOST = 20
"""Different reasons of failures that are told with their words."""


@dataclass
class Summary:
    """``pictures``: with at least one map. ``maps``: of all methods and labels. ``flags``: how many maps raised each.
    ``failures``: how many pictures, or methods on a picture, failed; ``reasons``: (method or None, sentence), each once, the
    first of them."""

    pictures: int = 0
    maps: int = 0
    flagged: int = 0
    failures: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str | None, str]] = field(default_factory=Counter)


def summarise(place: Place, numbers: Iterable[int]) -> Summary:
    """Reads the small columns of the shards of these numbers."""
    found = Summary()
    for number in numbers:
        with place.reading(name_of(number)) as file:
            table = pq.ParquetFile(file).read(columns=COLUMNS)
        good = table.filter(pc.is_null(table["error"]))
        found.pictures += pc.count_distinct(good["place"]).as_py()
        found.maps += len(good)
        for flags in good["flags"].to_pylist():
            found.flagged += bool(flags)
            found.flags.update(flags)
        for row in table.filter(pc.is_valid(table["error"])).select(["method", "error"]).to_pylist():
            found.failures += 1
            reason = (row["method"], row["error"])
            if reason in found.reasons or len(found.reasons) < MOST:
                found.reasons[reason] += 1
    return found
