"""docs/precision.md: the words, and tables of what was measured."""

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _pages import filled, table

from whylight.precision.pilot import LEAST

WORDS = Path(__file__).parent / "precision.words.md"
NAMES = {
    "squeezenet1_1": "squeezenet1_1, 224 × 224",
    "resnet20": "resnet20, 32 × 32",
    "mobilenet_v2": "mobilenet_v2, 224 × 224",
    "deit_tiny": "deit_tiny, 224 × 224",
}
GOAL = 2.5

Row = dict[str, Any]


def write_page(results: Path, page: Path) -> None:
    """The page from every file there is."""
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob("*.json"))]
    rows.sort(key=lambda row: list(NAMES).index(row["network"]))
    values = {
        "about": about(rows),
        "short": short(rows),
        "speed": table(
            ("network", "method", "passes", "torch, s", "compiled, s", "int8, s", "compiled", "int8"),
            [speed_row(row) for row in rows],
            words=2,
        ),
        "maps": table(
            ("network", "method", "Pearson, mean", "least", "Spearman, mean", "least", "probability off", "below"),
            [map_row(row) for row in rows],
            words=2,
        ),
        "least": f"{LEAST}",
    }
    page.write_text(filled(WORDS.read_text(encoding="utf-8"), values), encoding="utf-8")


def numbers(row: Row, way: str, what: str) -> list[float]:
    """One number of every picture."""
    return [picture[way][what] for picture in row["pictures"]]


def ratio(row: Row, way: str) -> float:
    """How many times as long torch takes in float32."""
    return sum(numbers(row, "torch", "seconds")) / sum(numbers(row, way, "seconds"))


def speed_row(row: Row) -> list[str]:
    """Seconds a picture, and how many times as fast."""
    seconds = [statistics.mean(numbers(row, way, "seconds")) for way in ("torch", "compiled", "int8")]
    return [
        NAMES[row["network"]],
        f"`{row['method']}`",
        f"{max(numbers(row, 'torch', 'passes')):,.0f}",
        *(f"{each:.3g}" for each in seconds),
        *(f"{ratio(row, way):.2f} ×" for way in ("compiled", "int8")),
    ]


def map_row(row: Row) -> list[str]:
    """Correlations of the maps of 8-bit numbers with those of float32."""
    pearson, spearman = numbers(row, "int8", "pearson"), numbers(row, "int8", "spearman")
    below = sum(each < LEAST for each in pearson)
    return [
        NAMES[row["network"]],
        f"`{row['method'].partition(':')[0]}`",
        *(f"{number(each):.4f}" for number in (statistics.mean, min) for each in (pearson,)),
        *(f"{number(each):.4f}" for number in (statistics.mean, min) for each in (spearman,)),
        f"{max(numbers(row, 'int8', 'error')):.3f}",
        f"{below} of {len(pearson)}",
    ]


def short(rows: Sequence[Row]) -> str:
    """Which networks reach the goals, one line each."""
    lines = []
    for network in dict.fromkeys(row["network"] for row in rows):
        own = [row for row in rows if row["network"] == network]
        speeds = [ratio(row, "int8") for row in own]
        maps = [each for row in own for each in numbers(row, "int8", "pearson")]
        below = sum(each < LEAST for each in maps)
        reached = "reached" if min(speeds) >= GOAL else "not reached"
        refused = f"; {below} of {len(maps)} are below {LEAST} and refused" if below else f"; none is below {LEAST}"
        lines.append(
            f"- {NAMES[network]}: int8 {min(speeds):.1f} to {max(speeds):.1f} times as fast ({GOAL} {reached}); maps "
            f"correlate with float32's by {statistics.mean(maps):.3f} in the mean, {min(maps):.3f} at least{refused}. "
            f"Compiled: {min(ratio(row, 'compiled') for row in own):.1f} to "
            f"{max(ratio(row, 'compiled') for row in own):.1f} times as fast, correlation "
            f"{min(each for row in own for each in numbers(row, 'compiled', 'pearson')):.5f} at least."
        )
    return "\n".join(lines)


def about(rows: Sequence[Row]) -> str:
    """On what it was measured."""
    if not rows:
        return ""
    first = rows[0]
    pictures = {NAMES[row["network"]]: len(row["pictures"]) for row in rows}
    counts = ", ".join(f"{count} of {name}" for name, count in pictures.items())
    return (
        f"{first['machine']}, one thread, torch {first['torch']}, onnxruntime {first['onnxruntime']}, Python "
        f"{first['python']}; pictures: {counts}"
    )
