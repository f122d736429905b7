"""What a comparison says in sentences: of methods from their matrix, of models one for each pair, and of their scores."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from whylight.comparison.matrix import FEW
from whylight.plots.numbers import NO_BREAK, percent
from whylight.plots.scores import hundredths

ALIKE = 0.3
"""From here on the maps of different pictures are called much alike."""
MOST_PAIRS = 6
"""So many pairs of models are told in sentences; a table has them all."""
SURE = 0.05
"""Below this p two models are said to differ."""

Row = dict[str, Any]

SAID = {
    "same_place": "{who} look at the same place",
    "in_part": "{who} look at the same place in part",
    "no_more_than_chance": "{who} are not measurably more alike than chance",
    "too_few": "{who}, on too few pictures to tell from chance",
    "nothing": "{who} marked nothing in the same picture",
}
"""What is said of a pair by its conclusion."""
IN_SHORT = {
    "same_place": "the same place",
    "in_part": "the same in part",
    "no_more_than_chance": "not beyond chance",
    "too_few": "too few pictures",
    "nothing": "nothing to compare",
}
"""The same for a table."""


def lead(results: Row) -> list[str]:
    """What was found, the most important first."""
    found, models = results["agreement"], results["models"]
    told = sentences(found) if models is None else of_models(models, results["pairs"]) + middle(found)
    return told + of_scores(results["scores"])


def of_models(models: Row, pairs: Sequence[Row]) -> list[str]:
    """Which label was explained, how far the models predict the same, and a sentence for each pair."""
    told = [pair_sentence(pair) for pair in pairs[:MOST_PAIRS]]
    if len(pairs) > MOST_PAIRS:
        told.append(f"{len(pairs) - MOST_PAIRS} more pairs stand in the table.")
    told.append(f"Explained is {models['explained']}. {predictions(models)}")
    if models["other_labels"]:
        told.append(apart_sentence(models))
    return told


def middle(found: Row) -> list[str]:
    """How far the maps are like the middle of any picture, where that is far."""
    values = [value for value in found["similarities"][found["default"]]["centred"] if _known(value)]
    if not values or max(values) <= ALIKE:
        return []
    span = " to ".join(dict.fromkeys(hundredths(value) for value in (min(values), max(values))))
    return [f"The maps are like a bump in the middle of the picture as well: {span}."]


def predictions(models: Row) -> str:
    """How often the models find the same label most probable."""
    rows = models["predictions"]
    if len(rows) == 1:
        return (
            f"The models find the same label most probable in {rows[0]['alike']} of {_pictures(rows[0]['pictures'])}."
        )
    shares = [row["share"] for row in rows if row["pictures"]]
    if not shares:
        return "No picture was answered by two models."
    span = f"{percent(min(shares))} to {percent(max(shares))}"
    return f"Two models find the same label most probable in {span} of the pictures."


def apart_sentence(models: Row) -> str:
    """What became of the pictures for which the models explain different labels."""
    count, same = models["other_labels"]["pictures"], models["same_label"]
    if same:
        return f"All numbers come from the {_pictures(same)} with one label for all; the {count} others are told apart."
    return f"The models explain different labels of all {_pictures(count)}."


def pair_sentence(pair: Row) -> str:
    """One pair of models, with what is chance."""
    said = SAID[pair["conclusion"]].format(who=pair["who"])
    if pair["conclusion"] == "nothing":
        return f"{said}."
    numbers = f"{hundredths(pair['mean'])} ({hundredths(pair['low'])} to {hundredths(pair['high'])})"
    levels = [
        f"{words} {hundredths(pair[key])}"
        for key, words in (("chance", "by chance"), ("class_chance", "within a class"))
        if _known(pair[key])
    ]
    return f"{said}: {', '.join([f'rank correlation {numbers}', *levels])}."


def of_scores(scores: Row | None) -> list[str]:
    """How good the models are, and which differ."""
    if scores is None:
        return []
    rows = sorted(scores["models"], key=lambda row: -row["accuracy"])
    told = [f"{row['model']} {share(row['accuracy'])} ({share(row['low'])} to {share(row['high'])})" for row in rows]
    said = [f"Right in {_pictures(scores['pictures'])}: {', '.join(told)}."]
    differing = [test for test in scores["tests"] if test["p"] < SURE]
    said += [
        f"{test['first']} and {test['second']} differ in how often they are right (McNemar, p {p_value(test['p'])})."
        for test in differing[:MOST_PAIRS]
    ]
    if scores["tests"] and not differing:
        said.append("No two of them differ in how often they are right by more than chance would have it (McNemar).")
    return said


def certainty(answer: Row) -> tuple[str, ...]:
    """What a model says of a picture, and which label is explained where that is another."""
    if answer["predicted"] is None:
        return (f"explained: {answer['target']['label']}",)
    said = f"{answer['predicted']} {percent(answer['probability'])}"
    if answer["target"]["label"] == answer["predicted"]:
        return (said,)
    return said, f"explained: {answer['target']['label']} {percent(answer['target_probability'])}"


def share(value: float) -> str:
    """A share with one digit behind the point."""
    return f"{100 * value:.1f}{NO_BREAK}%" if _known(value) else "–"


def p_value(p: float) -> str:
    """Three digits behind the point, with its sign: ``= 0.012``, ``< 0.001``."""
    return f"= {p:.3f}" if p >= 0.001 else "< 0.001"


def sentences(found: dict[str, Any]) -> list[str]:
    """What a matrix says, in two or three sentences; ``found``: as ``plain`` gives it."""
    numbers, names = found["similarities"][found["default"]], found["names"]
    mean, chance = numbers["mean"], numbers["chance"]
    pairs = [(one, other) for one, other in combinations(range(len(names)), 2) if numbers["n"][one][other]]
    if not pairs:
        return ["No two methods marked anything in the same picture, so there is nothing to compare."]
    pairs.sort(key=lambda pair: -mean[pair[0]][pair[1]])
    told = [_pair(names, numbers, pairs[0], "agree most" if len(pairs) > 1 else "")]
    if len(pairs) > 1:
        told.append(_pair(names, numbers, pairs[-1], "agree least"))
    doubtful = [pair for pair in pairs if not numbers["beyond_chance"][pair[0]][pair[1]]]
    if found["pictures"] < FEW:
        told.append(f"{_counted(found['pictures'])} too few to tell agreement from chance: take {FEW} or more.")
    elif doubtful and len(pairs) > 1:
        told.append(f"{len(doubtful)} of {len(pairs)} pairs agree no more than their maps of different pictures do.")
    own = [(chance[at][at], name) for at, name in enumerate(names) if chance[at][at] > ALIKE]
    if own:
        told.append(f"The maps of {max(own)[1]} are much alike whatever the picture: {hundredths(max(own)[0])}.")
    return told


def _counted(pictures: int) -> str:
    return "One picture is" if pictures == 1 else f"{pictures} pictures are"


def _pair(names: Sequence[str], numbers: dict[str, Any], pair: tuple[int, int], verb: str) -> str:
    one, other = pair
    value, chance = numbers["mean"][one][other], numbers["chance"][one][other]
    who = f"{names[one]} and {names[other]}"
    said = f"{who} {verb}: {hundredths(value)}" if verb else f"Agreement of {who}: {hundredths(value)}"
    if chance != chance:  # noqa: PLR0124 (NaN)
        return f"{said}."
    doubtful = numbers["n"][one][other] >= FEW and not numbers["beyond_chance"][one][other]
    beyond = ", which is no more than chance" if doubtful else ""
    low, high = numbers["low"][one][other], numbers["high"][one][other]
    return f"{said} ({hundredths(low)} to {hundredths(high)}), by chance {hundredths(chance)}{beyond}."


def _pictures(count: int) -> str:
    return f"{count:,} picture{'' if count == 1 else 's'}"


def _known(value: float | None) -> bool:
    return value is not None and value == value  # noqa: PLR0124 (NaN)
