"""The first answers of the page on enhancers, in sentences made of what was measured."""

import numpy as np
from _enhancer_clean import PUBLISHED_GAIN, gains, seen
from _enhancer_numbers import Groups, chance, each, model, other, percent, signed, tested
from _enhancer_spoilt import MODES, PUBLISHED, SPOILT, STRANGERS, comparisons, margin, stranger_margin
from _groups import Row

LEAST_KEPT = 0.6
"""The share of the margin that a classifier that was never seen should keep."""


def short(groups: Groups) -> str:
    """What is gained, whether controls gain it too, and who keeps it; empty without runs."""
    lines = [_frozen(groups), _controls(groups), _beside(groups), _strong(groups), *_spoilt(groups)]
    return "\n".join(f"- {line}" for line in lines if line)


def _frozen(groups: Groups) -> str:
    found = gains(groups, "frozen")
    if not found:
        return ""
    gained = 100 * float(np.mean([row["gain"] for row in found]))
    verdict = "reached" if gained >= PUBLISHED_GAIN else "not reached"
    return (
        f"**A frozen classifier near the published 75.7 %** ({each(tested(groups.get('baseline', [])))} %) gains "
        f"{gained:.1f} points behind an enhancer ({_every(found)}; largest p {_largest(found)}); published: "
        f"{PUBLISHED_GAIN}, which is {verdict}."
    )


def _controls(groups: Groups) -> str:
    names = {"longer": "the classifier trained as many steps more", "joint": "both trained", "random": "random labels"}
    told = [f"{words} {_every(found)}" for group, words in names.items() if (found := gains(groups, group))]
    return f"**Controls**, gain in points seed by seed: {'; '.join(told)}." if told else ""


def _every(found: list[Row]) -> str:
    return ", ".join(signed(row["gain"]) for row in found)


def _largest(found: list[Row]) -> str:
    return chance(max(row["p"] for row in found))


def _beside(groups: Groups) -> str:
    """Whether the enhancer is better than training longer."""
    found = [
        row
        for run in seen(groups)
        if (row := other(run.compared, model(f"longer.{run.seed}"), model(f"frozen.{run.seed}"))) is not None
    ]
    if not found:
        return ""
    gained = float(np.mean([row["gain"] for row in found]))
    words = "more" if gained > 0 else "less"
    return (
        f"**Is it worth it?** The enhancer gives {abs(100 * gained):.1f} points {words} than training the classifier as "
        f"many steps more ({_every(found)})."
    )


def _strong(groups: Groups) -> str:
    found = gains(groups, "strong")
    if not found:
        return ""
    gain = found[0]
    low, high = signed(gain["low"]), signed(gain["high"])
    return (
        f"**A strong classifier** ({100 * gain['before']['accuracy']:.1f} %) gains {signed(gain['gain'])} points "
        f"({low} to {high}, p {chance(gain['p'])})."
    )


def _spoilt(groups: Groups) -> list[str]:
    plain = {short: run for short, mode, run in comparisons(groups) if mode == "restoration"}
    lines = []
    for short, mode, run in comparisons(groups):
        found = margin(run, short, mode)
        if mode != "recognition_aware" or found is None:
            continue
        kept = []
        for key, name in STRANGERS.items():
            gained = stranger_margin(run, plain[short], key) if short in plain else None
            if gained is not None and found["gain"] > 0:
                share = gained / found["gain"]
                kept.append(f"{name} keeps {percent(share)}{'' if share >= LEAST_KEPT else ', too little'}")
        lines.append(
            f"**{SPOILT[short]}**: {MODES[mode]} mending is {signed(found['gain'])} points better than restoration alone "
            f"(p {chance(found['p'])}; published {signed(PUBLISHED[short, mode] / 100)} on ImageNet); {'; '.join(kept)}."
        )
    return lines
