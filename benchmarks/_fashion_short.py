"""The first answers of the page on Fashion-MNIST, in sentences made of what was measured."""

import numpy as np
from _fashion_maps import interval, known, pair_of
from _fashion_numbers import Groups, accuracies, each
from _fashion_published import ACCURACY

from whylight.plots.scores import hundredths

ANSWERS = {
    "same_place": "Yes",
    "in_part": "In part",
    "no_more_than_chance": "Not measurably more than by chance",
    "too_few": "Too few pictures to say",
    "nothing": "There was nothing to compare",
}

MASK = 0.5
"""The share of the pixels whose controls are told first."""
CONTROLS = {
    "map": "the SVM under the mask",
    "shape": "an SVM that is given the mask's shape alone",
    "shuffled": "under another picture's mask",
    "random": "under a random one",
}


def short(groups: Groups) -> str:
    """What was reproduced, what a mask gives, and whether CNN and CNN + SVM look at the same place; empty without runs."""
    lines = [
        _accuracy(groups, "small_cnn", "The source's CNN, at its recipe", beside="small_cnn_whole"),
        _accuracy(groups, "deeper_svm", "CNN + SVM, with the source's network"),
        _accuracy(groups, "svm_standard", "CNN + SVM, with our network", beside="fashion_cnn"),
        _accuracy(groups, "masked", "SVM + mask, half of the pixels", beside="pixels"),
        _masks(groups),
        *_maps(groups),
    ]
    return "\n".join(f"- {line}" for line in lines if line)


def _accuracy(groups: Groups, group: str, words: str, *, beside: str = "") -> str:
    tested = accuracies(groups.get(group, []), "test")
    if not tested:
        return ""
    without = {
        "fashion_cnn": "the CNN alone",
        "pixels": "all pixels without a mask",
        "small_cnn_whole": "with the lines that its listing has commented out",
    }
    other = accuracies(groups.get(beside, []), "test")
    more = f"; {without[beside]}: {np.mean(other):.2f} %" if other else ""
    seeds = f" (seeds {each(tested)})" if len(tested) > 1 else ""
    return f"**{words}**: {np.mean(tested):.2f} %{seeds}; published: {ACCURACY[group]}{more}."


def _masks(groups: Groups) -> str:
    if "masks" not in groups:
        return ""
    rows = {row["keep"]: row["scores"] for row in groups["masks"][0].answers["masks"]}
    share = MASK if MASK in rows else min(rows)
    told = [
        f"{words} {100 * rows[share][name]['accuracy']:.1f} %"
        for name, words in CONTROLS.items()
        if rows[share].get(name)
    ]
    if share < 1 and 1.0 in rows:
        told.append(f"without a mask {100 * rows[1.0]['map']['accuracy']:.1f} %")
    return f"**What the CNN's mask gives away**, {100 * share:g} % of the pixels, small fits: {', '.join(told)}."


def _maps(groups: Groups) -> list[str]:
    if "maps" not in groups:
        return []
    answers = groups["maps"][0].answers
    pair = pair_of(answers, "CNN", "CNN + SVM")
    if pair is None:
        return []
    chance = f"by chance {hundredths(known(pair['chance']))}, within a class {hundredths(known(pair['class_chance']))}"
    said = (
        f"**Do CNN and CNN + SVM look at the same place?** {ANSWERS[pair['conclusion']]}: "
        f"rank correlation {interval(pair)}; {chance}."
    )
    seeds = pair_of(answers, "CNN", "CNN from another seed")
    if seeds is None:
        return [said]
    if pair["low"] > seeds["high"]:
        verdict = "the SVM changes less than the seed does"
    elif pair["high"] < seeds["low"]:
        verdict = "the SVM changes more than the seed does"
    else:
        verdict = "the SVM changes about as much as the seed does"
    return [said, f"**Beside two CNNs that differ in their seed alone**, {interval(seeds)}: {verdict}."]
