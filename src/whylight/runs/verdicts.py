"""What a run's numbers mean, in sentences: which method to use, which not to trust, and when there are too few pictures.

Which metrics count: those of faithfulness, localisation and randomisation, where a map has to follow the model or the
picture. A map that ignores the model is sparse, stable and quick, so complexity, robustness and cost choose no method.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from whylight import registry
from whylight.runs.names import short

if TYPE_CHECKING:
    from whylight.runs.summary import Line, Overall, Pair

ASIDE = ("complexity", "robustness", "cost")
"""Families of metrics that a map can be good at which ignores the model."""
LEVEL = 0.05
"""A difference with a smaller p is significant."""


def counts(metric: str) -> bool:
    """Whether a metric says that a map follows the model, by its name in tables."""
    module = registry.modules("metrics").get(metric.partition(":")[0], "")
    return not any(f".{family}." in module for family in ASIDE)


def fewest(pairs: Sequence["Pair"]) -> int:
    """With fewer pictures no difference can be significant: the smallest p of n pictures is 2 / 2ⁿ, and Holm's correction
    multiplies the smallest of a metric by the number of its pairs."""
    most = max(Counter(pair.metric for pair in pairs).values(), default=1)
    return next(count for count in range(1, 99) if most * 2 / 2**count < LEVEL)


def beats(pair: "Pair", line: "Line") -> bool:
    """Whether the method of a line is significantly better than the other one of a pair, in the metric's direction: by the
    test of ranks, and by the interval of the mean, since a few large differences may pull the mean the other way."""
    ahead = pair.low > 0 if (pair.first == line.method) == line.higher_is_better else pair.high < 0
    return ahead and pair.p < LEVEL


def between(pairs: Sequence["Pair"], metric: str, one: str, other: str) -> "Pair | None":
    """The pair of two methods by a metric, in whichever order it stands."""
    wanted = {one, other}
    return next((pair for pair in pairs if pair.metric == metric and {pair.first, pair.second} == wanted), None)


def unbeaten(lines: Sequence["Line"], pairs: Sequence["Pair"]) -> list[tuple["Line", "Line"]]:
    """(method, best control) for each metric that counts and method that does not beat the best control there."""
    found = []
    for line in lines:
        if line.control or line.rank is None or not counts(line.metric):
            continue
        rivals = [each for each in lines if each.metric == line.metric and each.control and each.rank is not None]
        if not rivals:
            continue
        best = min(rivals, key=lambda each: each.rank or 0)
        pair = between(pairs, line.metric, line.method, best.method)
        if pair is None or not beats(pair, line):
            found.append((line, best))
    return found


def warn(pictures: int, lines: Sequence["Line"], pairs: Sequence["Pair"]) -> tuple[str, ...]:
    """One sentence for each method and metric where the method does not beat the best control; one for all of them where
    the pictures are too few for any method to beat it."""
    found = unbeaten(lines, pairs)
    if found and pictures < (enough := fewest(pairs)):
        return (_warn_of_few(pictures, enough, found, lines),)
    sentences = []
    for line, best in found:
        pair = between(pairs, line.metric, line.method, best.method)
        if _behind(line, best):
            words = f"{line.method} is no better than {best.method} on {line.metric}"
        else:
            words = f"{line.method} is not significantly better than {best.method} on {line.metric}"
        chance = "" if pair is None else f", p = {pair.p:.2g}"
        if pair is not None and pair.p < LEVEL and not _behind(line, best):  # most pictures say so, their mean does not
            chance += f", but the mean difference may be 0: {pair.low:.3g} to {pair.high:.3g}"
        sentences.append(f"{words} ({line.mean:.3g} against {best.mean:.3g}{chance})")
    return tuple(sentences)


def _behind(line: "Line", best: "Line") -> bool:
    """Whether the method's mean is worse than the control's."""
    return (line.rank or 0) > (best.rank or 0)


def _warn_of_few(pictures: int, enough: int, found: Sequence[tuple["Line", "Line"]], lines: Sequence["Line"]) -> str:
    """What the means alone say, since no test can say more."""
    metrics = len({line.metric for line in lines if line.rank is not None and counts(line.metric)})
    behind = Counter(line.method for line, best in found if _behind(line, best))
    means = _listed([f"{method} on {count} of {metrics} metrics" for method, count in behind.most_common()])
    return (
        f"{pictures} {'picture' if pictures == 1 else 'pictures'} cannot show that a method beats a map that ignores the "
        f"model, {enough} can; by their means the best of these maps is ahead of {means or 'none'}"
    )


def advise(
    model: str, pictures: int, lines: Sequence["Line"], pairs: Sequence["Pair"], overall: Sequence["Overall"]
) -> str:
    """One sentence: what to use for this model, and what not to trust."""
    ranked = [each for each in overall if not each.control]
    if not ranked:
        return "No metric says which method is better; take one with a direction, such as deletion."
    if pictures < (enough := fewest(pairs)):
        return (
            f"{pictures} {'picture is' if pictures == 1 else 'pictures are'} too few to tell these methods apart: below "
            f"{enough} no difference can be significant; {ranked[0].method} is ahead so far, so take more pictures."
        )
    doubts = _doubts(lines, pairs)
    return f"{_choice(short(model), ranked, lines, pairs, doubts)}{_distrust(ranked, doubts)}."


def _doubts(lines: Sequence["Line"], pairs: Sequence["Pair"]) -> dict[str, list[tuple[str, str]]]:
    """For each method the (metric, control) that it does not beat."""
    doubts: dict[str, list[tuple[str, str]]] = {}
    for line, best in unbeaten(lines, pairs):
        doubts.setdefault(line.method, []).append((line.metric, best.method))
    return doubts


def _choice(
    model: str,
    ranked: Sequence["Overall"],
    lines: Sequence["Line"],
    pairs: Sequence["Pair"],
    doubts: dict[str, list[tuple[str, str]]],
) -> str:
    first = ranked[0].method
    measured = [line for line in lines if line.method == first and line.rank is not None and counts(line.metric)]
    if len(doubts.get(first, ())) == len(measured) and any(line.control for line in lines):
        return f"For {model} no method is shown to be better than a map that ignores the model; {first} comes first"
    if len(ranked) == 1:
        return f"For {model} {first} beats the best control on {_some(measured, doubts.get(first, ()))}"
    second = ranked[1].method
    ahead = [
        line.metric
        for line in measured
        if (pair := between(pairs, line.metric, first, second)) is not None and beats(pair, line)
    ]
    lead = (
        f"significantly ahead of {second}, the second, on {_listed(ahead)}"
        if ahead
        else f"but its lead over {second}, the second, is not significant on any metric"
    )
    over = f"over {len(measured)} metrics" if len(measured) > 1 else f"on {measured[0].metric} alone"
    return f"For {model} use {first}: mean rank {ranked[0].mean_rank:.1f} {over}, {lead}"


def _some(measured: Sequence["Line"], doubted: Sequence[tuple[str, str]]) -> str:
    missed = {metric for metric, _ in doubted}
    return _listed([line.metric for line in measured if line.metric not in missed])


def _distrust(ranked: Sequence["Overall"], doubts: dict[str, list[tuple[str, str]]]) -> str:
    """The method that beats the controls least, and where it does not."""
    if not doubts:
        return ""
    worst = max((each.method for each in reversed(ranked)), key=lambda method: len(doubts.get(method, ())))
    controls = {control for _, control in doubts[worst]}
    rival = controls.pop() if len(controls) == 1 else "the best control"
    where = _listed([metric for metric, _ in doubts[worst]])
    return f"; do not trust {worst}: it is not shown to beat {rival} on {where}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1] if names else ""
