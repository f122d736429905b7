"""What ``benchmarks/metrics.py`` says of its results: a table on the terminal, and the page of the manual."""

from pathlib import Path
from typing import Any

Row = dict[str, Any]

HEAD = """# Speed, measured

What three metrics cost here and in Quantus {quantus}, a library of metrics: the same network, pictures, maps and
explanations (the gradient of the target's logit) in one process. `python benchmarks/metrics.py run` measures, `… page`
writes this page. Seed {seed}, torch {torch}, Python {python}, {threads} thread; {machine}.
Processor time, since other programs ran beside it.

## At equally many passes

Hooks on the network count the pictures that go forward and the gradients that come back, on both sides. The sides take
turns; **ratio** is Quantus's time a pass over ours, the median over {rounds} rounds, with the smallest and the largest in
brackets. **Bare** is the network alone, in each side's own batches and memory layout, and a backward pass counts as one;
**most** is the ratio if ours cost nothing but its bare passes. The machine was busy: a side that seems faster than its own
bare passes is noise, and shows how large it is.

| network | side | pictures | metric | passes | ratio | by clock | ms a pass: ours (bare) | Quantus (bare) | most |
|---|--:|--:|---|--:|--:|--:|--:|--:|--:|
"""
GOALS = {"pixel_flipping": 4.0, "max_sensitivity": 1.5}
"""How many times faster than Quantus we set out to be at equally many passes; for small pictures it is ``SMALL_GOAL``."""
SMALL_GOAL, SMALL_SIDE = 5.0, 64
WORDS = """
{verdict}

- **Where the time goes**: into the network. The gap between a side and its bare passes is what its library costs.
- **Where ours is saved**: pictures of all steps share batches, whose size is chosen for the processor's memory; they are
  channels-last in inference mode; masks come from one sort a map.
- **Few steps favour us in pixel flipping**: Quantus sorts all values of a picture, three times as many as we do, and pays
  for it once. Passes by pictures is the number of steps; where they are few, as here at 224 pixels, this sort weighs
  more than it would at 50, and the ratio would come closer to that of the bare passes.
- **Quantus's batch** is as many pictures as are measured, 64 at most. With a few large pictures that happens to be a good
  size.
- **Not everywhere**: with redrawn weights a gradient of squeezenet1_1 is 0 everywhere. Quantus stops there, so that
  `parameter_randomisation` has no row for this network.
- **Not the same numbers**: pixel flipping here takes whole pixels and follows both curves, Quantus takes one colour of a
  pixel at a time and follows one; the noise and the weights are drawn otherwise. Passes and sizes are equal.

## As each library comes

What users run who set nothing: Quantus flips one value of a picture at a time, draws 200 noisy copies and redraws every
layer; we take 32 steps of both curves, 10 copies and 10 groups of layers. **This ratio is mostly the number of passes**, not
the speed of code. It was not run in full: ours are the times a pass above, multiplied by the passes, and Quantus's those of
its bare passes, as if it had no cost of its own: the ratio is at least this.

| network | metric | passes a picture: ours | Quantus | seconds a picture: ours | Quantus | ratio |
|---|---|--:|--:|--:|--:|--:|
"""


def equal_line(row: Row) -> str:
    """One row at equally many passes."""
    each, ratios = row["ms_a_pass"], row["ratios"]
    cells = [
        row["network"],
        str(row["side"]),
        str(row["pictures"]),
        f"`{row['metric']}`",
        ", ".join(f"{sum(row['passes'][side].values()):,}" for side in ("ours", "theirs")),
        f"**{row['ratio']:.2f}** ({ratios[0]:.2f} to {ratios[-1]:.2f})",
        f"{row['wall_ratio']:.2f}",
        f"{each['ours']:.3g} ({each['bare_ours']:.3g})",
        f"{each['theirs']:.3g} ({each['bare_theirs']:.3g})",
        f"{each['theirs'] / each['bare_ours']:.2f}",
    ]
    return "| " + " | ".join(cells) + " |\n"


def default_line(row: Row) -> str:
    """One row at both libraries' own settings."""
    each, passes = row["ms_a_pass"], row["default_passes"]
    mine, other = (count * each[side] / 1e3 for count, side in zip(passes, ("ours", "bare_theirs"), strict=True))
    cells = [row["network"], f"`{row['metric']}`", *(f"{count:,}" for count in passes), f"{mine:.3g}", f"{other:.3g}"]
    return "| " + " | ".join([*cells, f"{other / mine:.3g}"]) + " |\n"


def goal_of(row: Row) -> float | None:
    """The ratio that we set out to reach; None where none was set."""
    small = row["side"] <= SMALL_SIDE and row["pictures"] == SMALL_SIDE
    return SMALL_GOAL if small else GOALS.get(row["metric"])


def verdict(rows: list[Row]) -> str:
    """Which goals are met, and for which bare passes alone would not be fast enough."""
    said = []
    for row in rows:
        goal = goal_of(row)
        if goal is None:
            continue
        each = row["ms_a_pass"]
        floor = each["theirs"] / each["bare_ours"]
        met = "met" if row["ratio"] >= goal else "not met"
        reason = (
            f", and out of reach: bare passes alone give {floor:.2f}" if row["ratio"] < goal and floor < goal else ""
        )
        said.append(
            f"  - {row['network']}, `{row['metric']}`: {goal:g} times was the goal; {row['ratio']:.2f}, {met}{reason}"
        )
    return "**Goals**, set before measuring:\n\n" + "\n".join(said)


def order(row: Row) -> tuple[int, str, str]:
    """Large pictures first."""
    return -row["side"], row["network"], row["metric"]


def write_page(found: dict[str, Any], page: Path) -> None:
    """The page, from the results."""
    rows = sorted(found["rows"], key=order)
    threads = {row["threads"] for row in rows}
    rounds = " to ".join(str(count) for count in sorted({row["rounds"] for row in rows}))
    head = HEAD.format(**found["about"], threads=", ".join(map(str, sorted(threads))), rounds=rounds)
    equal, default = "".join(map(equal_line, rows)), "".join(map(default_line, rows))
    page.write_text(head + equal + WORDS.format(verdict=verdict(rows)) + default, encoding="utf-8")


def print_rows(rows: list[Row]) -> None:
    """The same tables for the terminal."""
    for title, line in (("equally many passes", equal_line), ("as each library comes", default_line)):
        print(title)
        print("".join(map(line, rows)))
