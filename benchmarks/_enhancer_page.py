"""The page of the manual that ``benchmarks/enhancer.py`` writes."""

import json
from pathlib import Path

from _enhancer_clean import (
    WHAT,
    attention_table,
    beside_longer,
    channel_table,
    class_table,
    gain_table,
    strong_table,
    transfer_table,
)
from _enhancer_figures import draw
from _enhancer_numbers import Groups, minutes, read_groups
from _enhancer_short import short
from _enhancer_spoilt import MODES, SPOILT, kept_table, spoilt_table, texture_table, weight_table
from _pages import filled, table

PAGE = "enhance-measured.md"
SEEN = "_seen"
HERE = Path(__file__).parent


def write_page(results: Path, docs: Path, work: Path | None) -> None:
    """The page and its figures in the folder of the manual; what nothing was measured for is left out, and the page says
    what is missing."""
    groups = read_groups(results)
    values = {
        "about": about_words(results, groups),
        "missing": missing(groups),
        "short": short(groups),
        "gains": gain_table(groups),
        "longer": beside_longer(groups),
        "strong": strong_table(groups),
        "classes": class_table(groups),
        "spoilt": spoilt_table(groups),
        "kept": kept_table(groups),
        "weights": weight_table(groups),
        "channels": channel_table(groups),
        "attention": attention_table(groups),
        "texture": texture_table(groups),
        "transfer": transfer_table(groups),
        "cost": cost_table(groups),
        **draw(groups, docs, work),
    }
    words = (HERE / "enhancer.words.md").read_text(encoding="utf-8")
    (docs / PAGE).write_text(filled(words, values), encoding="utf-8")


def about_words(results: Path, groups: Groups) -> str:
    """On what it was measured, and what all of it took."""
    path = results / "about.json"
    if not path.exists():
        return ""
    found = json.loads(path.read_text(encoding="utf-8"))
    _, cpu = minutes(run for runs in groups.values() for run in runs)
    return (
        f"{found['machine']}, one thread a process, no graphics card; torch {found['torch']}. All of it took {cpu / 60:.1f} "
        "hours of processor time, which one free core needs by the clock."
    )


def missing(groups: Groups) -> str:
    """What was not measured."""
    wanted = {**{f"{group}_seen" if group != "longer" else group: words for group, words in WHAT.items()}}
    del wanted["baseline_seen"]
    wanted["strong_seen"] = "a strong classifier"
    wanted |= {f"{mode}_{short}_seen": f"{MODES[mode]}, {SPOILT[short]}" for short in SPOILT for mode in MODES}
    lacking = [words for group, words in wanted.items() if group not in groups]
    return f"**Not measured yet**: {'; '.join(lacking)}." if lacking else ""


def cost_table(groups: Groups) -> str:
    """Processor minutes of one run of each group, and of its comparison."""
    rows = []
    for group in (each for each in groups if not each.endswith(SEEN)):
        cells = [cost_cell(groups, each) for each in (group, f"{group}{SEEN}")]
        rows.append([f"`{group}`", str(len(groups[group])), *cells])
    head = ["", "runs", "training", "comparison"]
    return table(head, rows)


def cost_cell(groups: Groups, group: str) -> str:
    runs = groups.get(group, [])
    return f"{minutes(runs)[1] / len(runs):.1f}" if runs else "–"
