"""The first answers of the page on undesirable pixels, in sentences made from the rows."""

import numpy as np
from _undesirable_numbers import Row, agreeing, agreement, column

Groups = dict[tuple[str, str, str, str], list[Row]]
"""Rows by (part, network, group, iterate)."""

ENOUGH = 200
"""Settings that fewer pictures were measured with stand in the tables only."""
NAMES = {"f_tc": "F-TC", "f_ntc": "F-NTC", "undesirable": "plain"}


def short(groups: Groups) -> str:
    """What is won, with how many pixels, and how far trials agree; empty without rows."""
    return "\n".join([*_won(groups), *_agree(groups)])


def _won(groups: Groups) -> list[str]:
    lines = []
    for (part, network, name, keep), rows in groups.items():
        method, _, preset = name.partition(":")
        if part == "tables" and keep == "last" and preset == "preset=default" and len(rows) >= ENOUGH:
            lines.append(
                f"- **{NAMES[method]}, {network}**: φ {100 * column(rows, 'gain').mean():.1f} with "
                f"{100 * column(rows, 'area').mean():.1f} % of the pixels marked, over {len(rows)} pictures; a second fill "
                f"agrees on {agreeing(rows)}. As many random pixels win {100 * column(rows, 'gain_random').mean():.1f}."
            )
    return lines


def _agree(groups: Groups) -> list[str]:
    lines = []
    for kind, words in (("start", "one search"), ("stable", "`preset=stable`, the mean of twelve")):
        found = []
        for (part, network, name, keep), rows in groups.items():
            method, _, trials = name.partition(" ")
            if part == "consistency" and keep == "last" and trials == kind:
                (overlaps, _, soft, _), _ = agreement(rows)
                found.append(f"{NAMES[method]} {np.mean(overlaps):.2f} (soft {np.mean(soft):.2f}, {network})")
        if found:
            lines.append(
                f"- **Do two trials mark the same cells?** {words[0].upper()}{words[1:]}: IoU {', '.join(found)}."
            )
    return lines
